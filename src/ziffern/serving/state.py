"""What all endpoints of one server share: its limits, its models, its trainings, its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar, cast

from fastapi import Request

from ziffern.serving.board import Board
from ziffern.serving.desk import Desk
from ziffern.serving.limits import Limits
from ziffern.serving.metrics import Metrics
from ziffern.serving.models import Models
from ziffern.serving.problems import busy
from ziffern.serving.readers import Readers
from ziffern.serving.training.queue import Trainings

Result = TypeVar("Result")


@dataclass
class State:
    """Kept as `app.state.ziffern`; `ready` is false while the server starts and stops.

    Of several processes none has `trainings`: each would know of its own only.
    """

    limits: Limits
    models: Models
    readers: Readers
    runs: str
    metrics: Metrics
    board: Board
    desk: Desk
    trainings: Trainings | None
    ready: bool = False
    _studies: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="study")
    )
    _studying: int = 0

    async def study(self, work: Callable[[], Result]) -> Result:
        """Do what takes some tenths of a second in a thread of its own, one after the other.

        Raises:
            Problem: too much waits.
        """
        if self._studying >= self.limits.studies:
            raise busy(f"{self.limits.studies} looks into models are waiting")
        self._studying += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._studies, work)
        finally:
            self._studying -= 1

    def stop(self) -> None:
        """End models, readers and studies once what they do is done; figures are left undone."""
        self.desk.stop()
        self._studies.shutdown()
        self.models.stop()
        self.readers.stop()


def state_of(request: Request) -> State:
    """Return the state of the server that answers a request."""
    return cast(State, request.app.state.ziffern)
