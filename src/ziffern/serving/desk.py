"""Where figures, reports and comparisons are made: processes beside the server.

    svg = await desk.ask(("curves", name, version), drawings.drawn, path, "curves")

Drawing takes a good part of a second and matplotlib as long to load; in the server's own process
everybody else would wait. What was made is kept for whoever asks for the same again. What is made
is `ziffern.serving.drawings`'s business.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, busy
from ziffern.serving.training import orders
from ziffern.serving.training.worker import NICE

PROCESSES = 2
KEPT = 64
"""How many answers are kept; a figure has some 50 kB."""
IDLE_SECONDS = 120.0

Result = TypeVar("Result")


class Desk:
    """Processes that make what is asked for, and what they have made.

    Args:
        limits: how much may wait.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: ProcessPoolExecutor | None = None
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, asyncio.Future[Any]] = {}
        self._idle: asyncio.TimerHandle | None = None

    async def ask(self, key: Hashable, work: Callable[..., Result], *arguments: Any) -> Result:
        """Return ``work(*arguments)``, or what it returned when `key` was asked before.

        Raises:
            ZiffernError: what `work` raises.
            Problem: something needed is not installed, too much waits, or the process died.
        """
        if lacking := orders.lacking():
            raise Problem("lacking", 501, lacking.replace("training", "drawing"))
        if key in self._made:
            self._made.move_to_end(key)
            found: Result = self._made[key]
            return found
        if key not in self._making:
            if len(self._making) >= self._limits.desk:
                raise busy(f"{len(self._making)} figures are being made already")
            self._making[key] = asyncio.ensure_future(self._make(key, work, arguments))
        # to the end, even if this client leaves: others may wait for the same
        return await asyncio.shield(self._making[key])

    def stop(self) -> None:
        """End the processes, whatever they do."""
        if self._idle is not None:
            self._idle.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())  # its own way waits for their work
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()

    async def _make(self, key: Hashable, work: Callable[..., Any], arguments: Any) -> Any:
        if self._idle is not None:
            self._idle.cancel()
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(PROCESSES, context, initializer=_prepare)
        try:
            made = await asyncio.wrap_future(self._pool.submit(work, *arguments))
        except BrokenProcessPool as error:
            self._pool = None
            raise busy("its process ended unexpectedly; memory may have run out") from error
        finally:
            del self._making[key]
            if not self._making:
                self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.stop)
        self._made[key] = made
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return made


def _prepare() -> None:
    """Leave Ctrl-C to the server, and let it go first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICE // 2)  # before trainings: somebody looks at an empty place meanwhile
