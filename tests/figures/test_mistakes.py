import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.mistakes import (
    confused_pairs_figure,
    digit_grid_figure,
    most_wrong_figure,
    printed_figure,
)

NAMES = tuple("0123456789")


@pytest.fixture
def answers():
    """200 pictures, each filled with its own shade, of which numbers 3 and 50 are wrong."""
    images = np.arange(200, dtype=np.uint8)[:, None, None] * np.ones((28, 28), dtype=np.uint8)
    labels = np.arange(200) % 10
    probabilities = np.full((200, 10), 0.01, dtype=np.float32)
    probabilities[np.arange(200), labels] = 0.91
    probabilities[3] = probabilities[3][[0, 1, 2, 8, 4, 5, 6, 7, 3, 9]]  # 3 taken for 8
    probabilities[50] = 0.01
    probabilities[50, [0, 6]] = 0.42, 0.50
    return images, labels, probabilities


def gids(figure):
    return [patch.get_gid() for patch in figure.axes[0].patches]


def captions(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_grid_shows_the_first_196_in_14_rows_of_14(answers):
    images, labels, probabilities = answers
    figure = digit_grid_figure(images, labels, probabilities.argmax(axis=1), NAMES)
    (axes,) = figure.axes
    assert len(axes.images) == 196
    corners = {(image.get_extent()[0], image.get_extent()[3]) for image in axes.images}
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 14
    shades = [int(image.get_array()[0, 0]) for image in axes.images]
    assert shades == list(range(196))
    assert [n for n, gid in enumerate(gids(figure)) if gid == "wrong"] == [3, 50]
    assert captions(figure)[:5] == ["0", "1", "2", "8≠3", "4"]
    assert captions(figure)[50] == "6≠0"


def test_right_and_wrong_can_be_written_as_equations(answers):
    images, labels, probabilities = answers
    figure = digit_grid_figure(
        images, labels, probabilities.argmax(axis=1), NAMES, rows=5, columns=10, equals=True
    )
    assert len(figure.axes[0].images) == 50
    assert captions(figure)[:5] == ["0=0", "1=1", "2=2", "8≠3", "4=4"]


def test_the_most_confused_pairs_stand_in_rows_with_their_count(answers):
    images, labels, _ = answers
    predictions = labels.copy()
    predictions[[9, 19, 29, 39]] = 4
    predictions[[2, 12]] = 7
    predictions[5] = 3
    figure = confused_pairs_figure(images, labels, predictions, NAMES, pairs=2, columns=3)
    tiles = [
        (image.get_extent()[3], image.get_extent()[0], int(image.get_array()[0, 0]))
        for image in figure.axes[0].images
    ]
    assert [shade for _, _, shade in tiles] == [9, 19, 29, 2, 12]  # three of the four fit
    rows = [top for top, _, _ in tiles]
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4]
    assert tiles[0][1] == tiles[3][1]
    assert captions(figure)[:2] == ["no. 9", "no. 19"]
    assert captions(figure)[-2:] == ["4≠9   4×", "7≠2   2×"]
    assert set(gids(figure)) == {"wrong"}


def test_wrong_and_right_differ_without_colour(answers):
    images, labels, probabilities = answers
    figure = digit_grid_figure(images, labels, probabilities.argmax(axis=1), NAMES)
    (axes,) = figure.axes
    thick = [patch.get_linewidth() for patch in axes.patches]
    assert min(thick[3], thick[50]) > 2 * thick[0]
    assert len(axes.get_lines()) == 4  # two strokes for each cross
    weights = [text.get_fontweight() for text in axes.texts]
    assert [n for n, weight in enumerate(weights) if weight == "bold"] == [3, 50]


def test_fewer_pictures_and_words_as_classes(answers):
    images, labels, _ = answers
    names = ["T-shirt/top", *NAMES[1:9], "Ankle boot"]
    figure = digit_grid_figure(images[:5], labels[:5], labels[:5] * 0 + 9, names)
    figure.canvas.draw()
    assert captions(figure)[0] == "Ankle boot≠T-shirt/top"
    assert len(figure.axes[0].images) == 5


def test_the_most_wrong_come_first_with_their_probabilities(answers):
    images, labels, probabilities = answers
    figure = most_wrong_figure(images, labels, probabilities, NAMES)
    assert [int(image.get_array()[0, 0]) for image in figure.axes[0].images] == [3, 50]
    assert captions(figure) == [
        "8≠3  (no. 3)\n0.9100 − 0.0100 = 0.9000",
        "6≠0  (no. 50)\n0.5000 − 0.4200 = 0.0800",
    ]
    only_one = most_wrong_figure(images, labels, probabilities, NAMES, limit=1)
    assert len(only_one.axes[0].images) == 1


def test_printed_digits_stand_in_one_row_for_each_font(answers):
    images, labels, _ = answers
    fonts = ["Sans", "Serif"] * 10
    predictions = labels[:20].copy()
    predictions[1] = 7
    figure = printed_figure(images[:20], labels[:20], predictions, fonts, NAMES)
    axes = figure.axes[0]
    tops = {}
    for image in axes.images:
        tops.setdefault(image.get_extent()[3], []).append(int(image.get_array()[0, 0]))
    first, second = (tops[top] for top in sorted(tops))
    assert first == list(range(0, 20, 2))
    assert second == list(range(1, 20, 2))
    assert captions(figure)[10] == "7≠1"
    assert captions(figure)[-2:] == ["Sans", "Serif"]


def test_what_cannot_be_drawn_is_refused(answers):
    images, labels, probabilities = answers
    with pytest.raises(InputError, match="200 pictures do not fit 3 answers"):
        digit_grid_figure(images, labels[:3], labels, NAMES)
    with pytest.raises(InputError, match="0 pictures"):
        digit_grid_figure(images[:0], labels[:0], labels[:0], NAMES)
    with pytest.raises(InputError, match="all answers are right"):
        most_wrong_figure(images[:3], labels[:3], probabilities[:3], NAMES)
    with pytest.raises(InputError, match="all answers are right"):
        confused_pairs_figure(images, labels, labels, NAMES)
    with pytest.raises(InputError, match="2 answers"):
        printed_figure(images[:1], labels[:1], labels[:1], ["a", "b"], NAMES)
