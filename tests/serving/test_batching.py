"""Requests are answered together, each with its own answer, and nobody waits for nothing."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from ziffern.serving.batching import BATCH, Batcher
from ziffern.serving.problems import Problem


def pictures(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint8).reshape(-1, 1, 1).repeat(28, 1).repeat(28, 2)


class Slow:
    """Answers each picture with its number, once it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.sizes: list[int] = []

    def __call__(self, given: np.ndarray) -> np.ndarray:
        assert self.go.wait(10)
        self.sizes.append(len(given))
        if (given == 255).any():
            raise ValueError("no")
        return given[:, 0, :1].astype(np.float32)


def test_what_came_meanwhile_is_answered_together() -> None:
    async def main(slow: Slow, batcher: Batcher) -> list[np.ndarray]:
        first = asyncio.create_task(batcher.ask(pictures(0)))
        await asyncio.sleep(0.05)  # it is being answered now
        rest = [asyncio.create_task(batcher.ask(pictures(n, n + 100))) for n in range(1, 41)]
        await asyncio.sleep(0.01)
        assert batcher.waiting == 81
        slow.go.set()
        found = await asyncio.gather(first, *rest)
        assert batcher.waiting == 0
        return found

    slow = Slow()
    batcher = Batcher(slow)
    found = asyncio.run(main(slow, batcher))
    batcher.stop()
    assert found[0].tolist() == [[0]]
    assert [each.ravel().tolist() for each in found[1:]] == [[n, n + 100] for n in range(1, 41)]
    assert slow.sizes == [1, BATCH, 80 - BATCH]


def test_many_pictures_let_others_come_between() -> None:
    async def main(slow: Slow, batcher: Batcher) -> list[str]:
        order: list[str] = []

        async def ask(name: str, given: np.ndarray) -> None:
            answer = await batcher.ask(given)
            np.testing.assert_array_equal(answer.ravel(), given[:, 0, 0])
            order.append(name)

        many = asyncio.create_task(ask("many", pictures(*range(200))))
        await asyncio.sleep(0.01)
        few = asyncio.create_task(ask("few", pictures(7)))
        await asyncio.sleep(0.01)
        slow.go.set()
        await asyncio.gather(many, few)
        return order

    slow = Slow()
    batcher = Batcher(slow)
    assert asyncio.run(main(slow, batcher)) == ["few", "many"]
    batcher.stop()


def test_a_failure_reaches_whoever_asked_and_nobody_later() -> None:
    async def main(batcher: Batcher) -> None:
        with pytest.raises(ValueError, match="no"):
            await batcher.ask(pictures(255))
        assert (await batcher.ask(pictures(3))).tolist() == [[3]]
        gone = asyncio.create_task(batcher.ask(pictures(4)))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await batcher.ask(pictures(5))).tolist() == [[5]]

    slow = Slow()
    slow.go.set()
    batcher = Batcher(slow)
    asyncio.run(main(batcher))
    assert batcher.waiting == 0
    batcher.stop()


def test_too_much_is_refused_at_once() -> None:
    async def main(slow: Slow, batcher: Batcher) -> None:
        waiting = asyncio.create_task(batcher.ask(pictures(1, 2, 3)))
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="3 pictures are waiting already") as error:
            await batcher.ask(pictures(4, 5))
        assert error.value.status == 503
        slow.go.set()
        await waiting
        await batcher.ask(pictures(4, 5))

    slow = Slow()
    batcher = Batcher(slow, waiting=4)
    asyncio.run(main(slow, batcher))
    batcher.stop()


def test_stopping_answers_what_was_asked() -> None:
    async def main(slow: Slow, batcher: Batcher) -> np.ndarray:
        asked = asyncio.create_task(batcher.ask(pictures(9)))
        await asyncio.sleep(0.01)
        threading.Timer(0.05, slow.go.set).start()
        await asyncio.to_thread(batcher.stop)
        return await asked

    slow = Slow()
    assert asyncio.run(main(slow, Batcher(slow))).tolist() == [[9]]


def test_who_is_asked_before_the_stop_gets_all_parts() -> None:
    async def main(slow: Slow, batcher: Batcher) -> np.ndarray:
        asked = asyncio.create_task(batcher.ask(pictures(*range(200))))
        await asyncio.sleep(0.05)  # its first part is being answered
        stopping = threading.Thread(target=batcher.stop)
        stopping.start()
        while not batcher._stopped:
            await asyncio.sleep(0.01)
        with pytest.raises(Problem, match="unloaded a moment ago"):
            await batcher.ask(pictures(1))
        slow.go.set()
        found = await asyncio.wait_for(asked, 10)
        await asyncio.to_thread(stopping.join, 10)
        assert not stopping.is_alive()
        return found

    slow = Slow()
    assert asyncio.run(main(slow, Batcher(slow))).ravel().tolist() == list(range(200))
