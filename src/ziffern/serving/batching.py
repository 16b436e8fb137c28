"""Pictures of several requests, answered together by one thread.

    batcher = Batcher(model.predict)
    probabilities = await batcher.ask(pictures)        # uint8 (N, 28, 28) → float32 (N, C)

The thread takes whatever has come while it answered, up to `BATCH` pictures: nobody ever waits for
a batch to fill, and the more is asked, the larger batches become by themselves. It knows nothing of
HTTP, and nothing of models but the function that answers.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ziffern.pictures import Pixels
from ziffern.serving.problems import busy

BATCH = 64
"""Pictures at a time: what ONNX Runtime is given at most anyway. From 8 pictures on, one more costs
the same (half of a single one, tiny on one core), so more would only make others wait."""

SILENCE = 1.0
"""Seconds after which a stopped batcher expects no further part of a request."""

Floats: TypeAlias = NDArray[np.float32]
Answer: TypeAlias = Callable[[Pixels], Floats]


@dataclass(frozen=True, eq=False)
class _Asked:
    pictures: Pixels
    future: asyncio.Future[Floats]


class Batcher:
    """A thread around a function that answers pictures.

    Args:
        answer: uint8 (N, 28, 28) → float32 (N, C); called by one thread only.
        name: of the thread.
        waiting: pictures that may wait; who comes then is told that the server is busy.
    """

    def __init__(self, answer: Answer, name: str = "batcher", *, waiting: int = 10_000) -> None:
        self._answer, self._most, self._stopped = answer, waiting, False
        self._queue: SimpleQueue[_Asked | None] = SimpleQueue()
        self.waiting = 0
        """Pictures that have been asked about and not been answered yet."""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def ask(self, pictures: Pixels) -> Floats:
        """Return the answers to pictures, (N, C).

        Many pictures go in parts, each when the one before is answered: others come between.

        Raises:
            Problem: too much is waiting, or the model was taken out meanwhile.
        """
        if self.waiting + len(pictures) > self._most:
            raise busy(f"{self.waiting:,} pictures are waiting already; ask again in a moment")
        self.waiting += len(pictures)  # first, for who stops looks whether somebody waits
        try:
            if self._stopped:
                raise busy("the model was unloaded a moment ago")
            if len(pictures) <= BATCH:
                return await self._ask(pictures)
            parts = [
                await self._ask(pictures[start : start + BATCH])
                for start in range(0, len(pictures), BATCH)
            ]
        finally:
            self.waiting -= len(pictures)
        return np.concatenate(parts)

    def stop(self) -> None:
        """End the thread once everything asked so far is answered, further parts included."""
        self._stopped = True
        self._queue.put(None)
        self._thread.join()

    def _ask(self, pictures: Pixels) -> asyncio.Future[Floats]:
        future = asyncio.get_running_loop().create_future()
        self._queue.put(_Asked(pictures, future))
        return future

    def _work(self) -> None:
        asked: _Asked | None = None
        while True:
            asked = asked or self._next()
            if asked is None:
                return
            batch, count = [asked], len(asked.pictures)
            asked = None
            while count < BATCH:
                try:
                    asked = self._queue.get_nowait()
                except Empty:
                    break
                if asked is None:  # the sign to stop
                    break
                if (count := count + len(asked.pictures)) > BATCH:
                    break  # it comes first next time
                batch.append(asked)
                asked = None
            self._settle(batch)

    def _next(self) -> _Asked | None:
        """Return what is asked next; None once the batcher was stopped and nobody is left."""
        while not self._stopped:
            if (asked := self._queue.get()) is not None:
                return asked
        while self.waiting:
            try:
                if (asked := self._queue.get(timeout=SILENCE)) is not None:
                    return asked
            except Empty:
                break  # whoever waited is gone
        return None

    def _settle(self, batch: list[_Asked]) -> None:
        """Answer a batch, or hand the reason why it cannot be to all who asked."""
        try:
            one = len(batch) == 1
            pictures = batch[0].pictures if one else np.concatenate([a.pictures for a in batch])
            result: Floats | Exception = self._answer(pictures)
        except Exception as error:
            result = error
        try:
            batch[0].future.get_loop().call_soon_threadsafe(_deliver, batch, result)
        except RuntimeError:  # the loop is closed: nobody is there any more
            return


def _deliver(batch: list[_Asked], result: Floats | Exception) -> None:
    start = 0
    for asked in batch:
        end = start + len(asked.pictures)
        if asked.future.done():  # whoever asked is gone
            pass
        elif isinstance(result, Exception):
            asked.future.set_exception(result)
        else:
            asked.future.set_result(result[start:end])
        start = end
