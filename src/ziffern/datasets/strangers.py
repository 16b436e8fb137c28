"""Pictures of no digit to judge by, of kinds that nothing of ours has learnt from.

    for kind, images in strangers(200, seed=0, digits=part.images).items(): ...

Letters of scripts that share no digits' forms, symbols, drawings, digits lying on their side,
words, textures and blank paper, all brought into form by the contract. `ziffern.datasets.nondigits`
makes other kinds, to learn from. Nothing made here may be trained on: how well a network refuses
what it never saw could not be measured any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ziffern.contract import normalise
from ziffern.datasets.fonts import having

Images: TypeAlias = npt.NDArray[np.uint8]
Line: TypeAlias = list[tuple[float, float]]

_SHEET = 120  # pixels of the side on which things are drawn
_FACES = 40  # those of matplotlib come first; they have all the scripts
# letters that look like a digit are left out, such as ו ס in Hebrew, ვ გ in Georgian
_SCRIPTS = "אגהחטלמנעפצקשתبتثجخسشصضطظغفقكمنيԱԲԴԸԹԺԽԾԿՀՄՆՇՈՊՌՍՎՐՓՔՖადთლმრსტუფღყშწჭჯ"
_SYMBOLS = "♠♣♥♦★☀☂☎☮☯☺♀♂♪♫⚑✂✈✉✌✿❄∑∏√∞∩∪≈≠⊕⊗⊞⌂⌘⌛⏏▲▼◆♨"
_LETTERS = "acdefhkmnprtuvwxyACEFGHKLMNPRTUVWXY"
_SIDEWAYS = (2, 3, 4, 5, 7)  # a lying 0, 1, 6, 8 or 9 may be read as a digit


def strangers(
    count: int, *, seed: int, digits: Images | None = None, labels: npt.ArrayLike | None = None
) -> dict[str, Images]:
    """Return `count` pictures of each kind, uint8 (count, 28, 28), white on black, by kind.

    Args:
        count: how many of each.
        seed: the same seed, digits and fonts give the same pictures.
        digits: uint8 (N, 28, 28) with their `labels` (N,), to be laid on their side; without them
            that kind is left out. So are kinds whose characters no installed font has.
    """
    draw = np.random.default_rng(seed)
    made = {kind: [maker(draw) for _ in range(count)] for kind, maker in _MAKERS.items()}
    if digits is not None and labels is not None:
        chosen = np.flatnonzero(np.isin(labels, _SIDEWAYS))
        picked = draw.choice(chosen, count) if len(chosen) else chosen
        made["lying digits"] = [
            np.rot90(digits[index], 1 if draw.random() < 0.5 else 3) for index in picked
        ]
    return {
        kind: np.stack([normalise(picture) for picture in pictures])
        for kind, pictures in made.items()
        if pictures and all(picture.size for picture in pictures)
    }


def _characters(known: str) -> Callable[[np.random.Generator], Images]:
    def maker(draw: np.random.Generator) -> Images:
        if not (faces := having(known, _FACES)):
            return np.empty((0, 0), np.uint8)
        face, signs = faces[draw.integers(len(faces))]
        return _written(draw, signs[draw.integers(len(signs))], face)

    return maker


def _word(draw: np.random.Generator) -> Images:
    """Three to five letters."""
    if not (faces := having(_LETTERS, _FACES)):
        return np.empty((0, 0), np.uint8)
    face, signs = faces[draw.integers(len(faces))]
    places = draw.integers(len(signs), size=int(draw.integers(3, 6)))
    return _written(draw, "".join(signs[place] for place in places), face)


def _written(draw: np.random.Generator, text: str, face: ImageFont.FreeTypeFont) -> Images:
    """Return a text, leaning and turned a little, as no print is."""
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text))
    margin = _SHEET // 4
    sheet = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin))
    ImageDraw.Draw(sheet).text((margin - left, margin - top), text, font=face, fill=255)
    lean = draw.normal(0, 0.15)
    shear = (1, lean, -lean * sheet.height / 2, 0, 1, 0)
    turned = sheet.rotate(draw.normal(0, 6), Image.Resampling.BILINEAR)
    return np.asarray(
        turned.transform(sheet.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
    )


def _drawing(draw: np.random.Generator) -> Images:
    """A star, arrow, house, heart, smiling face, lightning or envelope, drawn by a shaky hand."""
    shapes = _SHAPES[draw.integers(len(_SHAPES))]
    turn, size = math.radians(draw.normal(0, 8)), draw.uniform(30, 45)
    width = int(draw.integers(3, 9))
    sheet = Image.new("L", (_SHEET, _SHEET))
    pen = ImageDraw.Draw(sheet)
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    for corners in shapes:
        points = np.array(corners) + draw.normal(0, 0.05, (len(corners), 2))
        line = points @ turned.T * size + _SHEET / 2
        pen.line([(float(x), float(y)) for x, y in line], fill=255, width=width, joint="curve")
    return np.asarray(sheet)


def _arc(x: float, y: float, radius: float, start: float, end: float) -> Line:
    turns = np.radians(np.linspace(start, end, max(4, int(abs(end - start) / 20))))
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


_STAR = [(math.sin(0.8 * math.pi * k), -math.cos(0.8 * math.pi * k)) for k in range(6)]
_SHAPES: list[list[Line]] = [
    [_STAR],
    [[(-1, 0), (1, 0)], [(0.4, -0.5), (1, 0), (0.4, 0.5)]],
    [[(-0.8, 1), (-0.8, -0.1), (0, -1), (0.8, -0.1), (0.8, 1), (-0.8, 1)], [(-1, 0), (1, 0)]],
    [[*_arc(-0.45, -0.3, 0.5, 150, 350), *_arc(0.45, -0.3, 0.5, 190, 390), (0, 1), (-0.88, -0.05)]],
    [
        _arc(0, 0, 1, 0, 360),
        _arc(0, 0.1, 0.5, 20, 160),
        [(-0.35, -0.45), (-0.35, -0.2)],
        [(0.35, -0.45), (0.35, -0.2)],
    ],
    [[(0.3, -1), (-0.4, 0.1), (0.3, 0), (-0.3, 1), (0.1, 0.8)], [(-0.3, 1), (-0.3, 0.6)]],
    [
        [(-1, -0.7), (1, -0.7), (1, 0.7), (-1, 0.7), (-1, -0.7)],
        [(-1, -0.7), (0, 0.1), (1, -0.7)],
    ],
]


def _texture(draw: np.random.Generator) -> Images:
    """Smooth noise cut at its median: wood, marble, camouflage."""
    cells = draw.integers(0, 255, tuple(int(side) for side in draw.integers(3, 12, 2)), np.uint8)
    smooth = Image.fromarray(cells).resize((64, 64), Image.Resampling.BICUBIC)
    levels = np.asarray(smooth.filter(ImageFilter.GaussianBlur(1)), dtype=np.float32)
    cut: Images = np.where(levels > np.median(levels), 255, 0).astype(np.uint8)
    return np.pad(cut, 8)


def _blank(draw: np.random.Generator) -> Images:
    """Paper with a shadow and the noise of a camera, and nothing on it."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    light = draw.uniform(150, 240) + draw.normal(0, 15) * x + draw.normal(0, 15) * y
    noisy = light + draw.normal(0, draw.uniform(1, 6), (64, 64))
    paper: Images = np.clip(noisy, 0, 255).astype(np.uint8)
    return paper


_MAKERS: dict[str, Callable[[np.random.Generator], Images]] = {
    "other scripts": _characters(_SCRIPTS),
    "symbols": _characters(_SYMBOLS),
    "words": _word,
    "drawings": _drawing,
    "textures": _texture,
    "blank paper": _blank,
}
