"""TensorBoard: scalars, histograms of the weights, the graph, settings with results.

`tensorboard --logdir runs` shows all runs side by side. Nothing here changes the network: weights
are copied, and the graph is traced in evaluation mode, which leaves the random numbers and the
moving averages alone.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.jit._trace import TracingCheckError

from ziffern.errors import WorkError
from ziffern.files import translated
from ziffern.training.events import Listener, TrainingState

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

log = logging.getLogger(__name__)

# TensorBoard shows the two curves of a group in one picture.
SCALARS = {
    "loss/train": "loss",
    "loss/validation": "validation_loss",
    "accuracy/train": "accuracy",
    "accuracy/validation": "validation_accuracy",
    "learning_rate": "learning_rate",
    "images_per_second": "images_per_second",
}


class TensorBoard(Listener):
    """Writes event files into `folder`, usually `tb` in the run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None

    def on_train_begin(self, state: TrainingState) -> None:
        """Open the event file and draw the graph.

        Raises:
            WorkError: TensorBoard is not installed, or the folder cannot be written.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise WorkError("TensorBoard is not installed: pip install 'ziffern[train]'") from error
        with self._writing():
            # What an interrupted training wrote about the epochs to come is not shown.
            purge = state.epoch + 1 if state.epoch else None
            self._writer = SummaryWriter(str(self._folder), purge_step=purge)
            if state.example_input is not None:
                self._draw_graph(self._writer, state)
            self._writer.flush()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write the scalars and the histograms."""
        if self._writer is None:
            return
        row = state.history[-1]
        values: Mapping[str, Any] = row
        with self._writing():
            for tag, key in SCALARS.items():
                if values[key] is not None:
                    self._writer.add_scalar(tag, values[key], row["epoch"])
            for name, tensor in state.network.tensors().items():
                weights = tensor.detach().float().cpu().flatten()
                weights = weights[weights.isfinite()]
                if weights.numel():
                    self._writer.add_histogram(name, weights, row["epoch"])
            self._writer.flush()

    def on_train_end(self, state: TrainingState) -> None:
        """Write the settings with their result and close the file."""
        if self._writer is None:
            return
        with self._writing():
            row: Mapping[str, Any] = state.kept or (state.history[-1] if state.history else {})
            results = {
                f"result/{key}": row[key]
                for key in ("validation_accuracy", "validation_loss", "accuracy", "loss")
                if row.get(key) is not None and math.isfinite(row[key])
            }
            self._writer.add_hparams(settings(state), results, run_name=".")
            self._writer.close()
            self._writer = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Let a full disk come out as one `WorkError`; the writer is of no use afterwards.

        TensorBoard writes in a thread of its own. That thread prints a traceback when it fails,
        though the writer raises the same error, so the print is left out.
        """
        print_failure = threading.excepthook

        def once(failure: threading.ExceptHookArgs) -> None:
            if not issubclass(failure.exc_type, OSError):
                print_failure(failure)

        threading.excepthook = once
        try:
            with translated(self._folder):
                yield
        except WorkError:
            self._writer = None
            for thread in threading.enumerate():
                if type(thread).__module__.startswith("tensorboard."):
                    thread.join(timeout=1)  # until it has failed for good, and silently
            raise
        finally:
            threading.excepthook = print_failure

    def _draw_graph(self, writer: SummaryWriter, state: TrainingState) -> None:
        """Draw the network as it predicts: dropout would give another graph at each tracing."""
        training = state.network.training
        state.network.eval()
        try:
            with _silence(), torch.no_grad():
                writer.add_graph(state.network, state.example_input)
        except (RuntimeError, TracingCheckError) as error:
            log.warning("TensorBoard shows no graph: %s", str(error).partition("\n")[0])
        finally:
            state.network.train(training)


def settings(state: TrainingState) -> dict[str, bool | int | float | str]:
    """Return what the recipe says about data and training, flat: ``{"train.epochs": 5}``."""
    recipe = state.recipe.model_dump(
        mode="json", include={"name", "data", "augment", "optimizer", "schedule", "train"}
    )
    return dict(_flat(recipe))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, (bool, int, float, str)):
            yield prefix + key, value
        elif value is not None:
            yield prefix + key, str(value)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the tracer's warnings and prints from a terminal that shows progress and results."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
