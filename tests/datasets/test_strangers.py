"""Pictures of no digit to judge by: of all kinds, in the form of digits, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern import datasets
from ziffern.contract import normalise
from ziffern.datasets import strangers as module
from ziffern.datasets.fonts import fonts, having
from ziffern.datasets.strangers import strangers

KINDS = {
    "other scripts", "symbols", "words", "drawings", "textures", "blank paper", "lying digits",
}  # fmt: skip


def test_every_kind_comes_in_the_form_of_digits_and_the_same_every_time() -> None:
    part = datasets.load("mnist", offline=True).train
    found = strangers(6, seed=3, digits=part.images, labels=part.labels)
    assert set(found) == KINDS
    again = strangers(6, seed=3, digits=part.images, labels=part.labels)
    other = strangers(6, seed=4, digits=part.images, labels=part.labels)
    for kind, images in found.items():
        assert (images.shape, images.dtype) == ((6, 28, 28), np.uint8)
        np.testing.assert_array_equal(images, again[kind])
        if kind == "blank paper":
            assert (images > 0).mean() < 0.05
            continue
        assert (images.max(axis=(1, 2)) == 255).all()
        assert len(np.unique(images, axis=0)) >= 5
        assert not np.array_equal(images, other[kind])
        for image in images:
            np.testing.assert_array_equal(normalise(image), image)


def test_lying_digits_need_digits_that_mean_nothing_on_their_side() -> None:
    images = np.zeros((10, 28, 28), np.uint8)
    for label, image in enumerate(images):
        image[4:24, 12:15] = 255  # upright bars, so that a turned one lies
        image[4:7, 12 : 13 + label] = 255
    found = strangers(8, seed=0, digits=images, labels=np.arange(10))["lying digits"]
    for image in found:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert np.ptp(columns) > np.ptp(rows)
    assert "lying digits" not in strangers(1, seed=0)
    assert "lying digits" not in strangers(1, seed=0, digits=images[:2], labels=np.arange(2))


def test_a_machine_without_fonts_leaves_out_what_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "having", lambda signs, limit: [])
    assert set(strangers(2, seed=0)) == {"drawings", "textures", "blank paper"}


def test_characters_that_a_face_lacks_are_not_drawn() -> None:
    (first,) = fonts(1)
    for face, signs in having("a\ufffeb", 3):
        assert "\ufffe" not in signs
        assert face.getname()[0]
    assert first.name
