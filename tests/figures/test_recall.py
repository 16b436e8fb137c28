import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures.recall import recall_figure

CONFUSION = np.array([[97, 3, 0], [0, 0, 0], [10, 0, 190]])


def test_recall_intervals_and_counts_are_those_of_the_matrix():
    (axes,) = recall_figure(CONFUSION, ["a", "b", "c"]).axes
    points, _, (bars,) = axes.containers[0].lines
    np.testing.assert_allclose(points.get_xdata(), [0.97, 0.95])
    assert points.get_ydata().tolist() == [0, 2]  # the class without pictures has no point
    ends = [segment[:, 0] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [wilson_interval(97, 100), wilson_interval(190, 200)])
    assert axes.lines[0].get_xdata()[0] == pytest.approx(287 / 300)
    notes = [text.get_text() for text in axes.texts]
    assert notes[0].startswith("all: 95.67")
    assert notes[1:] == ["3 of 100 missed", "no pictures", "10 of 200 missed"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b", "c"]
    low, high = axes.get_xlim()
    assert low < np.min(ends)
    assert high > 1


def test_extremes_are_drawn():
    for matrix in (np.diag([5, 5]), np.array([[0, 5], [5, 0]])):
        recall_figure(matrix, ["a", "b"]).canvas.draw()


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="does not fit 2 classes"):
        recall_figure(CONFUSION, ["a", "b"])
    with pytest.raises(InputError, match="with 0 answers"):
        recall_figure(np.zeros((2, 2), dtype=int), ["a", "b"])
