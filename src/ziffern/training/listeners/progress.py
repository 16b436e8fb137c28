"""Progress for a person: a live table on a terminal, one plain line an epoch elsewhere.

Everything goes to standard error, so that standard output stays clean for results. The live rows
are redrawn at most five times a second and only then ask for the loss, because asking makes the
processor wait for the device.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ziffern.history import EpochRow
from ziffern.training.events import Listener, TrainingState

SECONDS_BETWEEN_REDRAWS = 0.2


class Progress(Listener):
    """Shows how the training goes; says nothing if `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live: Live | None = None
        self._columns: list[Column] = []
        self._next_redraw = 0.0
        self._began: float | None = None
        self._first_step = 0

    def on_train_begin(self, state: TrainingState) -> None:
        """Say what is trained; open the live display if there is a terminal to draw on."""
        self._began, self._first_step = None, state.step
        console = Console(stderr=True)
        if not self._quiet and console.is_terminal and not console.is_dumb_terminal:
            # Standard output is left alone: it may be a file that wants only the result.
            self._live = Live(
                console=console, auto_refresh=False, transient=True, redirect_stdout=False
            )
            self._live.start()
        self._say(heading(state))
        if self._live is not None:
            held_out = state.recipe.data.validation != 0
            self._columns = columns(state.epochs, held_out, console.width)
            self._say(table_line(self._columns))

    def on_epoch_begin(self, state: TrainingState) -> None:
        """Start the clock that the time left is reckoned by."""
        if self._began is None:
            self._began = time.perf_counter()

    def on_batch_end(self, state: TrainingState) -> None:
        """Redraw if the last drawing is old enough."""
        if self._live is None:
            return
        now = time.perf_counter()
        if now >= self._next_redraw:
            self._next_redraw = now + SECONDS_BETWEEN_REDRAWS
            self._live.update(self._drawing(state, now), refresh=True)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Leave one line for the epoch."""
        row = state.history[-1]
        if self._live is None:
            self._say(epoch_line(row, state.epochs))
        else:
            self._say(table_line(self._columns, row))

    def on_train_end(self, state: TrainingState) -> None:
        """Remove the live display and say why the training ended before its time."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if state.stop_reason:
            self._say(f"{state.outcome} after epoch {len(state.history)}: {state.stop_reason}")

    def _say(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(Text(line), soft_wrap=True)
        elif not self._quiet:
            print(line, file=sys.stderr, flush=True)

    def _drawing(self, state: TrainingState, now: float) -> Group:
        running = {
            "epoch": state.epoch,
            "loss": state.loss,
            "accuracy": state.accuracy,
            "learning_rate": state.learning_rate,
            "seconds": state.epoch_seconds,
            "images_per_second": state.images_per_second,
        }
        bar = Table.grid(padding=(0, 1), expand=True)
        bar.add_column(ratio=1)
        bar.add_column(no_wrap=True)
        bar.add_row(
            ProgressBar(total=state.batches_per_epoch, completed=state.batch),
            f"batch {state.batch}/{state.batches_per_epoch}, {self._time_left(state, now)} left",
        )
        return Group(Text(table_line(self._columns, running), no_wrap=True), bar)

    def _time_left(self, state: TrainingState, now: float) -> str:
        """By the pace of this process so far, validation included."""
        done = state.step - self._first_step
        if self._began is None or done <= 0:
            return "?"
        steps_left = state.total_steps - state.step
        return clock((now - self._began) / done * steps_left)


def heading(state: TrainingState) -> str:
    """Return one line about what is trained on how much, and where a resumed training goes on."""
    text = (
        f"{state.recipe.name}, seed {state.recipe.train.seed}: "
        f"{state.recipe.network.parameters:,} parameters, "
        f"{state.train_size:,} pictures, {state.batches_per_epoch} batches"
    )
    return f"{text}, resumed after epoch {state.epoch}" if state.epoch else text


def epoch_line(row: EpochRow, epochs: int) -> str:
    """Return one line about a finished epoch, in plain ASCII.

    >>> epoch_line({"epoch": 3, "loss": 0.0412, "accuracy": 0.9871, "validation_loss": None,
    ...     "validation_accuracy": None, "learning_rate": 0.001, "seconds": 8.2,
    ...     "images_per_second": 14203.0}, epochs=10)
    'epoch  3/10: loss 0.0412, accuracy 98.71%, learning rate 0.001, 14,203 images/s, 8.2 s'
    """
    loss, accuracy = row["validation_loss"], row["validation_accuracy"]
    figures = [
        f"loss {row['loss']:.4f}",
        f"accuracy {row['accuracy']:.2%}",
        *([] if loss is None else [f"validation loss {loss:.4f}"]),
        *([] if accuracy is None else [f"validation accuracy {accuracy:.2%}"]),
        f"learning rate {row['learning_rate']:.3g}",
        f"{row['images_per_second']:,.0f} images/s",
        f"{row['seconds']:.1f} s",
    ]
    return f"epoch {row['epoch']:{len(str(epochs))}}/{epochs}: {', '.join(figures)}"


@dataclass(frozen=True)
class Column:
    """One column of the table on a terminal; `key` is that of an `EpochRow`."""

    title: str
    key: str
    width: int
    shown: Callable[[Any], str]


def columns(epochs: int, validation: bool, width: int) -> list[Column]:
    """Return the columns that fit into `width` signs, the less important ones left out first."""
    of = f"/{epochs}"
    chosen = [
        Column("epoch", "epoch", max(5, 2 * len(of) - 1), lambda epoch: f"{epoch}{of}"),
        Column("loss", "loss", 6, _loss),
        Column("accuracy", "accuracy", 8, "{:.2%}".format),
        Column("val. loss", "validation_loss", 9, _loss),
        Column("val. acc.", "validation_accuracy", 9, "{:.2%}".format),
        Column("learning rate", "learning_rate", 13, "{:.3g}".format),
        Column("images/s", "images_per_second", 8, "{:,.0f}".format),
        Column("time", "seconds", 6, _seconds),
    ]
    dropped = [] if validation else ["validation_loss", "validation_accuracy"]
    for key in ["", "learning_rate", "seconds", "validation_loss", "images_per_second"]:
        dropped.append(key)
        fitting = [column for column in chosen if column.key not in dropped]
        if len(table_line(fitting)) <= width:
            break
    return fitting


def table_line(shown: list[Column], row: Mapping[str, Any] | None = None) -> str:
    """Return the titles, or one row; what is not known stays blank."""
    cells = []
    for column in shown:
        value = None if row is None else row.get(column.key)
        text = column.title if row is None else "" if value is None else column.shown(value)
        cells.append(f"{text:>{column.width}}")
    return "  ".join(cells)


def clock(seconds: float) -> str:
    """Return a duration as on a clock.

    >>> clock(83.4), clock(3671)
    ('1:23', '1:01:11')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _loss(value: float) -> str:
    return f"{value:.4f}" if value < 10 else f"{value:.4g}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else clock(value)
