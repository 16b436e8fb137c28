import numpy as np
import pytest

from ziffern import datasets
from ziffern.datasets import Part
from ziffern.errors import InputError
from ziffern.exploration.statistics import (
    balance,
    facts,
    mean_images,
    median_images,
    pixel_variance,
    variance_images,
)


@pytest.fixture
def digits():
    return datasets.load("mnist").test


def test_facts_of_a_part(digits):
    found = facts(digits)
    assert (found.samples, found.image_type, found.image_shape) == (1000, "uint8", (1000, 28, 28))
    assert (found.label_type, found.label_shape) == ("int64", (1000,))
    assert (found.low, found.high, found.blank) == (0, 255, 0)
    scaled = digits.images / 255
    assert found.mean == pytest.approx(scaled.mean())
    assert found.deviation == pytest.approx(scaled.std())
    assert found.sha256 == digits.sha256


def test_blank_pictures_are_counted_and_the_range_is_what_occurs():
    images = np.full((4, 28, 28), 7, np.uint8)
    images[1:3] = 0
    found = facts(Part(images, np.zeros(4, np.int64)))
    assert (found.low, found.high, found.blank) == (0, 7, 2)


def test_balance_is_counts_and_their_distance_from_the_mean():
    found = balance(np.array([0, 0, 0, 0, 1, 1]), 3)
    assert found.counts.tolist() == [4, 2, 0]
    assert found.mean == 2
    assert found.distances.tolist() == [2, 0, -2]
    assert found.worst == 1


def test_a_single_class_is_balanced_with_itself():
    assert balance(np.zeros(5, np.int64), 1).worst == 0
    with pytest.raises(InputError, match="no samples"):
        balance(np.zeros(0, np.int64), 3)


def test_mean_median_and_variance_of_each_class():
    images = np.zeros((5, 28, 28), np.uint8)
    images[:3, 0, 0] = 30, 60, 255
    images[3:, 1, 1] = 255
    labels = np.array([0, 0, 0, 2, 2])
    assert mean_images(images, labels, 3)[:, 0, 0] == pytest.approx([115, 0, 0])
    assert median_images(images, labels, 3)[:, 0, 0] == pytest.approx([60, 0, 0])
    expected = np.var(np.array([30, 60, 255]) / 255)
    assert variance_images(images, labels, 3)[0, 0, 0] == pytest.approx(expected)
    assert variance_images(images, labels, 3)[2].max() == 0


def test_the_median_is_sharper_than_the_mean(digits):
    mean, median = (f(digits.images, digits.labels, 10) for f in (mean_images, median_images))
    assert ((mean > 30) & (mean < 150)).sum() > 1.5 * ((median > 30) & (median < 150)).sum()


def test_variance_over_all_samples(digits):
    found = pixel_variance(digits.images)
    assert found.shape == (28, 28)
    assert found == pytest.approx((digits.images / 255).var(axis=0), abs=1e-5)
    assert found[0, 0] == 0
    assert found.max() < 0.25
