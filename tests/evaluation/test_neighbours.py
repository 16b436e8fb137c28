import numpy as np
import pytest

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.evaluation.neighbours import NEAREST, likeness, strokes, upright


def bars(slants, row=14.0):
    """Draw one bar a slant (pixels to the right for each row down) through the middle."""
    y, x = np.mgrid[:28, :28]
    places = [np.abs(x - 13 - slant * (y - row)) < 1.5 for slant in slants]
    return (np.array(places) & (y > 3) & (y < 24)).astype(np.uint8) * 255


def test_slanted_bars_are_set_upright_and_centred():
    straight = upright(bars([-0.4, 0, 0.3]))
    ink = straight.sum(axis=1)
    middle = (ink * np.arange(28)).sum(axis=1) / ink.sum(axis=1)
    np.testing.assert_allclose(middle, 13.5, atol=0.1)
    # all the ink of a slanted bar lies as close to the middle as that of the straight one
    spread = (ink * (np.arange(28) - 13.5) ** 2).sum(axis=1) / ink.sum(axis=1)
    assert np.ptp(spread) < 0.4
    assert spread.max() < 1.5
    np.testing.assert_allclose(straight.sum(axis=(1, 2)), 20 * 3, rtol=0.05)


def test_strokes_see_direction_and_place_but_not_strength():
    across, down = bars([0]).transpose(0, 2, 1), bars([0])
    faint = down // 3
    described = strokes(np.concatenate([down, faint, across, np.zeros((1, 28, 28), np.uint8)]))
    assert described.shape == (4, 392)
    assert described.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), [1, 1, 1, 0], atol=1e-6)
    assert described[0] @ described[1] > 0.999
    assert described[0] @ described[2] < 0.5
    assert strokes(down[:0]).shape == (0, 392)


def test_likeness_is_that_of_a_plain_loop():
    part = datasets.load("mnist", offline=True).train
    images, labels = part.images[:6], part.labels[:6]
    known, classes = part.images[100:300], part.labels[100:300]
    found = likeness(images, labels, known, classes)
    asked, described = strokes(images).astype(float), strokes(known).astype(float)
    for i, label in enumerate(labels):
        distances = np.sqrt(((described - asked[i]) ** 2).sum(axis=1))
        nearest = {each: np.sort(distances[classes == each])[:NEAREST].mean() for each in range(10)}
        own = nearest.pop(label)
        other = min(nearest, key=nearest.get)
        assert found.own[i] == pytest.approx(own, abs=1e-4)
        assert found.other[i] == pytest.approx(nearest[other], abs=1e-4)
        assert classes[found.own_index[i]] == label
        assert classes[found.other_index[i]] == other
        assert distances[found.own_index[i]] == pytest.approx(distances[classes == label].min())


def test_it_reads_digits_as_a_second_reader():
    sample = datasets.load("mnist", offline=True)
    few = slice(0, 300)
    found = likeness(
        sample.test.images[few], sample.test.labels[few], sample.train.images, sample.train.labels
    )
    assert (found.own < found.other).mean() > 0.95


def test_few_pictures_of_a_class_and_none():
    known = np.concatenate([bars([0]), bars([0.1])])
    found = likeness(bars([0, 0]), np.array([0, 7]), known, np.array([0, 1]))
    assert found.own[0] < found.other[0] < np.inf
    assert (found.own_index[0], found.other_index[0]) == (0, 1)
    assert found.own[1] == np.inf
    assert found.own_index[1] == -1
    assert found.other_index[1] == 0
    nothing = likeness(known[:0], np.array([], int), known, np.array([0, 1]))
    assert len(nothing.own) == len(nothing.other_index) == 0
    alone = likeness(bars([0]), np.array([0]), known[:1], np.array([0]))
    assert (alone.other[0], alone.other_index[0]) == (np.inf, -1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="2 and 1 pictures do not fit 1 and 1 labels"):
        likeness(bars([0, 0]), np.array([0]), bars([0]), np.array([0]))
    with pytest.raises(InputError, match="no training pictures"):
        likeness(bars([0]), np.array([0]), bars([0])[:0], np.array([], int))
