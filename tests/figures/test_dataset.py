import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.exploration.duplicates import NEAR
from ziffern.exploration.projections import Clusters, Purity
from ziffern.exploration.statistics import balance
from ziffern.exploration.strokes import Strokes
from ziffern.figures.dataset import (
    PAIRS,
    balance_figure,
    clusters_figure,
    components_for,
    nearest_figure,
    pairs_figure,
    strokes_figure,
    variance_figure,
)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_balance_shows_counts_and_distances_from_the_mean():
    found = balance(np.repeat([0, 1, 2], [1500, 900, 600]), 3)
    figure = balance_figure(found, ["a", "b", "c"])
    counts, distances = figure.axes
    assert [bar.get_width() for bar in counts.patches] == [1500, 900, 600]
    assert [bar.get_width() for bar in distances.patches] == [500, -100, -400]
    assert texts(counts) == ["1,500", "900", "600"]
    assert texts(distances) == ["+500", "−100", "−400"]
    assert counts.get_lines()[0].get_xdata()[0] == 1000
    assert [label.get_text() for label in counts.get_yticklabels()] == ["a", "b", "c"]
    assert counts.yaxis.get_inverted()  # the first class on top
    assert counts.get_xlabel() == "samples (mean 1,000)"
    figure.canvas.draw()


def test_balance_of_a_single_class():
    figure = balance_figure(balance(np.zeros(7, np.int64), 1), ["only"])
    assert texts(figure.axes[1]) == ["0"]
    figure.canvas.draw()


def hills(axes):
    return {
        int(area.get_gid().split()[1]): area
        for area in axes.collections
        if str(area.get_gid()).startswith("hill")
    }


def test_strokes_are_hills_by_class_with_their_medians():
    rng = np.random.default_rng(0)
    labels = np.arange(900) % 3
    width = (2 + labels + 0.1 * rng.standard_normal(900)).astype(np.float32)
    width[0] = np.nan
    found = Strokes(100 * width, 5 * width, width)
    figure = strokes_figure(found, labels, ["a", "b", "c"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Ink", "Slant", "Stroke width"]
    assert [axes.get_xlabel() for axes in figure.axes][1:] == ["degrees to the right", "pixels"]
    last = figure.axes[2]
    medians = [line.get_xdata()[0] for line in last.get_lines() if line.get_gid() == "median"]
    assert medians == pytest.approx([2, 3, 4], abs=0.03)
    for label, hill in hills(last).items():
        corners = hill.get_paths()[0].vertices
        top = corners[corners[:, 1].argmin()]
        assert top[0] == pytest.approx(2 + label, abs=0.2)
        assert corners[:, 1].max() == label
    figure.canvas.draw()


def test_strokes_of_classes_without_ink():
    nothing = np.full(4, np.nan, np.float32)
    with pytest.raises(InputError, match="no picture has ink"):
        strokes_figure(Strokes(nothing * 0, nothing, nothing), np.zeros(4, np.int64), ["a"])
    some = np.array([3, 3, np.nan, np.nan], np.float32)
    figure = strokes_figure(Strokes(some, some, some), np.array([0, 0, 1, 1]), ["a", "b"])
    assert set(hills(figure.axes[0])) == {0}
    figure.canvas.draw()


def test_explained_variance_is_summed_up_and_marked():
    shares = np.array([0.5, 0.25, 0.125, 0.0625, 0.0625])
    figure = variance_figure(shares)
    curve, *marks = figure.axes[0].get_lines()
    assert curve.get_ydata() == pytest.approx([0.5, 0.75, 0.875, 0.9375, 1])
    assert [mark.get_xdata()[0] for mark in marks] == [1, 3, 4, 5, 5]
    assert texts(figure.axes[0])[1].endswith(": 3")
    assert components_for(shares, 0.9) == 4
    assert components_for(shares[:2], 0.9) is None
    assert len(variance_figure(shares[:2]).axes[0].get_lines()) == 2  # 50 % is all they reach
    with pytest.raises(InputError, match="no component"):
        variance_figure(shares[:0])


def test_clusters_are_their_centres_with_purity():
    centres = np.arange(3, dtype=np.float32)[:, None, None] * np.ones((28, 28), np.float32)
    found = Purity(0.8, np.array([1, 0, 1]), np.array([0.9, 0.75, 0.5]), np.array([2000, 40, 2]))
    figure = clusters_figure(Clusters(centres, np.zeros(1, np.int64)), found, ["a", "b"])
    (axes,) = figure.axes
    assert [image.get_array()[0, 0] for image in axes.images] == [0, 1, 2]
    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in texts(axes)] == [
        "b: 90 %\nof 2,000",
        "a: 75 %\nof 40",
        "b: 50 %\nof 2",
    ]


def test_distances_to_the_nearest_picture_with_the_limit():
    ratios = np.array([0, 0.1, 0.39, 0.41, 1, 1, 1.5, 7, np.inf], np.float32)
    (axes,) = nearest_figure(ratios).axes
    heights = [bar.get_height() for bar in axes.patches]
    assert sum(heights) == len(ratios)
    assert heights[-1] == 2  # those beyond the axis are counted at its end
    assert axes.get_lines()[0].get_xdata()[0] == NEAR
    assert texts(axes) == ["near duplicates\n3 pictures"]


def test_pairs_stand_beside_each_other():
    images = np.arange(12, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    pairs = np.arange(12).reshape(6, 2)[::-1]
    (axes,) = pairs_figure(images, pairs, [f"pair {n}" for n in range(6)]).axes
    first = np.asarray(axes.images[0].get_array())
    assert first.shape == (28, 60)
    assert (first[0, 0], first[0, 30], first[0, -1]) == (10, 0, 11)
    assert texts(axes)[-1] == "pair 5"
    tops = [image.get_extent()[3] for image in axes.images]
    assert len(set(tops[:PAIRS])) == 1
    assert tops[PAIRS] > tops[0]
