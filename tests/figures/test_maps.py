import numpy as np
import pytest
from matplotlib.colors import to_rgba

from ziffern.errors import InputError
from ziffern.figures import maps, style
from ziffern.figures.maps import map_figure

NAMES = ("zero", "one", "two")
POINTS = np.array([[0, 0], [2, 0], [0, 4], [2, 4], [1, 2]], np.float32)
LABELS = np.array([0, 0, 1, 2, 2])
PICTURES = np.full((5, 28, 28), 200, np.uint8)


def dots(figure):
    return [group.get_offsets().tolist() for group in figure.axes[0].collections]


def test_points_are_markers_of_their_class_with_its_name_at_the_middle():
    figure = map_figure(POINTS, LABELS, NAMES, title="A map")
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "A map"
    assert [len(group) for group in dots(figure)] == [2, 1, 2]
    markers = [group.get_paths()[0].vertices.tolist() for group in axes.collections]
    assert len({str(marker) for marker in markers}) == 3
    colours = [tuple(group.get_facecolor()[0]) for group in axes.collections]
    assert colours == [to_rgba(colour) for colour in style.CLASS_COLOURS[:3]]
    assert [text.get_text() for text in axes.texts] == list(NAMES)
    names = [text.xy for text in axes.texts]
    assert names[0] == pytest.approx([0.5, dots(figure)[0][0][1]], abs=1e-3)
    assert names[2] == pytest.approx(np.median(dots(figure)[2], axis=0))
    figure.canvas.draw()


def test_places_keep_their_order_and_stay_inside():
    figure = map_figure(POINTS, LABELS, NAMES)
    zero, one, two = dots(figure)
    assert zero[0][0] < two[1][0] < zero[1][0]
    assert zero[0][1] < two[1][1] < one[0][1]
    every = np.array(zero + one + two)
    assert every.min() > 0
    assert every.max() < 1


def test_pictures_stand_where_their_points_are():
    pictures = PICTURES.copy()
    pictures[4] = 0
    pictures[4, 5, 6] = 255
    figure = map_figure(POINTS, LABELS, NAMES, images=pictures)
    (axes,) = figure.axes
    (drawn,) = axes.images
    canvas = np.asarray(drawn.get_array())
    assert [len(group) for group in dots(figure)] == [0, 0, 0]
    # the last point lies in the middle: its only ink is 8 left of and 9 above the middle
    middle = canvas.shape[0] // 2, canvas.shape[1] // 2
    rows, columns = np.nonzero(canvas[..., 3] == 255)
    assert rows.tolist() == pytest.approx([middle[0] - 9], abs=1)
    assert columns.tolist() == pytest.approx([middle[1] - 8], abs=1)
    assert (canvas[rows, columns, :3] / 255) == pytest.approx(
        np.array([to_rgba(style.CLASS_COLOURS[2])[:3]]), abs=0.01
    )
    assert (canvas[:28, :28, 3] == 200).all()  # the first of class 1, at the upper left
    assert (canvas[-28:, -28:, 3] == 200).all()


def test_a_picture_that_would_cover_another_is_left_a_dot():
    points = np.array([[0, 0], [0.001, 0], [1, 1]], np.float32)
    figure = map_figure(points, np.array([0, 1, 2]), NAMES, images=PICTURES[:3])
    assert [len(group) for group in dots(figure)] == [0, 1, 0]


def test_more_classes_than_colours_and_a_single_point():
    labels = np.arange(12)
    figure = map_figure(np.eye(12)[:, :2], labels, [str(label) for label in labels])
    assert len(figure.axes[0].collections) == 12
    figure = map_figure(POINTS[:1], LABELS[:1], NAMES, images=PICTURES[:1])
    assert np.asarray(figure.axes[0].images[0].get_array())[..., 3].max() == 200
    figure.canvas.draw()


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match=r"shape \(N, 2\).*\(5, 3\)"):
        map_figure(np.zeros((5, 3)), LABELS, NAMES)
    with pytest.raises(InputError, match=r"\(0, 2\)"):
        map_figure(POINTS[:0], LABELS[:0], NAMES)
    with pytest.raises(InputError, match="5 points do not fit 4 labels"):
        map_figure(POINTS, LABELS[:4], NAMES)
    with pytest.raises(InputError, match="5 points do not fit 2 pictures"):
        map_figure(POINTS, LABELS, NAMES, images=PICTURES[:2])


def test_pictures_are_apart_by_most_of_their_width():
    rng = np.random.default_rng(0)
    points, labels = rng.random((3000, 2)), rng.integers(0, 3, 3000)
    figure = map_figure(points, labels, NAMES, images=np.zeros((3000, 28, 28), np.uint8))
    drawn = 3000 - sum(map(len, dots(figure)))
    most = (maps.ACROSS / maps.COVER) ** 2 * maps.SHAPE
    assert 0.3 * most < drawn < most
