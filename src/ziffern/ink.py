"""Ink: what of a picture is the digit, and how dark its strokes are.

`digit` takes paper, shadows, noise, dirt and frames away. It knows nothing of the form that
networks want: that is `ziffern.contract`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ziffern.pictures import Pixels

Ink: TypeAlias = npt.NDArray[np.float32]  # (H, W), 0 = paper, 1 = full ink
Mask: TypeAlias = npt.NDArray[np.bool_]

_LOOK = 128  # pixels of the longer side at which a picture is examined
_FAINT = 10.0  # grey levels: a picture with less contrast is blank
_EVEN = 20.0  # ink by the paper's noise: with less, the paper may be uneven as by a shadow
_CLEAR = 7.0  # ink by the paper's noise: with less, a picture is blank
_RIM = 0.1  # share of the extent that counts as the border, where the paper shows
_PAPER = 0.2  # up to a share of 1 - _PAPER of a border strip may be ink
_SPECK = 0.03  # a part with less than this share of the largest part's ink is dirt


class Look(NamedTuple):
    """One look at a picture, or at a part of it.

    box: the part, left, top, right and bottom in pixels of the picture.
    inked: everything that is darker or lighter than the paper, with a margin; None if it is blank.
    ink: the same without dirt.
    """

    box: tuple[int, int, int, int]
    inked: Ink | None
    ink: Ink | None


def digit(levels: Pixels) -> Ink | None:
    """Return the ink of the digit in a grey picture (H, W), with a margin; None if it is blank.

    The digit comes out at 64 to 128 pixels whatever margin and resolution it had: see `looks`.
    """
    *_, last = looks(levels)
    return last.ink


def looks(levels: Pixels) -> Iterator[Look]:
    """Look for the digit in a grey picture (H, W); the last of at least one look found it.

    A large picture is looked at coarsely first, then again around what was found. What fills its
    box up to all four sides is a panel or a frame, not a digit: the next look goes inside.
    """
    view, at, panel = Image.fromarray(levels), (0, 0), False
    for _ in range(5):
        box = (*at, at[0] + view.width, at[1] + view.height)
        factor = math.ceil(max(view.size) / _LOOK)
        inked = _ink(np.asarray(view.reduce(factor) if factor > 1 else view, dtype=np.float32))
        if inked is None:
            if not panel:  # else the panel itself is what was found
                yield Look(box, None, None)
            return
        ink = _without_dirt(inked)
        yield Look(box, inked, ink)
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        side = int(max(bottom - top, right - left))
        panel = _is_panel(ink[top:bottom, left:right])
        if not panel and 2 * side > max(ink.shape):
            return
        margin = -2 if panel else side // 3 + 2
        part = (
            max(int(left) - margin, 0) * factor,
            max(int(top) - margin, 0) * factor,
            min((int(right) + margin) * factor, view.width),
            min((int(bottom) + margin) * factor, view.height),
        )
        view, at = view.crop(part), (at[0] + part[0], at[1] + part[1])


def _is_panel(ink: Ink) -> bool:
    # a plain "1" fills its box too, but that is narrow
    return min(ink.shape) > max(8, 0.4 * max(ink.shape)) and all(
        np.count_nonzero(side.max(axis=0) > 0.5) > 0.9 * side.shape[1]
        for side in (ink[:2], ink[-2:], ink[:, :2].T, ink[:, -2:].T)
    )


def _ink(levels: Ink) -> Ink | None:
    """Tell ink from paper, whose level and noise are read along the border; None if blank."""
    flat = levels - _tilt(levels)
    # paper is what most of the border and of the picture is, dark or light
    dark = flat < (flat.min() + flat.max()) / 2
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    if border.mean() + dark.mean() < 1:
        flat, levels = -flat, -levels
    ink, high, noise = _over_paper(flat)
    if high < _EVEN * noise:
        ink, high, noise = _over_paper(levels - _shading(levels))
    if high < max(_FAINT, _CLEAR * noise):
        return None
    # grey levels stay as they are from twice the threshold on; below, they fade away
    threshold = min(max(0.08 * high, 4 * noise), 0.5 * high)
    full = _rank(ink[ink > 0.3 * high], 0.75)
    faded: Ink = np.clip(ink / full, 0, 1) * np.clip(ink / threshold - 1, 0, 1)
    return faded


def _over_paper(levels: Ink) -> tuple[Ink, float, float]:
    """Return levels (ink high) above those of the paper, the level of full ink and the noise."""
    # a bold stroke may run along a whole side of a tight picture: then the paper shows deeper in
    outer, inner = _sides(levels, 0, _RIM), _sides(levels, _RIM, 3 * _RIM)
    top, bottom, left, right = (
        min(_rank(strip, _PAPER), _rank(deeper, _PAPER))
        for strip, deeper in zip(outer, inner, strict=True)
    )
    y, x = _axes(levels)
    ink = levels - ((top + bottom + left + right) / 4 + (bottom - top) * y + (right - left) * x)
    few = min(4, levels.size // 50)  # so many wild pixels do not count
    rim = np.concatenate([side.ravel() for side in _sides(ink, 0, _RIM)])
    return ink, _rank(ink, 1 - few / ink.size), _rank(rim, _PAPER) - _rank(rim, 0.05)


def _tilt(levels: Ink) -> Ink:
    """Return the plane nearest to the levels: light that comes from one side."""
    y, x = _axes(levels)
    down = levels.mean(axis=1) @ y[:, 0] / len(y)
    across = levels.mean(axis=0) @ x / len(x)
    plane: Ink = 12 * (down * y + across * x)  # 1/12 is the variance of x and y
    return plane


def _axes(picture: Ink) -> tuple[Ink, Ink]:
    """Return where rows (as a column) and columns are, from -1/2 to 1/2."""
    height, width = picture.shape
    y = np.arange(0.5, height, dtype=np.float32)[:, np.newaxis] / height - np.float32(0.5)
    x = np.arange(0.5, width, dtype=np.float32) / width - np.float32(0.5)
    return y, x


def _shading(levels: Ink) -> Ink:
    """Return the paper under the ink (ink high) where it is uneven, as by shadows.

    A morphological opening: what is narrower than a quarter of the picture is no paper.
    """
    small = Image.fromarray(levels).reduce(math.ceil(max(levels.shape) / 32))
    opened = small.filter(ImageFilter.MinFilter(9)).filter(ImageFilter.MaxFilter(9))
    size = (levels.shape[1], levels.shape[0])
    shading: Ink = np.asarray(opened.resize(size, Image.Resampling.BILINEAR))
    return shading


def _sides(picture: Ink, start: float, end: float) -> list[Ink]:
    """Return the strips along top, bottom, left and right, from and to shares of the extent."""
    height, width = picture.shape
    rows = slice(int(start * height), max(1, int(end * height)))
    columns = slice(int(start * width), max(1, int(end * width)))
    turned = picture[::-1, ::-1]
    return [picture[rows], turned[rows], picture[:, columns], turned[:, columns]]


def _rank(values: Ink, share: float) -> float:
    """Return the value that `share` of all values are below (a quantile without averaging)."""
    index = min(int(share * values.size), values.size - 1)
    return float(np.partition(values, index, axis=None)[index])


def _without_dirt(ink: Ink) -> Ink:
    """Remove what is no digit: specks, and lines along the border of the picture."""
    cell = math.ceil(max(ink.shape) / 36)  # gaps within a cell do not part a stroke
    coarse = np.asarray(Image.fromarray(ink).reduce(cell)) if cell > 1 else ink
    mask = coarse > 0
    part, count = _parts(mask)
    if count == 1:
        return ink
    weights = coarse[mask]
    mass = np.bincount(part, weights)
    line = _border_lines(mask, weights, part, mass)
    if mass[~line].max(initial=0) < 0.1 * mass.max():
        line[:] = False
    dirt = line | (mass < _SPECK * mass[~line].max())
    mask[mask] = ~dirt[part]
    return ink * mask.repeat(cell, 0).repeat(cell, 1)[: ink.shape[0], : ink.shape[1]]


def _border_lines(mask: Mask, weights: Ink, part: npt.NDArray[np.intp], mass: Any) -> Mask:
    """Return which parts run along the border: nearly all of them is there, and they are long."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    y, x = (y + 0.5) / height, (x + 0.5) / width
    outer = np.maximum(np.abs(y - 0.5), np.abs(x - 0.5)) > 0.5 - _RIM
    line: Mask = np.bincount(part, weights * outer) > 0.8 * mass
    for index in np.flatnonzero(line):
        inside = part == index
        line[index] = max(np.ptp(y[inside]), np.ptp(x[inside])) > 0.8
    return line


def _parts(mask: Mask) -> tuple[npt.NDArray[np.intp], int]:
    """Number the connected parts (8 neighbours) of the true pixels.

    Returns the part of each true pixel, in their order row by row, and the number of parts. Runs
    of true pixels are joined with those that they touch in the row above (union-find), which
    takes far fewer steps for strokes than going from pixel to pixel.
    """
    height, width = mask.shape
    stride = width + 2
    padded = np.zeros((height, stride), dtype=np.bool_)
    padded[:, 1:-1] = mask
    flat = padded.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = turns[::2], turns[1::2]
    first = np.searchsorted(ends + stride, starts, "left").tolist()
    last = np.searchsorted(starts + stride, ends, "right").tolist()
    parent = list(range(len(starts)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    for run, (low, high) in enumerate(zip(first, last, strict=True)):
        for above in range(low, high):
            parent[root(run)] = root(above)
    names, numbers = np.unique([root(run) for run in range(len(parent))], return_inverse=True)
    return np.repeat(numbers, ends - starts), len(names)
