"""Accuracies side by side: every seed, the mean and both intervals stand where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from made_runs import answers

from ziffern.errors import InputError
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.seeds import Group
from ziffern.figures.compare import accuracies_figure

LABELS = np.arange(1000) % 10
SEVERAL = Group("quick", tuple(answers(LABELS, range(wrong)) for wrong in (10, 12, 10)))
ONE = Group("marvin", (answers(LABELS, range(30)),))


def drawn(figure, gid):
    return [line.get_xydata() for line in figure.axes[0].get_lines() if line.get_gid() == gid]


def test_every_group_has_its_row_with_mean_and_intervals():
    figure = accuracies_figure([SEVERAL, ONE])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["quick", "marvin"]
    top, bottom = axes.get_ylim()[::-1]
    assert top < 0 < 1 < bottom  # the first group stands at the top
    means = drawn(figure, "mean")
    np.testing.assert_allclose(np.concatenate(means), [[SEVERAL.spread.mean, 0], [0.97, 1]])
    (seeds,) = drawn(figure, "seeds")
    np.testing.assert_allclose(seeds[:, 0], SEVERAL.spread.interval95)
    digits = drawn(figure, "digits")
    np.testing.assert_allclose(digits[1][:, 0], wilson_interval(970, 1000))
    assert [text.get_text() for text in axes.texts] == ["98.93\u202f%", "97.00\u202f%"]


def test_seeds_of_equal_accuracy_do_not_hide_each_other():
    (points,) = drawn(accuracies_figure([SEVERAL]), "seed")
    np.testing.assert_allclose(points[:, 0], SEVERAL.accuracies)
    assert len({tuple(point) for point in points}) == 3
    many = Group("many", tuple(answers(LABELS, range(10)) for _ in range(9)))
    (points,) = drawn(accuracies_figure([many]), "seed")
    assert len({tuple(point) for point in points}) == 9
    assert points[:, 1].max() < 0.5  # within its row


def test_the_legend_tells_what_is_drawn_and_nothing_else():
    def told(groups):
        return [text.get_text() for text in accuracies_figure(groups).legends[0].get_texts()]

    assert told([SEVERAL, ONE]) == ["mean", "one seed", "other seeds (95 %)", "other digits (95 %)"]
    assert told([ONE]) == ["one network", "other digits (95 %)"]


def test_nothing_to_draw():
    with pytest.raises(InputError, match="nothing to compare"):
        accuracies_figure([])
