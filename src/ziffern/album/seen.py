"""What of a dataset is looked at, and what happens where it is not enough for a plate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.album.page import Plate, Step
from ziffern.datasets import Dataset, Part
from ziffern.datasets.splits import shuffled
from ziffern.errors import InputError, ZiffernError

Numbers = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Seen:
    """Both parts of a dataset, or a draw of them, with what every plate needs to know.

    train_numbers, test_numbers: int64 (N,), the pictures' numbers in the whole parts.
    seed: of draws, clusters, maps and folds.
    """

    class_names: tuple[str, ...]
    train: Part
    test: Part
    train_numbers: NDArray[np.int64]
    test_numbers: NDArray[np.int64]
    seed: int


def seen(dataset: Dataset, *, limit: int | None = None, seed: int = 0) -> Seen:
    """Read both parts; keep at most `limit` pictures of each, drawn by the seed.

    Raises:
        DataError: a part is empty, damaged or unusable.
        InputError: the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise InputError(f"--limit {limit}: expected 1 or more pictures")
    parts = (dataset.train, dataset.test)
    train, test = (np.sort(shuffled(len(part), seed)[:limit]) for part in parts)
    return Seen(
        dataset.class_names,
        Part(parts[0].images[train], parts[0].labels[train]),
        Part(parts[1].images[test], parts[1].labels[test]),
        train,
        test,
        seed,
    )


def tolerant(name: str, title: str, make: Callable[[], Sequence[Plate]], numbers: Numbers) -> Step:
    """Return a step that is replaced by one sentence where the set is not fit for it.

    Its reason is kept in `numbers["left_out"]`, by name.
    """

    def plates() -> Sequence[Plate]:
        try:
            return make()
        except ZiffernError as error:
            numbers.setdefault("left_out", {})[name] = str(error)
            return [Plate(name, title, f"Left out: {error}.")]

    return Step(title, plates)
