"""Ziffern: a workbench for handwritten digits.

    import ziffern

    run = ziffern.train("quick")                      # a run folder; shows itself in a notebook
    result = ziffern.evaluate(run)                    # opens the sealed test set, counted
    model = ziffern.load(run)
    digits = ziffern.datasets.load("mnist").test.images
    model.predict(digits[:5])                         # uint8 (N, 28, 28) → float32 (N, 10)

Importing `ziffern` is light; PyTorch is loaded when something is trained or loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ziffern import datasets
    from ziffern.bench import resume, train
    from ziffern.contract import normalise
    from ziffern.evaluation.combine import ensemble
    from ziffern.evaluation.comparable import compare
    from ziffern.evaluation.ensemble import load
    from ziffern.evaluation.hands import evaluate
    from ziffern.reading.reader import read
    from ziffern.report.of_run import write_report

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "compare",
    "datasets",
    "ensemble",
    "evaluate",
    "load",
    "normalise",
    "read",
    "resume",
    "train",
    "write_report",
]

_HOMES = {
    "compare": "ziffern.evaluation.comparable",
    "ensemble": "ziffern.evaluation.combine",
    "evaluate": "ziffern.evaluation.hands",
    "load": "ziffern.evaluation.ensemble",
    "resume": "ziffern.bench",
    "train": "ziffern.bench",
    "write_report": "ziffern.report.of_run",
    "normalise": "ziffern.contract",
    "read": "ziffern.reading.reader",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used."""
    if name == "datasets":
        return import_module("ziffern.datasets")
    if name not in _HOMES:
        raise AttributeError(f"module 'ziffern' has no attribute {name!r}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("torch", "jinja2", "matplotlib", "tensorboard"):
            from ziffern.errors import WorkError

            raise WorkError(
                f"ziffern.{name} needs {missing}, which is not installed; "
                "install it with: pip install 'ziffern[train]'"
            ) from error
        raise


def __dir__() -> list[str]:
    """Name the public names, also those that are not imported yet."""
    return sorted(__all__)
