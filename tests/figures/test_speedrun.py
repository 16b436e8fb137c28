"""Accuracy against time: marks and bars stand where they belong, names cover nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.speedrun import Mark, speedrun_figure

CPU, GPU = "AMD EPYC, 2 threads", "NVIDIA H100"
MARKS = [
    Mark("quick", 20.0, 0.9953, 0.0005, (0.9950, 0.9956), CPU),
    Mark("quick, train.epochs=5", 19.0, 0.9952, 0.0005, (0.9949, 0.9955), CPU),
    Mark("flagship", 40.0, 0.9971, 0.0004, (0.9968, 0.9974), CPU),
    Mark("flagship", 2.5, 0.9970, None, None, GPU),
]


def drawn(figure, gid):
    return [line for line in figure.axes[0].get_lines() if line.get_gid() == gid]


def test_every_mark_has_its_place_bars_and_name() -> None:
    figure = speedrun_figure(MARKS)
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_xlabel()) == ("log", "seconds of training")
    means = [line.get_xydata()[0] for line in drawn(figure, "mean")]
    np.testing.assert_allclose(means, [(mark.seconds, mark.mean) for mark in MARKS])
    intervals = [line.get_ydata() for line in drawn(figure, "interval")]
    np.testing.assert_allclose(intervals, [mark.interval95 for mark in MARKS[:3]])
    deviations = [line.get_ydata() for line in drawn(figure, "deviation")]
    np.testing.assert_allclose(deviations[0], (0.9948, 0.9958))
    assert [text.get_text() for text in axes.texts] == [mark.name for mark in MARKS]
    low, high = axes.get_ylim()
    assert 0.994 < low < 0.9947 < 0.9975 < high < 0.999
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert ticks == ["99.5\u202f%", "99.7\u202f%"]


def test_names_cover_neither_marks_nor_each_other() -> None:
    figure = speedrun_figure(MARKS)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for line in drawn(figure, "mean"):
        x, y = axes.transData.transform(line.get_xydata()[0])
        assert not any(box.contains(x, y) for box in boxes)
    assert all(axes.bbox.x0 < box.x0 < box.x1 < axes.bbox.x1 for box in boxes)


def test_machines_are_told_apart_by_shape_and_named() -> None:
    figure = speedrun_figure(MARKS)
    shapes = [line.get_marker() for line in drawn(figure, "mean")]
    assert shapes == ["o", "o", "o", "s"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:2] == [CPU, GPU]
    alone = [text.get_text() for text in speedrun_figure(MARKS[:1]).legends[0].get_texts()]
    assert alone[0] == "mean"


@pytest.mark.parametrize(
    "mark",
    [
        Mark("two seeds", 5.0, 0.99, 0.008, (0.92, 1.06), CPU),
        Mark("perfect", 5.0, 1.0, 0.0, (1.0, 1.0), CPU),
        Mark("guessing", 0.01, 0.1, None, None, CPU),
    ],
    ids=lambda mark: mark.name,
)
def test_what_is_far_off_can_be_drawn(mark: Mark) -> None:
    figure = speedrun_figure([mark])
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_ylim()
    assert low < high
    assert low <= mark.mean


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="the board is empty"):
        speedrun_figure([])
    with pytest.raises(InputError, match="11 kinds of hardware in one picture: expected 1 to 10"):
        speedrun_figure([MARKS[0]._replace(hardware=f"machine {number}") for number in range(11)])
