import numpy as np
import pytest

from ziffern.figures import style
from ziffern.figures.error_surface import error_surface_figure, heights
from ziffern.scratch.surface import View


def bowl(middle, reach, points=21):
    first, second = (np.linspace(at - reach, at + reach, points) for at in middle)
    u, v = np.meshgrid(first, second)
    return View(first, second, u**2 + 3 * v**2)


START, END = (2.0, 1.0), (1.9, 0.95)
GRADIENT = (4.0, 6.0)


@pytest.fixture(scope="module")
def figure():
    return error_surface_figure(
        bowl(START, 3), bowl(START, 0.2), start=START, end=END, losses=(7.0, 6.3175),
        gradient=GRADIENT, names=("w[0, 1]", "w[2, 1]"),
    )  # fmt: skip


def line(axes, gid):
    (found,) = [line for line in axes.get_lines() if line.get_gid() == gid]
    return found


def test_the_step_goes_from_start_to_end(figure):
    near = figure.axes[1]
    x, y = line(near, "step").get_data()
    assert list(zip(x, y, strict=True)) == [START, END]
    assert [list(data) for data in line(near, "start").get_data()] == [[2.0], [1.0]]
    texts = [text.get_text() for text in near.texts]
    assert "E = 7.0000" in texts
    assert "E = 6.3175" in texts


def test_straight_downhill_is_against_the_gradient(figure):
    x, y = line(figure.axes[1], "downhill").get_data()
    assert (x[0], y[0]) == START
    np.testing.assert_allclose(np.diff(y) / np.diff(x), GRADIENT[1] / GRADIENT[0])
    assert x[-1] < x[0]
    # it ends at the edge of the view
    assert y[-1] == pytest.approx(START[1] - 0.2)


def test_the_way_lies_on_the_surface_and_leads_down(figure):
    x, y, z = line(figure.axes[0], "downhill").get_data_3d()
    np.testing.assert_allclose(z, np.square(x) + 3 * np.square(y), atol=0.1)
    assert z[0] == pytest.approx(7)
    assert (np.diff(z[:10]) < 0).all()
    start = line(figure.axes[0], "start").get_data_3d()
    assert [float(data[0]) for data in start] == [2, 1, 7]


def test_heights_are_those_of_the_grid_and_between():
    view = View(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([[1.0, 3.0], [5.0, 9.0]]))
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 2.0], [0.5, 1.0]])
    assert heights(view, points).tolist() == [1, 3, 5, 9, 4.5]


def test_axes_are_named_and_lines_differ_without_colour(figure):
    for axes in figure.axes:
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("w[0, 1]", "w[2, 1]")
        assert axes.get_title(loc="left")
    near = figure.axes[1]
    assert line(near, "step").get_linestyle() != line(near, "downhill").get_linestyle()
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 3


def test_the_surface_is_seen_from_below_its_slope(figure):
    # the way down points towards whoever looks: its direction and the view's are alike
    down = np.degrees(np.arctan2(-GRADIENT[1], -GRADIENT[0]))
    assert abs(figure.axes[0].azim - down) < 60


def test_a_flat_place_can_be_drawn():
    view = bowl((0.0, 0.0), 1)
    figure = error_surface_figure(
        view, view, start=(0, 0), end=(0, 0), losses=(0.0, 0.0), gradient=(0.0, 0.0)
    )
    figure.draw_without_rendering()
    assert figure.get_facecolor()[:3] == (1, 1, 1)
    assert style.PAPER == "#ffffff"
