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
    enlarge: int = whole(0, at_least=0, below=28)

    @property
    def distorts(self) -> bool:
        """Whether batches change, not counting `enlarge`."""
        return any((self.rotation, self.zoom, self.shift, self.shear, self.elastic))
