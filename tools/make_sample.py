"""Make the sample of MNIST that travels with the package: 5,000 training and 1,000 test digits.

    python tools/make_sample.py [--data-dir DIR]

Real digits, 500 and 100 of each class, drawn by seed from the training and the test part of
verified MNIST and put in shuffled order. The same seed gives the same arrays everywhere; their
hashes, printed at the end, stand in catalogue.toml under [mnist.sample].
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ziffern import datasets
from ziffern.datasets.parts import Part
from ziffern.datasets.splits import shuffled
from ziffern.files import write_atomic

SEED = 0
PER_CLASS = {"train": 500, "test": 100}
KEYS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
TARGET = Path(datasets.__file__).parent / "sample" / "mnist.npz"


def draw(part: Part, per_class: int) -> Part:
    """Return `per_class` samples of every class, in shuffled order."""
    order = shuffled(len(part), SEED)
    labels = part.labels[order]
    kept = np.zeros(len(order), dtype=bool)
    for label in np.unique(labels):
        kept[np.flatnonzero(labels == label)[:per_class]] = True
    return Part(part.images[order[kept]], part.labels[order[kept]])


def packed(arrays: dict[str, npt.NDArray[np.uint8]]) -> bytes:
    """Return an .npz of the arrays, packed as tightly as it goes and with constant dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"),
                member.getvalue(),
                compress_type=zipfile.ZIP_DEFLATED,
                compresslevel=9,
            )
    return buffer.getvalue()


def main() -> int:
    """Write the sample and print its size and hashes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    digits = datasets.load("mnist", data_dir=parser.parse_args().data_dir)
    parts = {"train": digits.train, "test": digits.test}
    if digits.is_sample or digits.name != "mnist":
        print("the whole MNIST is needed; give --data-dir or fetch it", file=sys.stderr)
        return 2
    arrays: dict[str, npt.NDArray[np.uint8]] = {}
    for name, part in parts.items():
        chosen = draw(part, PER_CLASS[name])
        x, y = KEYS[name]
        arrays |= {x: chosen.images, y: chosen.labels.astype(np.uint8)}
        print(f'{name} = "{chosen.sha256}"')
    content = packed(arrays)
    write_atomic(TARGET, content)
    print(f"{TARGET}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
