import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.calibration import reliability_table
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures.calibration import confidence_figure, reliability_figure


def table():
    confidence = np.array([0.55] * 10 + [0.99] * 50)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.array([0] * 7 + [1] * 3 + [0] * 49 + [1])
    return reliability_table(labels, probabilities)


def test_points_intervals_and_counts_are_those_of_the_table():
    figure = reliability_figure(table())
    share, amount = figure.axes
    points, _, (bars,) = share.containers[0].lines
    np.testing.assert_allclose(points.get_xdata(), [0.55, 0.99])
    np.testing.assert_allclose(points.get_ydata(), [0.7, 0.98])
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [wilson_interval(7, 10), wilson_interval(49, 50)])
    counts = [bar.get_height() for bar in amount.patches]
    assert sum(counts) == 60
    assert sorted(counts)[-2:] == [10, 50]
    # the line of perfect calibration
    diagonal = share.get_lines()[0]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    assert "confidence" in amount.get_xlabel()


def test_a_single_answer_is_drawn():
    one = reliability_table(np.array([0]), np.array([[1.0, 0.0]]))
    figure = reliability_figure(one, width=3.4)
    figure.canvas.draw()
    assert figure.axes[0].containers[0].lines[0].get_ydata().tolist() == [1]


def test_confidence_of_right_and_wrong_answers_is_counted_apart():
    sure = np.array([0.92] * 30 + [0.98] * 20 + [0.51] * 4 + [0.72] * 3)
    labels = np.array([0] * 50 + [1] * 7)
    figure = confidence_figure(labels, np.stack([sure, 1 - sure], axis=1))
    right, wrong = figure.axes
    for axes, expected, title in (
        (right, {18: 30, 19: 20}, "Right: 50, median 92.0"),
        (wrong, {10: 4, 14: 3}, "Wrong: 7, median 51.0"),
    ):
        counts = {i: bar.get_height() for i, bar in enumerate(axes.patches) if bar.get_height()}
        assert counts == expected
        assert axes.get_title(loc="left").startswith(title)
    # told apart without colour
    assert not right.patches[0].get_hatch()
    assert wrong.patches[0].get_hatch()
    assert right.lines[0].get_xdata()[0] == pytest.approx(0.92)
    assert wrong.lines[0].get_xdata()[0] == pytest.approx(0.51)


def test_without_wrong_answers_their_half_stays_empty():
    figure = confidence_figure(np.array([0]), np.array([[1.0, 0.0]]))
    figure.canvas.draw()
    assert figure.axes[1].get_title(loc="left") == "Wrong: 0"
    assert len(figure.axes[1].lines) == 0
    with pytest.raises(InputError, match="0 samples"):
        confidence_figure(np.array([], dtype=int), np.zeros((0, 2)))
