"""Measure how MNIST's training digits are written, and write the quantiles into the package.

    python tools/make_written.py [--data-dir DIR]

What is measured says `ziffern.exploration.written`. It takes a minute; the same data give the same
file.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np

from ziffern import datasets
from ziffern.exploration import written as module
from ziffern.exploration.written import ANY, FILE, MEASURES, QUANTILES, written
from ziffern.files import write_json

TARGET = Path(module.__file__).with_name(FILE)


def main() -> int:
    """Write the file and print its size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", help="folder that holds MNIST")
    part = datasets.load("mnist", data_dir=parser.parse_args().data_dir).train
    found = np.array([astuple(seen) for image in part.images if (seen := written(image))])
    if len(found) != len(part):
        print("some training digits are blank: this is not MNIST", file=sys.stderr)
        return 1
    groups = {str(label): found[part.labels == label] for label in range(10)} | {ANY: found}
    quantiles = {
        label: {
            name: [round(float(value), 2) for value in np.quantile(values[:, column], QUANTILES)]
            for column, name in enumerate(MEASURES)
        }
        for label, values in groups.items()
    }
    about = f"of {len(part):,} training digits of MNIST, at {', '.join(map(str, QUANTILES))}"
    write_json(TARGET, {"about": about, "quantiles": quantiles})
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
