"""The traces of pens, scanners, cameras and paper on training pictures.

Wide and thin strokes, blur, contrast, noise, JPEG, the neighbour's stroke and ruled lines: what
digits from real paper still have in them once the contract has brought them into MNIST's form.
Which of them a recipe wants is said by `ziffern.augmentation.Augmentation`; where strokes run is
`ziffern.training.augment`'s business.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

from ziffern.augmentation import Augmentation

_REACH = (8, 12)  # pixels that a neighbour reaches into the picture, of which 4 are its own margin
_BLOCK = 8  # pixels of JPEG's blocks


def soiled(images: Tensor, record: Augmentation, generator: torch.Generator) -> Tensor:
    """Return the pictures with traces drawn at random within the limits of `record`.

    Args:
        images: float32 (N, C, H, W), 0…255, white on black.
        record: the limits; what is 0 is left out and draws nothing.
        generator: on its own device, as for `augment`.

    Returns:
        float32 (N, C, H, W), 0…255.
    """
    draw = functools.partial(_draw, images, generator)
    if record.neighbours:
        images = _beside(images, draw(0, 1) < record.neighbours, generator)
    if record.stroke:
        images = _stroked(images, draw(-record.stroke, record.stroke))
    if record.rules:
        images = torch.where(draw(0, 1) < record.rules, _ruled(images, generator), images)
    if record.blur:
        images = torch.lerp(images, _blurred(images), draw(0, record.blur))
    if record.contrast:
        power = torch.exp(draw(-record.contrast, record.contrast))
        images = 255 * (images / 255).clamp(0, 1) ** power
    if record.noise:
        grain = torch.randn(images.shape, generator=generator, device=generator.device)
        images = images + grain.to(images.device) * draw(0, record.noise)
    if record.jpeg:
        images = _quantised(images, draw(0, record.jpeg))
    return images.clamp(0, 255)


def _draw(images: Tensor, generator: torch.Generator, low: float, high: float) -> Tensor:
    """Return one number a picture, evenly from `low` to `high`, (N, 1, 1, 1)."""
    shape = (len(images), 1, 1, 1)
    numbers = torch.rand(shape, generator=generator, device=generator.device)
    return numbers.to(images.device) * (high - low) + low


def _stroked(images: Tensor, pixels: Tensor) -> Tensor:
    """Widen strokes by up to 1 pixel at each edge, or narrow them where `pixels` is negative.

    That share of the way to the brightest, or darkest, of each pixel's neighbours.
    """
    wide = functional.max_pool2d(images, 3, stride=1, padding=1)
    thin = -functional.max_pool2d(-images, 3, stride=1, padding=1)
    return images + pixels.clamp_min(0) * (wide - images) + (-pixels).clamp_min(0) * (thin - images)


def _blurred(images: Tensor) -> Tensor:
    channels = images.shape[1]
    kernel = _gaussian(images.device).expand(channels, 1, 5, 5)
    return functional.conv2d(images, kernel, padding=2, groups=channels)


@functools.lru_cache(maxsize=4)
def _gaussian(device: torch.device) -> Tensor:
    line = torch.exp(-(torch.arange(-2, 3, device=device) ** 2) / 2)
    return torch.outer(line, line) / line.sum() ** 2


def _beside(images: Tensor, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Let other pictures of the batch reach into the chosen ones (N, 1, 1, 1) from a side."""
    count, width = len(images), images.shape[-1]
    order = torch.randperm(count, generator=generator, device=generator.device)
    reach = int(torch.randint(*_REACH, (1,), generator=generator, device=generator.device))
    others = images[order.to(images.device)]
    left, right = torch.zeros_like(images), torch.zeros_like(images)
    left[..., :reach] = others[..., width - reach :]
    right[..., width - reach :] = others[..., :reach]
    from_left = _draw(images, generator, 0, 1) < 0.5
    return torch.where(chosen, torch.maximum(images, torch.where(from_left, left, right)), images)


def _ruled(images: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a line across every picture, or the gap that one leaves where it was taken away.

    Nearly level or upright, thin, dark or faint.
    """
    draw = functools.partial(_draw, images, generator)
    height, width = images.shape[-2:]
    down = torch.arange(height, device=images.device).view(1, 1, -1, 1)
    across = torch.arange(width, device=images.device).view(1, 1, 1, -1)
    middle, slope = draw(0, height - 1), draw(-0.05, 0.05)
    level = down - middle - slope * (across - width / 2)
    upright = across - middle - slope * (down - height / 2)
    away = torch.where(draw(0, 1) < 0.75, level, upright).abs()
    line = draw(60, 220) * (1 + draw(0.0, 0.5) - away).clamp(0, 1)
    return torch.where(draw(0, 1) < 0.6, torch.maximum(images, line), images - line)


def _quantised(images: Tensor, step: Tensor) -> Tensor:
    """Keep the cosine waves of each block in steps: `step` for slow ones, up to 4 × for fast ones.

    The discrete cosine transform as JPEG has it (ITU-T T.81), with one linear table in place of its
    tables; `step` (N, 1, 1, 1) in grey levels, above 0.
    """
    height, width = images.shape[-2:]
    spare = (-width % _BLOCK, -height % _BLOCK)
    waves, table = _cosines(images.device)
    sheet = functional.pad(images, (0, spare[0], 0, spare[1]))
    rows, columns = (extent // _BLOCK for extent in sheet.shape[-2:])
    blocks = sheet.view(*sheet.shape[:2], rows, _BLOCK, columns, _BLOCK).transpose(-3, -2)
    with torch.autocast(images.device.type, enabled=False):
        size = table * step.view(-1, 1, 1, 1, 1, 1).clamp_min(1e-3)
        kept = torch.round(waves @ blocks @ waves.T / size) * size
        back = (waves.T @ kept @ waves).transpose(-3, -2)
    return back.reshape(sheet.shape)[..., :height, :width]


@functools.lru_cache(maxsize=4)
def _cosines(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the orthonormal waves (8, 8), by pixels, and how the steps grow with them (8, 8)."""
    place = torch.arange(_BLOCK, device=device, dtype=torch.float32)
    waves = torch.cos(math.pi / _BLOCK * torch.outer(place, place + 0.5)) * math.sqrt(2 / _BLOCK)
    waves[0] /= math.sqrt(2)
    speed = (place.view(-1, 1) + place) / (2 * (_BLOCK - 1))
    return waves, 1 + 3 * speed
