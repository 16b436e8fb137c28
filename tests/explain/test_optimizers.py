from __future__ import annotations

import numpy as np
import pytest

from ziffern import optimizers as records
from ziffern.explain import optimizers


@pytest.fixture(scope="module")
def told():
    return optimizers.explain()


def test_slopes_are_those_of_the_heights() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-1.5, 1.5, (50, 2))
    _, slopes = optimizers.surface(points)
    for axis in (0, 1):
        step = np.zeros(2)
        step[axis] = 1e-6
        above, below = (optimizers.surface(points + sign * step)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, axis], (above - below) / 2e-6, rtol=1e-5, atol=1e-7)


def test_the_saddle_is_a_saddle_and_the_minima_are_minima() -> None:
    ground = optimizers._ground()
    height, slope = optimizers.surface(np.array([ground.saddle]))
    assert height == pytest.approx(optimizers.SADDLE_HEIGHT)
    np.testing.assert_allclose(slope, 0, atol=1e-12)
    across, along = np.array([[0.1, 0.0], [0.0, 0.1]]) @ optimizers.TURN
    assert optimizers.surface(across)[0] > height > optimizers.surface(along)[0]
    for minimum in ground.minima:
        low, flat = optimizers.surface(np.array(minimum))
        assert low == pytest.approx(0)
        np.testing.assert_allclose(flat, 0, atol=1e-12)


def test_paths_follow_the_formulas() -> None:
    paths, heights = optimizers.descend(records.SGD(), 0.1)
    _, slopes = optimizers.surface(paths[:-1])
    np.testing.assert_allclose(paths[1:], paths[:-1] - 0.1 * slopes, atol=1e-12)
    np.testing.assert_allclose(heights, optimizers.surface(paths)[0])
    rolling, _ = optimizers.descend(records.SGD(momentum=0.9), 0.05)
    velocity = np.diff(rolling, axis=0)
    _, slopes = optimizers.surface(rolling[1:-1])
    np.testing.assert_allclose(velocity[1:], 0.9 * velocity[:-1] - 0.05 * slopes, atol=1e-12)


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([1, 0.001, 0.1, 0.002, 0.001], 3),
        ([1, 0.1, 0.1], None),
        ([0.001, 0.001], 0),
        ([1, np.nan, np.nan], None),
    ],
)
def test_arrived_is_there_for_good(heights: list[float], expected: int | None) -> None:
    assert optimizers.arrived(np.array(heights)) == expected


def test_every_optimiser_had_the_same_choice_and_took_the_best(told) -> None:
    races = told.numbers["races"]
    assert {race["name"] for race in races} == set(optimizers.RUNNERS)
    assert all(race["learning_rate"] in optimizers.RATES for race in races)
    [sgd] = [race for race in races if race["name"] == "SGD"]

    def mean_steps(rate: float) -> float:
        _, heights = optimizers.descend(records.SGD(), rate)
        ends = [optimizers.arrived(column) for column in heights.T]
        return float(np.mean([optimizers.STEPS + 1 if end is None else end for end in ends]))

    best = min(optimizers.RATES, key=mean_steps)
    assert sgd["learning_rate"] == best


def test_the_order_is_that_of_the_steps(told) -> None:
    races = told.numbers["races"]
    steps = [race["arrived_at"] for race in races]
    assert None not in steps
    assert steps == sorted(steps)
    assert all(race["left_saddle_at"] < race["arrived_at"] for race in races)
    waits = {race["name"]: race["steps_at_saddle"] for race in races}
    assert max(waits, key=waits.get) == "SGD"
    assert f"plain SGD stays at its height for {waits['SGD']} steps" in told.headline
    assert f"{races[0]['name']} for {waits[races[0]['name']]}" in told.headline


def test_paths_and_heights_are_drawn_in_that_order(told) -> None:
    paths, heights = (section.figure for section in told.sections)
    names = [race["name"] for race in told.numbers["races"]]
    for figure in (paths, heights):
        drawn = [
            line for axes in figure.axes for line in axes.get_lines() if line.get_label() in names
        ]
        assert [line.get_label() for line in drawn] == names
    [line] = [line for line in heights.axes[0].get_lines() if line.get_label() == names[0]]
    assert len(line.get_ydata()) == optimizers.STEPS + 1
    start = np.array(optimizers.STARTS[0]) @ optimizers.TURN
    [line] = [line for line in paths.axes[0].get_lines() if line.get_label() == names[0]]
    np.testing.assert_allclose(line.get_xydata()[0], start)
    assert [row[0] for row in told.sections[0].rows] == names
