"""The process of one training: learns, and tells its server how it goes.

Standard input brings the order as one line of JSON, then `pause`, `resume` or `stop`, one a line;
its end is a stop, so that no training outlives its server. Standard output takes one JSON object a
line: `begun`, `progress`, `epoch` (a row of the history), `state` and at last `end`. Training
itself is `ziffern.bench`'s work; who waits for whom is decided by `ziffern.serving.training.queue`.
"""

from __future__ import annotations

import _thread
import contextlib
import io
import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ziffern.errors import ZiffernError
from ziffern.exchange.onnx import softmax
from ziffern.files import write_atomic
from ziffern.history import without_nan
from ziffern.runs import Run
from ziffern.training.events import Listener, TrainingState

LIVE = Path("evaluations") / "live.npy"
"""Where a run keeps its answers to the validation pictures while it trains, float32 (N, C)."""
SECONDS_BETWEEN_NEWS = 0.25
NICE = 5
"""How far the training steps back behind the server that started it."""

Tell = Callable[[dict[str, Any]], None]


class Gate:
    """Lets a training pass, or holds it until it may go on."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._over = False

    def obey(self, orders: Any) -> None:
        """Follow orders, a line each, to their end; runs in a thread of its own."""
        for line in orders:
            if line == "pause\n":
                self._open.clear()
            elif line == "resume\n":
                self._open.set()
            else:
                break
        self._open.set()
        if not self._over:
            _thread.interrupt_main()  # what Ctrl-C does: the last finished epoch is kept

    def leave(self) -> None:
        """Follow no more orders: the training is over."""
        self._over = True

    def pass_through(self, tell: Tell) -> float:
        """Return at once, or when the training may go on; and for how many seconds it was held."""
        if self._open.is_set():
            return 0.0
        tell({"state": "paused"})
        began = time.perf_counter()
        self._open.wait()
        tell({"state": "running"})
        return time.perf_counter() - began


class Reporter(Listener):
    """Tells the server how the training goes, and holds it at the gate."""

    def __init__(self, gate: Gate, tell: Tell) -> None:
        self._gate, self._tell = gate, tell
        self.run: Run | None = None
        self._next = self._began = self._held = 0.0
        self._first_step = 0

    def on_train_begin(self, state: TrainingState) -> None:
        """Tell what is trained, on what, and which epochs are there already."""
        assert self.run is not None
        self._began, self._first_step = time.perf_counter(), state.step
        info = self.run.info
        self._tell(
            {
                "begun": {
                    "run": self.run.name,
                    "epochs": state.epochs,
                    "dataset": info["dataset"]["name"],
                    "is_sample": info["dataset"]["is_sample"],
                    "train_size": state.train_size,
                    "validation_size": info["dataset"]["validation_size"],
                    "device": info["device"],
                    "precision": info["precision"],
                },
                "history": state.history,
            }
        )

    def on_batch_end(self, state: TrainingState) -> None:
        """Wait at the gate; tell how far this epoch is, not too often."""
        held = self._gate.pass_through(self._tell)
        state.held_seconds += held
        self._held += held
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + SECONDS_BETWEEN_NEWS
            done = state.step - self._first_step
            pace = (now - self._began - self._held) / done
            self._tell(
                {
                    "progress": {
                        "epoch": state.epoch,
                        "batch": state.batch,
                        "batches": state.batches_per_epoch,
                        "loss": state.loss,
                        "accuracy": state.accuracy,
                        "images_per_second": state.images_per_second,
                        "seconds_left": pace * (state.total_steps - state.step),
                    }
                }
            )

    def on_epoch_end(self, state: TrainingState) -> None:
        """Keep the answers of this epoch, for confusion matrix and mistakes, and tell its row."""
        if self.run is not None and state.validation_logits is not None:
            answers = softmax(
                state.validation_logits.float().cpu().numpy(),
                background_class=state.recipe.train.background_class,
            )
            buffer = io.BytesIO()
            np.save(buffer, answers, allow_pickle=False)
            write_atomic(self.run.path / LIVE, buffer.getvalue())
        self._tell({"epoch": state.history[-1]})


def train(order: dict[str, Any], gate: Gate, tell: Tell) -> None:
    """Train what is ordered (`recipe` as TOML, or `resume`, and the folder `runs`) to its end."""
    reporter = Reporter(gate, tell)
    try:
        from ziffern import bench, recipe

        options: dict[str, Any] = {"listeners": [reporter], "tensorboard": False, "quiet": True}
        if order.get("resume"):
            reporter.run = Run.open(order["resume"], order["runs"])
            run = bench.resume(reporter.run, **options)
        else:
            chosen = recipe.parse(order["recipe"])
            run = bench.train(
                chosen, runs=order["runs"], begun=lambda run: setattr(reporter, "run", run),
                **options,
            )  # fmt: skip
        end: dict[str, Any] = {"end": run.info["status"], "problem": run.info.get("problem")}
    except KeyboardInterrupt:
        end = {"end": "interrupted"}
    except ZiffernError as error:
        end = {"end": "failed", "problem": str(error)}
        if reporter.run is not None and reporter.run.info["status"] == "diverged":
            end["end"] = "diverged"
    except Exception:
        traceback.print_exc()
        end = {"end": "failed", "problem": "the training failed; the log of the server says why"}
    gate.leave()
    if reporter.run is not None:
        with contextlib.suppress(OSError):
            (reporter.run.path / LIVE).unlink(missing_ok=True)
    tell(end)


def main() -> None:
    """Train one order."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print is no news

    def tell(news: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # the server is gone; its end stops us
            out.write(json.dumps(without_nan(news)) + "\n")

    # a server in the background of a shell ignores Ctrl-C, and so would we what stands for it here
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _step_back()
    # not sys.stdin itself, which a thread that waits for it would keep from being closed at the end
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    order = json.loads(orders.readline())
    gate = Gate()
    threading.Thread(target=gate.obey, args=(orders,), daemon=True).start()
    train(order, gate, tell)


def _step_back() -> None:
    """Let the server go first: at the processor, and where memory runs out."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
