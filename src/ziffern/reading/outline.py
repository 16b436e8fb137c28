"""A sheet of paper on a darker ground: where its corners are, whatever light falls on it.

    corners = outline_of(levels)      # (4, 2), or None where the page fills the picture

No level parts paper from table where a shadow lies on both: paper in the shadow is as dark as the
table in the light. But along each side of a sheet it is lighter inside than outside, in light and
in shadow, and the sides end at the corners, where the edge of a shadow or of a desk goes on. So
straight edges are looked for (Hough transform: Duda, Hart 1972), any four of them that might be
left, right, top and bottom are tried, and the borders of the picture stand in for sides that it
does not show.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask
from ziffern.pictures import Pixels

_SMALL = 512  # pixels of the longer side at which a sheet is looked for
_SHEET = 0.25  # of the picture: the smallest sheet
_SIDES = 7  # straight edges that are tried in each direction
_SLOPE = 40  # degrees by which a side may lean
_APART = 6, 0.06  # pixels or radians by which two edges differ
_DISTANT = 0.2  # of the picture: how far opposite sides are apart
_OUTSIDE = 0.12  # of the longer side: so far off the picture a corner may be
_STEP = math.log(1.2)  # so much lighter is paper than what it lies on
_INWARD = 4, 7  # pixels from a side at which inside and outside are compared
_SEEN = 0.75  # of a side: where the step has to be
_UNSEEN, _GOES_ON = 0.5, 0.5  # what a side that is not seen, or goes on at an end, takes off
_NEARLY = 0.85  # of the best quality
_REACH = 9  # pixels by which a side may be off before it is fitted

_ON = np.linspace(0.04, 0.96, 48)  # places along a side, as shares of it
_BEFORE, _AFTER = np.linspace(-0.12, -0.03, 6), np.linspace(1.03, 1.12, 6)

Light: TypeAlias = npt.NDArray[np.float32]
Points: TypeAlias = npt.NDArray[np.float64]
"""Places (…, 2), x before y. A line is (…, 3): of its points, a·x + b·y = c."""


def outline_of(levels: Pixels) -> Points | None:
    """Return the corners of a sheet, float (4, 2), from the upper left one clockwise.

    None where fewer than two of its sides are seen, and where it is no quarter of the picture: one
    side alone might be a shadow's edge.

    Args:
        levels: uint8 (H, W), how light the picture is.
    """
    factor = max(levels.shape) / _SMALL
    if factor < 1:
        return None
    size = (max(1, round(levels.shape[1] / factor)), max(1, round(levels.shape[0] / factor)))
    small = cv2.medianBlur(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), 9)
    light = np.log(small.astype(np.float32) + 8)  # so that a step is the same in a shadow
    quads = _quads(*_lines(light), size)
    if not len(quads):
        return None
    area = _area(quads)
    starts, sides = quads, np.roll(quads, -1, axis=1) - quads
    shares, known = _steps(light, starts, sides, _ON)
    is_seen = known > 0.5
    # those with one side compete: against these a shadow's edge as the second side has to lose
    possible = ((shares >= _SEEN) | ~is_seen).all(axis=1) & is_seen.any(axis=1)
    if not possible.any():
        return None
    quality = area * possible * _UNSEEN ** (~is_seen).sum(axis=1)
    for beyond in (_BEFORE, _AFTER):
        further, known = _steps(light, starts, sides, beyond)
        quality *= _GOES_ON ** (is_seen & (further > 0.5) & (known > 0.25)).sum(axis=1)
    # of those that are nearly as good the smallest, for it has least of the ground in it
    best = np.argmin(np.where(quality > _NEARLY * quality.max(), area, np.inf))
    if is_seen[best].sum() < 2:
        return None
    corners: Points = _fitted(light, quads[best]) * factor
    return corners


def _lines(light: Light) -> tuple[Points, Points]:
    """Return straight edges, upright and level ones, each with the two borders of the picture."""
    height, width = light.shape
    contrast = max(float(np.ptp(light)), 1e-3)
    shown = (255 * (light - light.min()) / contrast).astype(np.uint8)
    low, high = (255 * share / contrast for share in (0.12, 0.35))
    edges = cv2.Canny(cv2.GaussianBlur(shown, (0, 0), 1), low, high, L2gradient=True)
    found = cv2.HoughLines(edges, 1, math.pi / 720, max(1, min(light.shape) // 5))
    upright, level = [(1.0, 0.0, 0.0)], [(0.0, 1.0, 0.0)]
    for rho, theta in [] if found is None else found[:400, 0].tolist():
        a, b = math.cos(theta), math.sin(theta)
        kind, along = (upright, a) if abs(a) > abs(b) else (level, b)
        if abs(along) < math.cos(math.radians(_SLOPE)) or len(kind) > _SIDES:
            continue
        line = (a, b, rho) if along > 0 else (-a, -b, -rho)
        angle = math.atan2(line[1], line[0])
        if all(
            abs(line[2] - other[2]) > _APART[0]
            or abs(angle - math.atan2(other[1], other[0])) > _APART[1]
            for other in kind[1:]
        ):
            kind.append(line)
    return np.array([*upright, (1, 0, width - 1)]), np.array([*level, (0, 1, height - 1)])


def _quads(upright: Points, level: Points, size: tuple[int, int]) -> Points:
    """Return all that might be a sheet, (N, 4, 2), corners clockwise from the upper left one."""
    width, height = size
    x = (upright[:, 2] - upright[:, 1] * height / 2) / upright[:, 0]
    y = (level[:, 2] - level[:, 0] * width / 2) / level[:, 1]
    i, j, k, m = (
        each.ravel() for each in np.meshgrid(*map(np.arange, (len(x), len(x), len(y), len(y))))
    )
    fits = (x[j] - x[i] > _DISTANT * width) & (y[m] - y[k] > _DISTANT * height)
    left, right, top, bottom = upright[i[fits]], upright[j[fits]], level[k[fits]], level[m[fits]]
    pairs = ((left, top), (right, top), (right, bottom), (left, bottom))
    quads = np.stack([_crossing(one, other) for one, other in pairs], axis=1)
    margin = _OUTSIDE * max(size)
    inside = ((quads > -margin) & (quads < np.array(size) + margin)).all(axis=(1, 2))
    x, y = np.moveaxis(np.roll(quads, -1, axis=1) - quads, 2, 0)
    turns = x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)
    large = _area(quads) > _SHEET * width * height
    found: Points = quads[inside & (turns > 0).all(axis=1) & large]
    return found


def _crossing(one: Points, other: Points) -> Points:
    """Return where lines meet; upright ones and level ones always do."""
    (a, b, c), (d, e, f) = one.T, other.T
    meet: Points = np.stack([c * e - f * b, a * f - d * c], axis=1) / (a * e - b * d)[:, None]
    return meet


def _area(quads: Points) -> npt.NDArray[np.float64]:
    (x, y), (u, v) = np.moveaxis(quads, 2, 0), np.moveaxis(np.roll(quads, -1, axis=1), 2, 0)
    area: npt.NDArray[np.float64] = (x * v - u * y).sum(axis=1) / 2
    return area


def _steps(light: Light, starts: Points, sides: Points, places: Points) -> tuple[Points, Points]:
    """Return on what share of the places of each side it is lighter inside, and what share is seen.

    Args:
        light: (h, w), logarithms.
        starts: (N, 4, 2), where sides begin.
        sides: (N, 4, 2), where they lead.
        places: (T,), shares of a side; where inside or outside is off the picture, none is seen.
    """
    points = starts[..., None, :] + sides[..., None, :] * places[:, None]
    normal = _normals(sides)[..., None, :]
    (inside, seen), (deeper, _) = (_at(light, points + normal * far) for far in _INWARD)
    (near, beside), (far, also) = (_at(light, points - normal * far) for far in _INWARD)
    outside = np.where(also, np.maximum(near, far), near)  # a printed line has paper behind it
    known = seen & beside
    steps = ((inside + deeper) / 2 - outside > _STEP) & known
    return steps.sum(axis=-1) / np.maximum(known.sum(axis=-1), 1), known.mean(axis=-1)


def _normals(sides: Points) -> Points:
    """Return what leads inwards from sides (…, 2) that go round clockwise, one pixel long."""
    x, y = np.moveaxis(sides, -1, 0)
    normals: Points = np.stack([-y, x], axis=-1) / np.hypot(x, y)[..., None]
    return normals


def _at(light: Light, points: Points) -> tuple[Light, Mask]:
    """Return the light at points, and whether these are on the picture."""
    last = np.array(light.shape[::-1]) - 1
    on = ((points >= 0) & (points <= last)).all(axis=-1)
    column, row = np.moveaxis(np.clip(np.rint(points).astype(np.intp), 0, last), -1, 0)
    return light[row, column], np.asarray(on)


def _fitted(light: Light, corners: Points) -> Points:
    """Return the corners with each side laid where the steps near it are steepest."""
    sides = np.roll(corners, -1, axis=0) - corners
    offsets = np.arange(-_REACH, _REACH + 1)
    lines = []
    for start, side, normal in zip(corners, sides, _normals(sides), strict=True):
        points = start + side * _ON[:, None]
        values, on = _at(light, points[:, None] + normal * offsets[:, None])
        steps = values[:, 4:] - values[:, :-4]
        best = steps.argmax(axis=1)
        found = (points + normal * offsets[2:-2][best][:, None])[
            on.all(axis=1) & (steps.max(axis=1) > _STEP)
        ]
        if len(found) > len(points) // 4:
            x, y, *start = cv2.fitLine(found.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)[
                :, 0
            ]
            normal = np.array([-y, x])
        lines.append([*normal, float(np.dot(normal, start))])
    table = np.array(lines)
    return _crossing(np.roll(table, 1, axis=0), table)
