import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.neighbours import Likeness
from ziffern.figures.causes import causes_figure, likeness_figure

NAMES = tuple("0123456789")


def shades(count, first=0):
    """Make pictures that are each filled with their own shade, to be known again."""
    return (np.arange(first, first + count, dtype=np.uint8)[:, None, None] + np.zeros(
        (28, 28), dtype=np.uint8
    ))  # fmt: skip


def shown(figure):
    """Return (row, column, shade) of every tile, cells counted from the upper left."""
    images = figure.axes[0].images
    lefts = sorted({image.get_extent()[0] for image in images})
    tops = sorted({image.get_extent()[3] for image in images})
    return [
        (tops.index(image.get_extent()[3]), lefts.index(image.get_extent()[0]),
         int(image.get_array()[0, 0]))
        for image in images
    ]  # fmt: skip


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_cause_has_its_rows_with_the_most_wrong_first_and_its_whole_count():
    causes = ["hardly readable"] * 3 + ["network wrong"] * 5 + ["label disputed"]
    labels = np.arange(9)
    figure = causes_figure(shades(9), labels, labels + 1, causes, NAMES, rows=2, columns=2)
    assert shown(figure) == [
        (0, 0, 3), (0, 1, 4), (1, 0, 5), (1, 1, 6),  # four of the five
        (2, 0, 8),
        (3, 0, 0), (3, 1, 1), (4, 0, 2),
    ]  # fmt: skip
    assert texts(figure)[:3] == ["4≠3", "5≠4", "6≠5"]
    rows = texts(figure)[8:]
    assert rows == ["network wrong: 5", "", "label disputed: 1", "hardly readable: 3", ""]
    assert {patch.get_gid() for patch in figure.axes[0].patches} == {"wrong"}


def test_a_cause_without_pictures_has_no_row():
    figure = causes_figure(shades(1), np.array([1]), np.array([7]), ["label disputed"], NAMES)
    assert texts(figure) == ["7≠1", "label disputed: 1"]


def test_likes_stand_below_their_digit_and_the_nearer_one_says_by_how_much():
    evidence = Likeness(
        np.array([0.4, 0.8, np.inf]), np.array([0.5, 0.6, 0.3]),
        np.array([0, 1, -1]), np.array([2, 3, 0]),
    )  # fmt: skip
    labels, predictions = np.array([5, 6, 9]), np.array([3, 5, 5])
    training_labels = np.array([5, 6, 3, 5])
    figure = likeness_figure(
        shades(3), labels, predictions, evidence, shades(4, 100), training_labels, NAMES
    )
    assert shown(figure) == [
        (0, 0, 0), (1, 0, 100), (2, 0, 102),
        (0, 1, 1), (1, 1, 101), (2, 1, 103),
        (0, 2, 2), (2, 2, 100),  # nothing in the training set is of its class
    ]  # fmt: skip
    assert texts(figure) == [
        "3≠5", "5\n20% nearer", "3",
        "5≠6", "6", "5\n25% nearer",
        "5≠9", "5",
        "wrong digit", "its class", "another class",
    ]  # fmt: skip
    first = likeness_figure(
        shades(3), labels, predictions, evidence, shades(4), training_labels, NAMES, columns=1
    )
    assert len(first.axes[0].images) == 3


def test_what_cannot_be_drawn_is_refused():
    nothing = np.array([], dtype=int)
    with pytest.raises(InputError, match="all answers are right"):
        causes_figure(shades(0), nothing, nothing, [], NAMES)
    with pytest.raises(InputError, match="2 pictures do not fit 1 causes"):
        causes_figure(shades(2), np.array([0, 1]), np.array([1, 0]), ["label disputed"], NAMES)
    empty = Likeness(np.zeros(0), np.zeros(0), nothing, nothing)
    with pytest.raises(InputError, match="0 pictures"):
        likeness_figure(shades(0), nothing, nothing, empty, shades(1), np.array([0]), NAMES)
    with pytest.raises(InputError, match="1 pictures do not fit 0 comparisons"):
        likeness_figure(shades(1), [0], [1], empty, shades(1), np.array([0]), NAMES)
