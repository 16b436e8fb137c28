"""Varies training pictures in batches, where they are: first their places, then their ink.

Every picture gets one affine map and, if wanted, one elastic field; both say for each new pixel
where in the old picture to look, and one bilinear lookup does the rest. What lies outside is
black. Pixels keep their scale: 0…255 stays 0…255. What pens, scanners, cameras and paper do to the
ink is the work of `ziffern.training.traces`. Which distortions a recipe wants is said by
`ziffern.augmentation.Augmentation`.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ziffern.augmentation import Augmentation
from ziffern.training.traces import soiled


@torch.no_grad()
def augment(images: Tensor, record: Augmentation, generator: torch.Generator) -> Tensor:
    """Return the pictures, each distorted at random within the limits of `record`.

    Args:
        images: (N, C, H, W), uint8 or float32; black is 0.
        record: the limits; where it distorts nothing, `images` themselves come back.
        generator: draws the distortions, on its own device: one on the CPU gives the same
            distortions whatever device the pictures are on.

    Returns:
        float32 (N, C, H, W) in the range of `images`.
    """
    if record.moves:
        images = _moved(images, record, generator)
    return soiled(images.float(), record, generator) if record.soils else images


def _moved(images: Tensor, record: Augmentation, generator: torch.Generator) -> Tensor:
    count, (height, width) = len(images), images.shape[-2:]
    # six numbers a picture, drawn always, so that one setting does not change the others' luck
    draws = torch.rand(6, count, generator=generator, device=generator.device) * 2 - 1
    zoom_y = draws[1] if record.keep_aspect else draws[2]
    maps = affine(
        rotation=draws[0] * record.rotation,
        zoom_x=1 + draws[1] * record.zoom,
        zoom_y=1 + zoom_y * record.zoom,
        shear=draws[3] * record.shear,
        shift_x=draws[4] * (record.shift * width),
        shift_y=draws[5] * (record.shift * height),
    )
    field: Tensor | None = None
    if record.elastic:
        field = elastic(count, height, width, record.elastic_sigma, generator)
        field *= record.elastic
    return warp(images, maps, field)


def affine(
    *,
    rotation: Tensor,
    zoom_x: Tensor,
    zoom_y: Tensor,
    shear: Tensor,
    shift_x: Tensor,
    shift_y: Tensor,
) -> Tensor:
    """Return the maps (N, 2, 3) from new to old pixels; every argument is (N,).

    As seen on the screen, a positive `rotation` (degrees) turns a digit counter-clockwise, `zoom_x`
    and `zoom_y` above 1 make it wider and taller, a positive `shear` (degrees) leans its top to the
    right, and positive shifts (pixels) move it right and down. A digit is zoomed first, then
    sheared, turned and shifted. Coordinates are pixels right of and below the middle.
    """
    angle, lean = torch.deg2rad(rotation), torch.tan(torch.deg2rad(shear))
    cosine, sine = torch.cos(angle), torch.sin(angle)
    # backwards: undo shift, rotation, shear, zoom
    xx, xy = (cosine + lean * sine) / zoom_x, (lean * cosine - sine) / zoom_x
    yx, yy = sine / zoom_y, cosine / zoom_y
    x0, y0 = -(xx * shift_x + xy * shift_y), -(yx * shift_x + yy * shift_y)
    return torch.stack([xx, xy, x0, yx, yy, y0], dim=1).view(-1, 2, 3)


def elastic(
    count: int, height: int, width: int, sigma: float, generator: torch.Generator
) -> Tensor:
    """Return smooth random displacements (N, 2, H, W), x before y, of standard deviation 1."""
    rows, columns = _smooth(height, sigma), _smooth(width, sigma)
    shape = (count, 2, rows.shape[1], columns.shape[1])
    waves = torch.randn(shape, generator=generator, device=generator.device)
    with torch.autocast(waves.device.type, enabled=False):
        return rows.to(waves.device) @ waves @ columns.T.to(waves.device)


@functools.lru_cache(maxsize=8)
def _smooth(size: int, sigma: float) -> Tensor:
    """Return (size, k): turns k independent normal numbers into smooth noise of deviation 1.

    White noise blurred by a Gaussian is the normal process whose covariance is a Gaussian √2 times
    as wide. Its few strongest principal components (here 99.9 % of the variance) are all there is
    to draw: for sigma 4 seven numbers in place of 28.
    """
    place = torch.arange(size, dtype=torch.float64)
    covariance = torch.exp(-((place[:, None] - place) ** 2) / (4 * sigma**2))
    variances, components = torch.linalg.eigh(covariance)
    variances, components = variances.flip(0), components.flip(1)
    kept = int((variances.cumsum(0) < 0.999 * size).sum()) + 1
    weighted: Tensor = components[:, :kept] * variances[:kept].sqrt()
    return weighted.float()


def warp(images: Tensor, maps: Tensor, field: Tensor | None = None) -> Tensor:
    """Return float32 pictures whose pixels are looked up in `images` (N, C, H, W).

    `maps` (N, 2, 3) are as `affine` returns them; `field` (N, 2, H, W) moves the places looked up
    further, in pixels, x before y.
    """
    count, _, height, width = images.shape
    maps = maps.to(images.device)
    right, down = _places(height, width, images.device)
    # no matrix product: in reduced precision it would blur coordinates
    # and in place, for fresh memory costs more than the sums
    grid = maps[:, :, 0:1] * right
    grid.addcmul_(maps[:, :, 1:2], down).add_(maps[:, :, 2:])
    grid = grid.view(count, 2, height, width)
    if field is not None:
        grid += field.to(images.device)
    grid *= torch.tensor([2 / width, 2 / height], device=images.device).view(2, 1, 1)
    with torch.autocast(images.device.type, enabled=False):
        return grid_sample(images.float(), grid.permute(0, 2, 3, 1), align_corners=False)


@functools.lru_cache(maxsize=8)
def _places(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return how far right of and below the middle each pixel is, (H·W,) each."""
    down, right = torch.meshgrid(
        torch.arange(height, device=device) - (height - 1) / 2,
        torch.arange(width, device=device) - (width - 1) / 2,
        indexing="ij",
    )
    return right.flatten(), down.flatten()


def enlarge(images: Tensor, labels: Tensor, pixels: int) -> tuple[Tensor, Tensor]:
    """Return the pictures followed by four copies, shifted up, down, left and right: five times N.

    `images` (N, …, H, W) of any type; black (0) moves in. `pixels` is from 0 (no copies, the very
    same tensors) to below both sides.
    """
    if pixels == 0:
        return images, labels
    out = images.new_zeros((5, *images.shape))
    out[0] = images
    out[1, ..., :-pixels, :] = images[..., pixels:, :]
    out[2, ..., pixels:, :] = images[..., :-pixels, :]
    out[3, ..., :-pixels] = images[..., pixels:]
    out[4, ..., pixels:] = images[..., :-pixels]
    return out.flatten(0, 1), labels.repeat(5)
