"""Trainings of a server: who trains now, who waits, and the process of each.

    trainings = Trainings("runs", Limits())
    training = trainings.add(Order(recipe), user="192.0.2.7")
    async for news in trainings.watch(training):
        ...

One training at a time a user, and few at a time altogether; the others wait in the order in which
they came. A training that is stopped keeps what it has learnt, as with Ctrl-C, and can be resumed.
The queue lives as long as the server; what was learnt lies in the folder of runs. For the event
loop of one server only; what a training's process does is `ziffern.serving.training.worker`'s work.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ziffern.errors import ZiffernError
from ziffern.history import EpochRow
from ziffern.runs import Run
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, busy, without_folders
from ziffern.serving.training.orders import Order

COMMAND = (sys.executable, "-P", "-m", "ziffern.serving.training.worker")
KEPT = 30
"""How many trainings that have ended are remembered."""
STOP_SECONDS = 20.0
"""How long a training may take to keep what it has learnt when the server stops."""
WAITING, STARTING, RUNNING = "waiting", "starting", "running"
PAUSED, STOPPING = "paused", "stopping"
ACTIVE = (STARTING, RUNNING, PAUSED, STOPPING)


@dataclass(eq=False)
class Training:
    """One training. `status` is one of those above, or how it ended, as in `run.json`."""

    order: Order
    user: str
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    status: str = WAITING
    problem: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] | None = None
    history: list[EpochRow] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    patience: asyncio.TimerHandle | None = None

    @property
    def run(self) -> str | None:
        """The name of its run, once that is made."""
        return self.facts.get("run") or self.order.run

    @property
    def ended(self) -> bool:
        """Whether it neither waits nor is at work."""
        return self.status not in (WAITING, *ACTIVE)

    def entry(self, place: int | None = None) -> dict[str, Any]:
        """Return it as JSON, without its history; `place` is that in the queue, from 1."""
        recipe = self.order.recipe
        return {
            "id": self.id,
            "status": self.status,
            "place": place,
            "recipe": recipe.name,
            "title": recipe.title,
            "seed": recipe.train.seed,
            "epochs": recipe.train.epochs,
            "parameters": recipe.network.parameters,
            "run": self.run,
            "resumable": self.ended and self.status in ("interrupted", "failed") and bool(self.run),
            "dataset": self.facts.get("dataset", recipe.data.dataset),
            "is_sample": self.facts.get("is_sample"),
            "train_size": self.facts.get("train_size"),
            "validation_size": self.facts.get("validation_size"),
            "device": self.facts.get("device"),
            "progress": self.progress,
            "problem": self.problem and without_folders(self.problem),
        }

    def tell(self) -> None:
        """Wake whoever watches."""
        self.changed.set()
        self.changed = asyncio.Event()

    def send(self, word: str) -> None:
        """Give its process an order."""
        assert self.process is not None
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it has just ended
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()


class Trainings:
    """The trainings of one server.

    Args:
        runs: the folder of runs.
        limits: how many at a time, and how many may wait.
        command: what starts a training's process.
    """

    def __init__(
        self, runs: str | Path, limits: Limits, *, command: Sequence[str] = COMMAND
    ) -> None:
        self._runs, self._limits, self._command = Path(runs), limits, command
        self._all: dict[str, Training] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers = 0
        self._stopped = False

    def __iter__(self) -> Any:
        """Yield all trainings, the newest last."""
        return iter(list(self._all.values()))

    @property
    def waiting(self) -> list[Training]:
        """The queue, the next one first."""
        return [each for each in self._all.values() if each.status == WAITING]

    def entry(self, training: Training) -> dict[str, Any]:
        """Return a training as JSON, with its place in the queue."""
        queue = self.waiting
        return training.entry(queue.index(training) + 1 if training in queue else None)

    def get(self, name: str) -> Training:
        """Return a training by its id.

        Raises:
            Problem: there is none.
        """
        if name not in self._all:
            gone = f"no training {name[:40]!r}; it may be long over"
            raise Problem("not-found", 404, gone, values={"what": "training"})
        return self._all[name]

    def add(self, order: Order, user: str) -> Training:
        """Put a training into the queue; it starts as soon as its turn comes.

        Raises:
            Problem: too many wait, or its run is at work already.
        """
        self._check_queue()
        at_work = {each.run for each in self._all.values() if not each.ended}
        if order.run is not None and order.run in at_work:
            values = {"what": "at-work", "name": order.run}
            raise Problem("conflict", 409, f"{order.run} is being trained already", values=values)
        training = Training(order, user)
        self._all[training.id] = training
        ended = [each for each in self._all.values() if each.ended]
        for each in ended[:-KEPT]:
            del self._all[each.id]
        self._next()
        return training

    def pause(self, training: Training) -> None:
        """Hold a training where it is; its memory stays taken, its turn while nobody waits."""
        if training.status != RUNNING:
            raise _conflict(training, "only a running training can be paused")
        training.send("pause")

    def resume(self, training: Training) -> None:
        """Let a paused training go on, or put an interrupted one into the queue again.

        Raises:
            Problem: it is neither, or too many wait.
        """
        if training.status == PAUSED:
            training.send("resume")
            return
        if not training.entry()["resumable"]:
            raise _conflict(training, "only a paused or interrupted training can be resumed")
        self._check_queue()
        training.order = Order(training.order.recipe, training.run)
        training.status, training.problem = WAITING, None
        self._all[training.id] = self._all.pop(training.id)  # behind those that wait
        training.tell()
        self._next()

    def stop(self, training: Training) -> None:
        """End a training after its batch; the last finished epoch is kept."""
        if training.status not in (STARTING, RUNNING, PAUSED):
            raise _conflict(training, "it is not at work")
        self._set(training, STOPPING)
        training.send("stop")

    def remove(self, training: Training) -> None:
        """Take a training out of the queue, or off the list; its run stays."""
        if training.status in ACTIVE:
            raise _conflict(training, "stop it first")
        del self._all[training.id]
        self._set(training, "removed")

    async def watch(
        self, training: Training, alive: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[tuple[str, Any]]:
        """Yield ``("epoch", row)`` and ``("training", entry)``, all so far first, until it ends.

        Whoever is slow misses progress, but no epoch. ``("", None)`` comes when nothing has
        happened for a while, so that a connection is kept.
        """
        if self._watchers >= self._limits.watchers:
            raise busy(f"{self._watchers} clients are watching trainings already")
        self._watchers += 1
        try:
            told, last, quiet = 0, None, 0
            while alive():
                changed = training.changed
                if told > len(training.history):  # a resumed one goes back to its checkpoint
                    told = 0
                    yield "again", None
                for row in training.history[told:]:
                    told += 1
                    yield "epoch", row
                if (entry := self.entry(training)) != last:
                    last, quiet = entry, 0
                    yield "training", entry
                if training.ended:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), 1.0)
                except TimeoutError:
                    quiet += 1
                    if quiet % 10 == 0:
                        yield "", None
        finally:
            self._watchers -= 1

    async def end(self) -> None:
        """Interrupt what is at work, as Ctrl-C does, and wait until it has kept what it learnt."""
        self._stopped = True
        for training in self._all.values():
            if training.status in (STARTING, RUNNING, PAUSED):
                self.stop(training)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for training in self._all.values():
                if late and training.process is not None:
                    training.process.kill()
            if late:
                await asyncio.wait(late)

    def _check_queue(self) -> None:
        most = self._limits.queue
        if len(self.waiting) >= most:
            raise busy(f"{most} trainings are waiting already", what="trainings", most=most)

    def _next(self) -> None:
        """Start whoever's turn it is."""
        active = [each for each in self._all.values() if each.status in ACTIVE]
        users = {each.user for each in active}
        for training in self.waiting:
            if self._stopped or len(active) >= self._limits.trainings:
                return
            if training.user in users:
                continue
            try:
                training.process = process = self._start(training.order)
            except OSError as error:
                training.problem = f"its process did not start: {error.strerror}"
                self._set(training, "failed")
                continue
            active.append(training)
            users.add(training.user)
            self._set(training, STARTING)
            task = asyncio.create_task(self._follow(training, process))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _hold(self, training: Training) -> None:
        """Give a paused training its time; after that it goes once others wait."""
        if training.patience is not None:
            training.patience.cancel()
        later = asyncio.get_running_loop().call_later
        training.patience = later(self._limits.pause_seconds, self._make_room, training)

    def _make_room(self, training: Training) -> None:
        if training.status != PAUSED:
            return
        if self.waiting:
            self.stop(training)
        else:
            self._hold(training)

    def _set(self, training: Training, status: str) -> None:
        training.status = status
        training.tell()
        for other in self.waiting:  # whose place may be another one
            other.tell()

    async def _follow(self, training: Training, process: subprocess.Popen[str]) -> None:
        """Hear what the process of a training tells, to its end."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        end: dict[str, Any] = {}

        def hear(news: dict[str, Any]) -> None:
            if "end" in news:
                end.update(news)  # holds once the process is gone
            else:
                _hear(training, news)
                if training.status == PAUSED and "state" in news:
                    self._hold(training)

        def listen() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                for line in process.stdout or ():
                    loop.call_soon_threadsafe(hear, json.loads(line))
                process.wait()
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=listen, daemon=True).start()
        await ended.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        end = end or await asyncio.to_thread(self._died, training.run, process.returncode)
        training.process = training.progress = None
        training.problem = end.get("problem")
        self._set(training, end["end"])
        self._next()

    def _start(self, order: Order) -> subprocess.Popen[str]:
        # the package is found where it was found for this process
        found = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, found))},
            # Ctrl-C reaches the server alone, which then stops its trainings. Not a session of its
            # own, which would do that too: a process steps back behind those of its session only.
            process_group=0,
        )
        told = {"resume": order.run, "recipe": order.recipe.to_toml(), "runs": str(self._runs)}
        with contextlib.suppress(BrokenPipeError):  # then it has ended, which is noticed
            process.stdin.write(json.dumps(told, ensure_ascii=False) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        return process

    def _died(self, name: str | None, code: int) -> dict[str, Any]:
        """Return the end of a training whose process ended without a word."""
        status = "failed"
        if name is not None:
            with contextlib.suppress(ZiffernError):
                run = Run(self._runs / name)
                if run.info["status"] == RUNNING:
                    run.update_info(status="interrupted")
                status = run.info["status"]
        problem = f"its process ended unexpectedly (code {code}); memory may have run out"
        return {"end": status, "problem": problem}


def _hear(training: Training, news: dict[str, Any]) -> None:
    """Take what a training's process tells while it is at work."""
    if "begun" in news:
        training.facts, training.history = news["begun"], news["history"]
        if training.status == STARTING:
            training.status = RUNNING
    if "state" in news and training.status in (RUNNING, PAUSED):
        training.status = news["state"]
    if "epoch" in news:
        training.history.append(news["epoch"])
    if "progress" in news:
        training.progress = news["progress"]
    training.tell()


def _conflict(training: Training, why: str) -> Problem:
    return Problem("conflict", 409, f"this training is {training.status}: {why}")
