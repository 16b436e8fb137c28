"""Light to use: what needs no PyTorch does not load it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "torch", "matplotlib", "sklearn", "scipy", "tensorboard", "jinja2", "onnxruntime", "h5py"


@pytest.mark.parametrize(
    "work",
    [
        "import ziffern; dir(ziffern); ziffern.__version__",
        "import ziffern; ziffern.datasets.load('mnist').train.images",
        "import ziffern.recipe; ziffern.recipe.load('marvin').network.parameters",
        "import ziffern.runs; ziffern.runs.listing('runs')",
        "import ziffern.contract, ziffern.pictures, ziffern.modelfile, ziffern.highscore",
        "import ziffern.layers, ziffern.optimizers, ziffern.schedules, ziffern.device",
        "import ziffern.scratch.training, ziffern.scratch.step, ziffern.training.listeners",
        "import ziffern.evaluation.comparable, ziffern.evaluation.ensemble",
        "import ziffern.cli, ziffern.files, ziffern.errors, ziffern.measured",
    ],
    ids=lambda work: work[:60],
)
def test_light_things_load_nothing_heavy(work: str) -> None:
    check = f"import sys; {work}; print(*sorted(sys.modules.keys() & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()
