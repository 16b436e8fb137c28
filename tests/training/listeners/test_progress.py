import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ziffern.training.events import TrainingState
from ziffern.training.listeners import Progress
from ziffern.training.listeners.progress import clock, columns, epoch_line, heading, table_line


class Terminal:
    """A pseudo-terminal as standard error; `text` is all that was drawn on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import pty

        self._monkeypatch = monkeypatch
        self._outer, inner = pty.openpty()
        self.stream = os.fdopen(inner, "w", encoding="utf-8")
        self._drawn: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def attach(self) -> None:
        """Call this in the test itself: pytest sets its own standard error after the fixtures."""
        self._monkeypatch.setattr(sys, "stderr", self.stream)

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._outer, 65536)
            except OSError:  # Linux says so when the inner side is closed
                return
            if not piece:
                return
            self._drawn.append(piece)

    def text(self) -> str:
        """Close it and return what was drawn, without colours and cursor moves."""
        if not self.stream.closed:
            self.stream.close()
        self._reader.join(timeout=10)
        drawn = b"".join(self._drawn).decode()
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    pytest.importorskip("pty")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal(monkeypatch)
    yield terminal
    terminal.text()


def test_elsewhere_than_on_a_terminal_each_epoch_is_one_plain_line(
    state: TrainingState, drive: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    drive(state, [Progress()], [(0.4, 0.9), (0.3, 0.95)])
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "tiny, seed 7: 1,018 parameters, 20 pictures, 5 batches",
        "epoch 1/3: loss 0.5000, accuracy 75.00%, validation loss 0.4000, "
        "validation accuracy 90.00%, learning rate 0.1, 400 images/s, 0.1 s",
        "epoch 2/3: loss 0.2500, accuracy 75.00%, validation loss 0.3000, "
        "validation accuracy 95.00%, learning rate 0.1, 400 images/s, 0.1 s",
    ]
    assert shown.err.isascii()


def test_an_early_end_is_explained(
    state: TrainingState, drive: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    state.stop_reason = "validation loss has not improved since epoch 1 (patience 1)"
    drive(state, [Progress()], [(0.4, 0.9)], outcome="stopped early")
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"stopped early after epoch 1: {state.stop_reason}"


def test_quiet_says_nothing(
    state: TrainingState, drive: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    state.stop_reason = "enough"
    drive(state, [Progress(quiet=True)], [(0.4, 0.9)], outcome="stopped early")
    assert capsys.readouterr() == ("", "")


def test_quiet_says_nothing_on_a_terminal_either(
    state: TrainingState, drive: Any, terminal: Terminal
) -> None:
    terminal.attach()
    drive(state, [Progress(quiet=True)], [(0.4, 0.9)])
    assert terminal.text() == ""


def test_a_terminal_shows_a_live_bar_and_keeps_a_line_for_each_epoch(
    state: TrainingState,
    drive: Any,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("ziffern.training.listeners.progress.SECONDS_BETWEEN_REDRAWS", 0.0)
    terminal.attach()
    out = sys.stdout
    drive(
        state,
        [Progress()],
        [(0.4, 0.9), (0.3, 0.95)],
        after_batch=lambda: print("a result") if state.step == 7 else None,
    )
    assert sys.stdout is out
    lines = [line.rstrip() for line in terminal.text().splitlines()]
    assert lines[0] == "tiny, seed 7: 1,018 parameters, 20 pictures, 5 batches"
    titles = "epoch    loss  accuracy  val. loss  val. acc.  learning rate  images/s    time"
    first = "  1/3  0.5000    75.00%     0.4000     90.00%            0.1       400   0.1 s"
    running = "  2/3  0.2500    75.00%                                  0.1       400   0.0 s"
    assert lines.index(titles) < lines.index(first) < lines.index(running)
    drawn = "\n".join(lines)
    assert re.search(r"[━╸╺]+ batch 4/5, \d+:\d\d left", drawn)
    assert "a result" not in drawn
    assert capsys.readouterr().out == "a result\n"


def test_the_cursor_is_back_when_the_training_was_interrupted(
    state: TrainingState, drive: Any, terminal: Terminal
) -> None:
    terminal.attach()
    drive(state, [Progress()], [], outcome="interrupted")
    terminal.text()
    drawn = b"".join(terminal._drawn)
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l") >= 0  # shown after hidden


def test_a_dumb_terminal_gets_plain_lines(
    state: TrainingState, drive: Any, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.attach()
    monkeypatch.setenv("TERM", "dumb")
    begins = heading(state)
    drive(state, [Progress()], [(0.4, 0.9)])
    assert terminal.text().splitlines() == [begins, epoch_line(state.history[0], epochs=3)]


def test_the_loss_is_asked_for_only_for_a_redraw(state: TrainingState, terminal: Terminal) -> None:
    class Counted:
        asked = 0

        def __float__(self) -> float:
            self.asked += 1
            return 1.0

    terminal.attach()
    state.loss_sum = counted = Counted()
    progress = Progress()
    progress.on_train_begin(state)
    progress.on_epoch_begin(state)
    began = time.perf_counter()
    for state.step in range(1, 2001):
        progress.on_batch_end(state)
    seconds = time.perf_counter() - began
    progress.on_train_end(state)
    assert 1 <= counted.asked <= 1 + seconds * 5


def test_the_time_left_is_reckoned_from_this_process_alone(
    state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 100.0)
    state.step = 5  # resumed after the first of three epochs of five batches
    progress = Progress(quiet=True)
    progress.on_train_begin(state)
    progress.on_epoch_begin(state)
    assert progress._time_left(state, now=101.0) == "?"
    state.step = 7
    assert progress._time_left(state, now=104.0) == "0:16"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (83.4, "1:23"), (3671, "1:01:11")]
)
def test_durations_read_as_on_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_epochs_are_aligned_and_unmeasured_figures_left_out(
    state: TrainingState, drive: Any
) -> None:
    drive(state, [], [(None, None)])
    line = epoch_line(state.history[0], epochs=100)
    assert line.startswith("epoch   1/100: loss 0.5000, accuracy 75.00%, learning rate")


def test_a_resumed_training_says_so(state: TrainingState) -> None:
    state.epoch = 2
    assert heading(state).endswith("5 batches, resumed after epoch 2")


@pytest.mark.parametrize("epochs", [1, 10, 150])
def test_the_table_fits_into_eighty_columns(epochs: int) -> None:
    assert len(columns(epochs, validation=True, width=80)) == 8
    assert len(table_line(columns(epochs, validation=True, width=80))) <= 80


def test_a_narrow_terminal_gets_the_columns_that_matter() -> None:
    for width in (60, 50, 40, 34):
        shown = columns(10, validation=True, width=width)
        assert len(table_line(shown)) <= width
        assert {"epoch", "loss", "accuracy"} <= {column.key for column in shown}


def test_no_columns_for_a_validation_set_that_is_not_there() -> None:
    assert "val. loss" not in table_line(columns(10, validation=False, width=80))


def test_long_times_and_large_losses_keep_their_column() -> None:
    row = {"epoch": 3, "loss": 12345.678, "accuracy": 1.0, "seconds": 754.2}
    line = table_line(columns(10, validation=False, width=80), row)
    assert "1.235e+04" in line
    assert line.endswith(" 12:34")
