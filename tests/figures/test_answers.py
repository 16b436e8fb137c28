import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.answers import answers_figure

NAMES = tuple("01234")
IMAGES = np.array([[[0, 255]], [[255, 0]]], dtype=np.uint8)
P = np.array([[0.1, 0.2, 0.3, 0.25, 0.15], [0.0, 0.0, 0.0, 0.9996, 0.0004]])


def test_every_probability_is_a_bar_and_a_number():
    figure = answers_figure(IMAGES, np.array([2, 4]), P, NAMES, titles=["hardest", "worst"])
    pictures, bars = figure.axes[::2], figure.axes[1::2]
    assert [axes.get_title(loc="left") for axes in pictures] == ["hardest", "worst"]
    for axes, image in zip(pictures, IMAGES, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)
    for axes, p in zip(bars, P, strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in axes.patches], p)
        assert [tick.get_text() for tick in axes.get_yticklabels()] == list(NAMES)
    right, wrong = ([text.get_text() for text in axes.texts] for axes in bars)
    assert [text.split("%")[0].strip() for text in right] == ["10.00", "20.00", "30.00", "25.00",
                                                             "15.00"]  # fmt: skip
    assert right[2].endswith("answer and truth")
    assert wrong[3].endswith("answer")
    assert wrong[4].endswith("truth")
    assert sum("answer" in text or "truth" in text for text in right + wrong) == 3


def test_answer_and_truth_differ_without_colour():
    figure = answers_figure(IMAGES[1:], np.array([4]), P[1:], NAMES)
    bars = figure.axes[1].patches
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, False, False, True]
    weights = [text.get_fontweight() for text in figure.axes[1].texts]
    assert weights == ["normal"] * 3 + ["bold"] * 2
    assert bars[3].get_facecolor() != bars[0].get_facecolor()
    assert figure.axes[1].texts[0].get_color() == style.MUTED


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="0 pictures"):
        answers_figure(IMAGES[:0], np.array([], int), P[:0], NAMES)
    with pytest.raises(InputError, match="2 pictures do not fit 1 answers"):
        answers_figure(IMAGES, np.array([1]), P, NAMES)
    with pytest.raises(InputError, match="1 titles"):
        answers_figure(IMAGES, np.array([1, 2]), P, NAMES, titles=["one"])
