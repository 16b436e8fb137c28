import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.wishes import wishes_figure
from ziffern.inside.wishes import Wishes


def made(probabilities: list[float]) -> Wishes:
    pictures = np.random.default_rng(0).integers(0, 256, (len(probabilities), 28, 28), np.uint8)
    return Wishes(pictures, np.ones(len(probabilities)), np.array(probabilities))


def test_one_tile_for_each_class_with_its_probability() -> None:
    wished = made([0.5, 0.99995, 0.98765])
    figure = wishes_figure(wished, ("zero", "one", "two"))
    figure.canvas.draw()
    (axes,) = figure.axes
    for tile, picture in zip(axes.images, wished.pictures, strict=True):
        np.testing.assert_array_equal(tile.get_array(), picture)
    captions = [text.get_text().replace("\N{NARROW NO-BREAK SPACE}", " ") for text in axes.texts]
    assert captions == ["zero\n50.00 %", "one\n> 99.99 %", "two\n98.77 %"]


def test_names_have_to_fit() -> None:
    with pytest.raises(InputError, match="2 pictures do not fit 3 names"):
        wishes_figure(made([0.5, 0.5]), ("zero", "one", "two"))
