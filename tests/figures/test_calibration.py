import numpy as np

from ziffern.evaluation.calibration import reliability_table
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures.calibration import reliability_figure


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
