"""Pictures that are no digit, so that a network can learn to say so, and be judged on it.

    nondigits(1000, seed=0, digits=part.images)      # uint8 (1000, 28, 28)

What a reader meets between digits on paper: two digits at once, pieces of digits, digits with a
large piece of the next one, letters and signs, scribbles, figures, rules and boxes, dirt and empty
paper. All pass through the contract as digits do. Handwritten letters, and the scripts, symbols
and drawings of `ziffern.datasets.strangers`, are left out on purpose: whether a network refuses
what it never saw is measured on those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ziffern.contract import normalise
from ziffern.datasets.fonts import having
from ziffern.errors import InputError, did_you_mean

Images: TypeAlias = npt.NDArray[np.uint8]
Maker: TypeAlias = Callable[[np.random.Generator, Images], Images]

_FACES = 16  # DejaVu and STIX, which come with matplotlib; its TeX fonts have signs in odd places
_SHEET = 96  # pixels of the side on which strokes are drawn
# letters that many people write like digits are missing: b g i j l o q s z B D I J O Q S Z
_LATIN = "acdefhkmnprtuvwxyACEFGHKLMNPRTUVWXY%&?!#@*+=<>{}~$€äöüßÄÖÜγΔΣΩπλφψжшщыюяЖФД"
# of scripts that strangers are not made of, again without what is like a digit
_FOREIGN = (
    "ΞΨηκμχИЁЛЩЮЯѪҖҢҬҺӁӜÆÐÞŊŒæŋœǁǂɮʍʬʭ"
    "ⴹⴼⴽⵄⵅⵎⵐⵛⵜⵟⵥᐁᐃᐗᑌᑎᑧᕼᖃກຍຜຝພຟຢ"
    "₣₩₮₱₵₹℅№℞℻ⅎ‰‡©®¤※⁂"
)  # fmt: skip


def nondigits(
    count: int, *, seed: int, digits: Images, kinds: Mapping[str, float] | None = None
) -> Images:
    """Return `count` pictures of no digit, uint8 (count, 28, 28), white on black.

    Args:
        count: how many.
        seed: the same seed, digits and fonts give the same pictures.
        digits: uint8 (N, 28, 28), N ≥ 1, of which pairs and pieces are made.
        kinds: how often each kind comes, as weights; those of `KINDS` if not given.

    Raises:
        InputError: an unknown kind, no weight above 0, or no digits.
    """
    weights = dict(KINDS if kinds is None else kinds)
    for name in weights:
        if name not in _MAKERS:
            raise InputError(f"unknown kind of non-digit {name!r}{did_you_mean(name, _MAKERS)}")
    shares = np.array(list(weights.values()), dtype=np.float64)
    if not len(digits) or not shares.sum() > 0 or shares.min() < 0:
        raise InputError("non-digits need digits to be made of and kinds with weights above 0")
    draw = np.random.default_rng(seed)
    names = draw.choice(list(weights), count, p=shares / shares.sum())
    pictures = np.zeros((count, 28, 28), dtype=np.uint8)
    for picture, name in zip(pictures, names, strict=True):
        picture[:] = normalise(_MAKERS[str(name)](draw, digits))
    return pictures


def _any(draw: np.random.Generator, digits: Images) -> Images:
    """Return one of the digits, cut to its columns of ink."""
    chosen: Images = digits[draw.integers(len(digits))]
    inked = np.flatnonzero(chosen.any(axis=0))
    return chosen[:, inked[0] : inked[-1] + 1] if len(inked) else chosen


def _row(draw: np.random.Generator, digits: Images) -> Images:
    """Two digits beside each other, touching or not; sometimes three."""
    members = [_any(draw, digits) for _ in range(2 if draw.random() < 0.85 else 3)]
    gap = int(draw.integers(-3, 4))
    sheet = np.zeros((40, sum(member.shape[1] for member in members) + 20), dtype=np.uint8)
    left = 5
    for member in members:
        top = 6 + int(draw.integers(-3, 4))
        place = sheet[top : top + 28, left : left + member.shape[1]]
        np.maximum(place, member, out=place)
        left += member.shape[1] + gap
    return sheet


def _piece(draw: np.random.Generator, digits: Images) -> Images:
    """Part of a digit, as a wrong cut between digits leaves it.

    Thin pieces and those with most of the ink may well be digits, a one or the whole: drawn anew.
    """
    across = np.arange(28) - 13.5
    for _ in range(20):
        digit = digits[draw.integers(len(digits))]
        lean, place = draw.normal(0, 0.25), draw.uniform(-4, 4)
        kept = across + lean * across[:, np.newaxis] > place
        piece = np.where(kept if draw.random() < 0.5 else ~kept, digit, 0).astype(np.uint8)
        columns, rows = (np.flatnonzero(piece.any(axis=axis)) for axis in (0, 1))
        share = float(piece.sum()) / max(float(digit.sum()), 1.0)
        if len(rows) and np.ptp(columns) > 0.4 * np.ptp(rows) and 0.2 < share < 0.6:
            return piece
    return _stub(draw)


def _stub(draw: np.random.Generator) -> Images:
    """A dash or a dot."""
    sheet = Image.new("L", (_SHEET, _SHEET))
    width, height = (18, 18) if draw.random() < 0.3 else (60, int(draw.integers(4, 12)))
    box = [48 - width / 2, 48 - height / 2, 48 + width / 2, 48 + height / 2]
    ImageDraw.Draw(sheet).rounded_rectangle(box, radius=min(width, height) / 2, fill=255)
    return np.asarray(sheet)


def _crowded(draw: np.random.Generator, digits: Images) -> Images:
    """A digit with a large piece of the one beside it."""
    sheet = np.zeros((40, 70), dtype=np.uint8)
    sheet[6:34, 21:49] = digits[draw.integers(len(digits))]
    other, width = digits[draw.integers(len(digits))], int(draw.integers(10, 15))
    if draw.random() < 0.5:
        place, piece = sheet[6:34, 43 : 43 + width], other[:, 4 : 4 + width]
    else:
        place, piece = sheet[6:34, 26 - width : 26], other[:, 24 - width : 24]
    np.maximum(place, piece, out=place)
    return sheet


def _sign(draw: np.random.Generator, digits: Images) -> Images:
    """A letter or sign, as if written: turned, slanted, squeezed, thinner."""
    faces = having(_LATIN if draw.random() < 0.6 else _FOREIGN, _FACES)
    if not faces:
        return _scribble(draw, digits)
    sheet = Image.new("L", (130, 130))
    face, signs = faces[draw.integers(len(faces))]
    sign = signs[draw.integers(len(signs))]
    ImageDraw.Draw(sheet).text((65, 65), sign, font=face, fill=255, anchor="mm")
    lean, squeeze = draw.normal(0, 0.2), draw.uniform(0.7, 1.3)
    sheet = sheet.rotate(draw.normal(0, 8)).transform(
        sheet.size,
        Image.Transform.AFFINE,
        (1, lean, -65 * lean, 0, squeeze, 65 * (1 - squeeze)),
    )
    written = np.asarray(sheet)
    if (thinner := int(draw.integers(4))) > 1:
        thinned = np.asarray(sheet.filter(ImageFilter.MinFilter(2 * thinner - 1)))
        # of a fine face pieces would be left, some of them ones
        if float(thinned.sum()) > 0.4 * float(written.sum()):
            written = thinned
    return written


def _scribble(draw: np.random.Generator, digits: Images) -> Images:
    """Some smooth strokes without meaning."""
    sheet = Image.new("L", (_SHEET, _SHEET))
    pen, width = ImageDraw.Draw(sheet), int(draw.integers(3, 9))
    along = np.linspace(0, 1, 60)
    for _ in range(draw.integers(2, 6)):
        turns = int(draw.integers(3, 8))
        corners = draw.uniform(0, 1, (turns, 2))
        smooth = np.hanning(int(draw.integers(3, 13)) * 2 + 1)
        smooth /= smooth.sum()
        points = [
            np.convolve(
                np.pad(
                    np.interp(along * (turns - 1), np.arange(turns), axis),
                    len(smooth) // 2,
                    mode="edge",
                ),
                smooth,
                "valid",
            )
            for axis in corners.T
        ]
        size, start = draw.uniform(40, 80), draw.uniform(6, 16)
        line = np.stack(points, axis=1) * size + start
        pen.line([(float(x), float(y)) for x, y in line], fill=255, width=width, joint="curve")
    return np.asarray(sheet)


def _figure(draw: np.random.Generator, digits: Images) -> Images:
    """A figure drawn by hand: polygon, comb, zigzag, spiral, flower, rings, rays, silhouette."""
    sheet = Image.new("L", (_SHEET, _SHEET))
    pen, width = ImageDraw.Draw(sheet), int(draw.integers(3, 9))
    turn = draw.uniform(0, 2 * np.pi)

    def put(x: npt.ArrayLike, y: npt.ArrayLike) -> list[tuple[float, float]]:
        """Places of -1 to 1 on the sheet, each a little off."""
        line = np.stack([np.asarray(x, float), np.asarray(y, float)], axis=1) * 36 + 48
        return [(float(a), float(b)) for a, b in line + draw.normal(0, 1.5, line.shape)]

    def stroke(x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        pen.line(put(x, y), fill=255, width=width, joint="curve")

    kind = draw.integers(8)
    if kind == 0:  # with diagonals: an upright polygon alone may be a zero
        corners = turn + np.arange(draw.integers(4, 7)) * 2 * np.pi / 5
        x, y = np.cos(corners), np.sin(corners) * draw.uniform(0.5, 1)
        stroke(np.append(x, x[0]), np.append(y, y[0]))
        stroke(x[[0, 2]], y[[0, 2]])
        stroke(x[[1, 3]], y[[1, 3]])
    elif kind == 1:  # three teeth would be a three
        teeth, tilt = np.linspace(-0.9, 0.9, draw.integers(4, 7)), draw.uniform(0.5, 1)
        stroke([-1, 1], [tilt, tilt])
        for tooth in teeth:
            stroke([tooth, tooth], [tilt, tilt - draw.uniform(0.8, 1.6)])
        return np.rot90(np.asarray(sheet), int(draw.integers(4)))
    elif kind == 2:
        bends = np.linspace(-1, 1, draw.integers(5, 9))
        stroke(bends, np.where(np.arange(len(bends)) % 2, 1, -1) * draw.uniform(0.2, 0.7))
        return np.rot90(np.asarray(sheet), int(draw.integers(2)))
    elif kind == 3:
        along = np.linspace(0, 2 * np.pi * draw.uniform(2.2, 3.5), 90)
        stroke(along / along[-1] * np.cos(along + turn), along / along[-1] * np.sin(along + turn))
    elif kind == 4:
        along, petals = np.linspace(0, 2 * np.pi, 90), int(draw.integers(3, 7))
        long = (1 + draw.uniform(0.3, 0.9) * np.cos(petals * along + turn)) / 1.7
        stroke(long * np.cos(along), long * np.sin(along))
    elif kind == 5:  # beside or within each other: one above the other is an eight
        along, apart = np.linspace(0, 2 * np.pi, 50), draw.choice([0, 0.5])
        for side, size in ((-1, 0.5), (1, 0.5 if apart else 1)):
            stroke(side * apart + size * np.cos(along), size * np.sin(along))
    elif kind == 6:
        for ray in turn + np.arange(draw.integers(5, 9)) * 2 * np.pi / 7:
            stroke([0, np.cos(ray)], [0, np.sin(ray)])
    else:
        count = int(draw.integers(4, 10))
        corners = (
            turn + np.sort(np.arange(count) + draw.uniform(-0.4, 0.4, count)) * 2 * np.pi / count
        )
        far = draw.uniform(0.5, 1, len(corners))
        pen.polygon(put(far * np.cos(corners), far * np.sin(corners)), fill=255)
        light = np.linspace(draw.uniform(0.3, 1), 1, _SHEET)
        grain = 1 - draw.uniform(0, 0.5) * (np.arange(_SHEET) // draw.integers(4, 12) % 2)
        shaded: Images = (np.asarray(sheet) * np.outer(light, grain)).astype(np.uint8)
        return shaded
    return np.asarray(sheet)


def _ruling(draw: np.random.Generator, digits: Images) -> Images:
    """What is printed or drawn with a ruler: dashes, =, crosses, dots, boxes, grids."""
    sheet = Image.new("L", (_SHEET, _SHEET))
    pen, width = ImageDraw.Draw(sheet), int(draw.integers(3, 9))

    def near(x: float, y: float) -> tuple[float, float]:
        return x + draw.normal(0, 3), y + draw.normal(0, 3)

    kind = draw.integers(6)
    if kind == 0:
        return _stub(draw)
    if kind == 1:
        for y in (34, 60):
            pen.line([near(16, y), near(80, y)], fill=255, width=width)
    elif kind == 2:
        pen.line([near(16, 16), near(80, 80)], fill=255, width=width)
        pen.line([near(80, 16), near(16, 80)], fill=255, width=width)
    elif kind == 3:
        pen.ellipse([near(30, 30), near(66, 66)], fill=255)
    elif kind == 4:
        pen.rectangle([near(14, 14), near(82, 82)], outline=255, width=width)
    else:
        for place in range(18, 18 + 20 * int(draw.integers(2, 5)), 20):
            pen.line([near(12, place), near(84, place)], fill=255, width=2)
        for place in range(18, 18 + 20 * int(draw.integers(1, 5)), 20):
            pen.line([near(place, 12), near(place, 84)], fill=255, width=2)
    return np.asarray(sheet)


def _dirt(draw: np.random.Generator, digits: Images) -> Images:
    """Empty paper, its grain, and smudges."""
    kind = draw.integers(3)
    if kind == 0:
        return np.zeros((28, 28), dtype=np.uint8)
    if kind == 1:
        grain = draw.normal(draw.uniform(0, 90), draw.uniform(5, 80), (28, 28))
        return np.clip(grain, 0, 255).astype(np.uint8)
    smudge = Image.fromarray(draw.integers(0, 255, (8, 8), dtype=np.uint8))
    return np.asarray(smudge.resize((28, 28), Image.Resampling.BICUBIC))


_MAKERS: dict[str, Maker] = {
    "row": _row,
    "piece": _piece,
    "crowded": _crowded,
    "sign": _sign,
    "scribble": _scribble,
    "figure": _figure,
    "ruling": _ruling,
    "dirt": _dirt,
}

KINDS: Mapping[str, float] = {
    # what cuts between digits give comes most: a reader has to refuse it on every line
    "row": 0.20,
    "piece": 0.20,
    "crowded": 0.10,
    "sign": 0.25,
    "scribble": 0.08,
    "figure": 0.10,
    "ruling": 0.04,
    "dirt": 0.03,
}
"""The kinds and how often each comes unless told otherwise."""
