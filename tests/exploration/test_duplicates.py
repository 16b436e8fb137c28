import io

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.exploration.duplicates import NEAR, between, duplicates


@pytest.fixture
def digits():
    sample = datasets.load("mnist").train
    return sample.images[:500], sample.labels[:500]


def as_jpeg(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=75)
    return np.asarray(Image.open(buffer))


def test_real_digits_have_no_duplicates(digits):
    found = duplicates(*digits)
    assert found.copies.shape == (0, 2)
    assert found.near.shape == (0, 2)
    assert found.ratios.min() > NEAR
    assert (np.diff(found.ratios) >= 0).all()
    assert (found.pairs[:, 0] < found.pairs[:, 1]).all()
    assert found.typical.argmin() == 1  # ones look most alike


def test_distances_are_those_of_the_nearest_pictures(digits):
    images, labels = digits
    found = duplicates(images, labels)
    rows = images.reshape(500, -1) / 255
    one, other = found.pairs[0]
    assert found.distances[0] == pytest.approx(np.linalg.norm(rows[one] - rows[other]), rel=1e-4)
    every = np.linalg.norm(rows[:, None] - rows[None, :50], axis=2)
    every[np.arange(50), np.arange(50)] = np.inf
    least = np.full(500, np.inf)
    np.minimum.at(least, found.pairs.ravel(), np.repeat(found.distances, 2))
    assert np.median(least[:50] / every.min(axis=0)) == pytest.approx(1, abs=1e-3)


def test_copies_and_near_copies_are_found_across_parts(digits):
    images, labels = digits
    images, labels = images.copy(), labels.copy()
    images[450] = images[3]  # test has two pictures of training and a third of its own twice
    images[460] = as_jpeg(images[7])
    images[470] = np.clip(images[480].astype(int) + 6, 0, 255)
    labels[[450, 460, 470]] = labels[[3, 7, 480]]
    found = duplicates(images, labels)
    assert found.copies.tolist() == [[3, 450]]
    assert {tuple(pair) for pair in found.near.tolist()} == {(7, 460), (470, 480)}
    assert between(found.copies, 440) == {"within train": 0, "within test": 0, "across": 1}
    assert between(found.near, 440) == {"within train": 0, "within test": 1, "across": 1}
    assert between(found.near, 481) == {"within train": 2, "within test": 0, "across": 0}
    assert found.nearest[[3, 450]].tolist() == [0, 0]
    assert (found.nearest[[7, 460]] < NEAR).all()


def test_a_near_copy_with_another_label_is_found(digits):
    images, labels = digits
    images, labels = images.copy(), labels.copy()
    images[460] = as_jpeg(images[7])
    labels[460] = (labels[7] + 1) % 10
    assert duplicates(images, labels).near.tolist() == [[7, 460]]


def test_many_copies_of_one_picture(digits):
    images, labels = digits
    images = images.copy()
    images[:100] = images[0]
    found = duplicates(images, labels)
    assert found.copies.tolist() == [[0, number] for number in range(1, 100)]
    assert len(found.near) == 0


def test_sets_of_hardly_any_pictures(digits):
    images, labels = digits
    found = duplicates(images[:1], labels[:1])
    assert (len(found.copies), len(found.pairs), found.nearest.tolist()) == (0, 0, [np.inf])
    found = duplicates(images[[0, 0]], labels[[0, 0]])
    assert (found.copies.tolist(), len(found.pairs)) == ([[0, 1]], 0)
    assert duplicates(images[:2], labels[:2]).pairs.tolist() == [[0, 1]]
    with pytest.raises(InputError, match="2 pictures do not fit 1 labels"):
        duplicates(images[:2], labels[:1])
