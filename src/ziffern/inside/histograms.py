"""How the weights spread over the epochs, read from the TensorBoard files of a run.

    for name, history in weight_histograms(run.path / "tb").items():
        print(name, history.epochs, history.shares.shape)

The training writes them (`ziffern.training.listeners`); nothing is computed anew here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import RunError

Floats = NDArray[np.float64]

BINS = 50


@dataclass(frozen=True, eq=False)
class WeightHistory:
    """How the values of one weight array are spread after each epoch.

    epochs: int64 (E,), from 1.
    edges: float64 (B+1,), the same bins for all epochs, from the least value to the greatest.
    shares: float64 (E, B), share of the values in each bin; rows sum to 1.
    """

    epochs: NDArray[np.int64]
    edges: Floats
    shares: Floats


def weight_histograms(folder: Path, *, bins: int = BINS) -> dict[str, WeightHistory]:
    """Read the histograms of all weights by their full names, such as `conv2d/kernel`.

    TensorBoard's bins grow with the distance from zero and differ from epoch to epoch; here the
    values of each are spread evenly over common bins.

    Raises:
        RunError: there are none; the message says how to get some.
    """
    if not any(folder.glob("events.out.tfevents.*")):
        raise RunError(
            f"{folder} holds no TensorBoard files, so nothing is known of the weights during "
            "training; train with --tensorboard to have them"
        )
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it tells of every resumed training
    events = EventAccumulator(str(folder), size_guidance={"histograms": 0})
    events.Reload()
    names = events.Tags()["histograms"]
    if not names:
        raise RunError(f"{folder} holds no histogram of weights: the training ended too early")
    return {name: _history(events.Histograms(name), bins) for name in names}


def _history(events: list[Any], bins: int) -> WeightHistory:
    # an epoch that a resumed training went through again counts as it was last
    last = {event.step: event.histogram_value for event in events}
    low = min(each.min for each in last.values())
    high = max(each.max for each in last.values())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    shares = np.stack([_rebinned(last[step], edges) for step in sorted(last)])
    return WeightHistory(np.array(sorted(last), np.int64), edges, shares)


def _rebinned(histogram: Any, edges: Floats) -> Floats:
    """Spread the counts of TensorBoard's bins, each of which ends at a limit, over other bins."""
    if histogram.min == histogram.max:  # all alike, as biases before the first step
        return np.histogram([histogram.min], edges)[0].astype(np.float64)
    limits = np.clip(np.array(histogram.bucket_limit), histogram.min, histogram.max)
    ends = np.concatenate([[histogram.min], limits])
    sums = np.concatenate([[0.0], np.cumsum(histogram.bucket)])
    below = np.interp(edges, ends, sums, left=0.0, right=sums[-1])
    shares: Floats = np.diff(below) / sums[-1]
    return shares
