import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.landscape import landscape_figure
from ziffern.inside.landscape import Surface, TrainingPath

X, Y = np.linspace(-1, 1, 7), np.linspace(-2, 2, 5)
LOSS = 0.02 + X[None, :] ** 2 + Y[:, None] ** 2
PATH = TrainingPath(
    np.arange(4), np.array([[0.9, 1.5], [0.5, 1.0], [0.2, 0.3], [0.0, 0.0]]), (0.75, 0.125)
)


def surface(loss: np.ndarray = LOSS, path: TrainingPath | None = None) -> Surface:
    return Surface(X, Y, loss, 0.0211, 512, path)


def texts(axes) -> list[str]:
    return [
        text.get_text() for text in axes.texts if not text.get_text().replace(".", "").isdigit()
    ]


def test_the_trained_weights_are_marked_with_their_loss() -> None:
    figure = landscape_figure(surface())
    figure.canvas.draw()
    relief, plan = figure.axes
    assert relief.get_title(loc="left") == "Mean loss of 512 pictures (nats)"
    (mark,) = [line for line in plan.lines if line.get_gid() == "trained"]
    assert (mark.get_xdata(), mark.get_ydata()) == ([0], [0])
    assert texts(plan) == ["trained: 0.0211"]
    assert plan.get_xlabel() == "first direction"
    # contour lines stand at round losses
    heights = {text.get_text() for text in plan.texts} - {"trained: 0.0211"}
    assert heights <= {"0.05", "0.1", "0.2", "0.5", "1", "2", "5"}
    assert len(heights) > 2


def test_the_relief_has_the_losses_as_logarithms() -> None:
    figure = landscape_figure(surface())
    figure.canvas.draw()
    low, high = figure.axes[0].get_zlim()
    assert low < np.log10(0.05) < np.log10(LOSS.max()) < high
    assert [tick.get_text() for tick in figure.axes[0].get_zticklabels()] == ["0.1", "1"]


def test_the_path_is_drawn_epoch_by_epoch() -> None:
    plan = landscape_figure(surface(path=PATH)).axes[1]
    (line,) = [line for line in plan.lines if line.get_gid() == "path"]
    np.testing.assert_array_equal(line.get_xydata(), PATH.points)
    assert texts(plan) == ["start", "epoch 1", "trained: 0.0211"]
    labels = [plan.get_xlabel(), plan.get_ylabel()]
    assert [label.replace("\N{NARROW NO-BREAK SPACE}", " ") for label in labels] == [
        "first direction (75 % of the movement)",
        "second direction (12 % of the movement)",
    ]


def test_a_last_epoch_that_was_not_kept_has_its_number() -> None:
    points = PATH.points + np.array([0.1, 0.3])
    plan = landscape_figure(surface(path=TrainingPath(np.arange(5, 9), points, (0.9, 0.1)))).axes[1]
    assert texts(plan) == ["epoch 5", "epoch 6", "epoch 8", "trained: 0.0211"]


def test_where_the_network_overflows_the_surface_is_as_high_as_anywhere() -> None:
    loss = LOSS.copy()
    loss[0, 0] = np.inf
    figure = landscape_figure(surface(loss))
    figure.canvas.draw()
    assert figure.axes[0].get_zlim()[1] < 1


def test_flat_surfaces_can_be_drawn() -> None:
    for loss in (np.zeros_like(LOSS), np.full_like(LOSS, np.log(10))):
        landscape_figure(surface(loss)).canvas.draw()


def test_nothing_finite_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="infinite everywhere"):
        landscape_figure(surface(np.full_like(LOSS, np.inf)))
