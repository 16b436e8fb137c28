"""What a recipe says about augmentation: how far training pictures may be distorted.

Only the record; `ziffern.training.augment` distorts.
"""

from __future__ import annotations

from dataclasses import dataclass

from ziffern.settings import Settings, flag, number, whole


@dataclass(frozen=True, kw_only=True)
class Augmentation(Settings):
    """Largest distortions; each picture gets its own, drawn evenly between −x and +x.

    Drawn anew for every picture of every batch:

    - `rotation`: degrees.
    - `zoom`: share by which a picture grows or shrinks, in width and height on its own unless
      `keep_aspect`.
    - `shift`: share of the side, in both directions on its own.
    - `shear`: degrees by which upright strokes lean.
    - `elastic`: standard deviation, in pixels, of a smooth random displacement (Simard et al.
      2003), and `elastic_sigma`, in pixels, how smooth: the deviation of the Gaussian that would
      blur independent displacements to it. Simard's σ 4 and α 34 for MNIST come to 1.4 and 4.

    After that, what pens, scanners, cameras and paper do. The last two happen to a share of the
    pictures; of the others each picture gets as much as is drawn evenly from 0, or from −x, to x:

    - `stroke`: pixels that strokes gain or lose at each edge, at most 1.
    - `blur`: share of the picture that is blurred, by a Gaussian of one pixel's deviation.
    - `contrast`: logarithm of the power to which grey values 0…1 are taken.
    - `noise`: standard deviation in grey levels of 255.
    - `jpeg`: grey levels in steps of which the waves of 8×8 pixels are kept, as JPEG does.
    - `neighbours`: share of pictures into which another one reaches from the left or right.
    - `rules`: share of pictures through which a ruled line runs, or its gap.

    Once, before training: `enlarge` adds four copies of every picture, shifted by so many pixels
    up, down, left and right. 0 everywhere, the default, leaves pictures as they are.
    """

    kind = "augment"
    rotation: float = number(0.0, at_least=0, at_most=180)
    zoom: float = number(0.0, at_least=0, below=1)
    keep_aspect: bool = flag(False)
    shift: float = number(0.0, at_least=0, below=1)
    shear: float = number(0.0, at_least=0, at_most=60)
    elastic: float = number(0.0, at_least=0)
    elastic_sigma: float = number(4.0, at_least=0.5)
    stroke: float = number(0.0, at_least=0, at_most=1)
    blur: float = number(0.0, at_least=0, at_most=1)
    contrast: float = number(0.0, at_least=0)
    noise: float = number(0.0, at_least=0)
    jpeg: float = number(0.0, at_least=0)
    neighbours: float = number(0.0, at_least=0, at_most=1)
    rules: float = number(0.0, at_least=0, at_most=1)
    enlarge: int = whole(0, at_least=0, below=28)

    @property
    def moves(self) -> bool:
        """Whether pixels change their places."""
        return any((self.rotation, self.zoom, self.shift, self.shear, self.elastic))

    @property
    def soils(self) -> bool:
        """Whether pens, scanners, cameras or paper leave their traces."""
        return any((self.stroke, self.blur, self.contrast, self.noise, self.jpeg)) or any(
            (self.neighbours, self.rules)
        )

    @property
    def distorts(self) -> bool:
        """Whether batches change, not counting `enlarge`."""
        return self.moves or self.soils
