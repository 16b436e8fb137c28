import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.confusion import confusion_figure, heat

CONFUSION = np.array([[980, 0, 1], [4, 1000, 0], [0, 30, 900]])


def test_heat_shows_single_mistakes_beside_a_thousand_right_answers():
    shade = heat(CONFUSION)
    assert shade[2, 1] == 1  # the greatest mistake
    assert shade[1, 1] == 1  # the greatest diagonal
    assert 0.15 < shade[0, 2] < shade[1, 0] < 1
    np.testing.assert_array_equal(shade == 0, CONFUSION == 0)


def test_few_mistakes_are_not_shown_as_a_catastrophe():
    assert heat(np.array([[50, 1], [0, 50]]))[0, 1] < 0.5
    assert heat(np.zeros((2, 2), dtype=np.int64)).max() == 0


def test_every_count_stands_in_its_cell():
    figure = confusion_figure(CONFUSION, ["0", "1", "2"])
    (axes,) = figure.axes
    found = {text.get_position(): text.get_text() for text in axes.texts}
    for (row, column), count in np.ndenumerate(CONFUSION):
        assert found[(column, row)] == (str(count) if count else "·")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1", "2"]
    image = axes.images[0].get_array()
    # right answers greenish, mistakes reddish, nothing for a count of 0
    red, green = image[..., 0], image[..., 1]
    assert (green > red)[np.eye(3, dtype=bool)].all()
    assert red[2, 1] > green[2, 1]
    np.testing.assert_allclose(image[0, 1], 1)


def test_words_as_class_names_are_turned():
    figure = confusion_figure(CONFUSION, ["Ankle boot", "Bag", "T-shirt/top"])
    label = figure.axes[0].get_xticklabels()[0]
    assert (label.get_text(), label.get_rotation()) == ("Ankle boot", 90)


def test_names_must_fit():
    with pytest.raises(InputError, match="2 classes"):
        confusion_figure(CONFUSION, ["a", "b"])
