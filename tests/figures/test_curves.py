import itertools
import math

import matplotlib
import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.curves import PARTED, curves_figure


def row(epoch, loss, accuracy, validation_loss=None, validation_accuracy=None, rate=0.001):
    return {
        "epoch": epoch, "loss": loss, "accuracy": accuracy, "validation_loss": validation_loss,
        "validation_accuracy": validation_accuracy, "learning_rate": rate, "seconds": 1.0,
        "images_per_second": 100.0,
    }  # fmt: skip


HISTORY = [
    row(1, 0.7, 0.80, 0.20, 0.95, 0.010),
    row(2, 0.2, 0.94, 0.10, 0.98, 0.006),
    row(3, 0.1, 0.97, 0.09, 0.99, 0.0036),
    row(4, 0.05, 0.99, 0.08, 0.99, 0.00216),
    row(5, 0.02, 1.0, 0.12, 0.985, 0.0013),
]


def drawn(axes, label):
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return list(line.get_xdata()), list(line.get_ydata())


def marked_epochs(axes):
    return [line.get_xdata()[0] for line in axes.get_lines() if line.get_gid() == "best-epoch"]


def test_all_values_are_drawn_and_the_best_epoch_is_marked():
    figure = curves_figure(HISTORY)
    loss, accuracy, rate = figure.axes
    assert drawn(loss, "training") == ([1, 2, 3, 4, 5], [0.7, 0.2, 0.1, 0.05, 0.02])
    assert drawn(loss, "validation")[1] == [0.20, 0.10, 0.09, 0.08, 0.12]
    assert drawn(accuracy, "training")[1] == [0.80, 0.94, 0.97, 0.99, 1.0]
    assert drawn(accuracy, "validation")[1] == [0.95, 0.98, 0.99, 0.99, 0.985]
    assert drawn(rate, "learning rate")[1] == [0.010, 0.006, 0.0036, 0.00216, 0.0013]
    assert [marked_epochs(axes) for axes in figure.axes] == [[4], [4], [4]]
    assert accuracy.get_title(loc="right") == f"○ best epoch 4: {style.percent(0.99)}"
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Loss (nats)", "Accuracy", "Learning rate",
    ]  # fmt: skip
    assert rate.get_xlabel() == "epoch"


def test_another_epoch_can_be_marked():
    figure = curves_figure(HISTORY, best=2)
    assert marked_epochs(figure.axes[0]) == [2]
    assert "best epoch 2" in figure.axes[1].get_title(loc="right")


OVERFITTING = [
    row(1, 0.70, 0.80, 0.40, 0.90),
    row(2, 0.30, 0.91, 0.25, 0.94),
    row(3, 0.15, 0.95, 0.20, 0.95),
    row(4, 0.08, 0.98, 0.21, 0.955),
    row(5, 0.04, 0.99, 0.22, 0.952),
    row(6, 0.02, 1.0, 0.23, 0.951),
]


def test_the_parting_is_marked_beside_the_best_epoch_and_its_gap_shaded():
    figure = curves_figure(OVERFITTING)
    loss, accuracy, _ = figure.axes
    assert marked_epochs(loss) == [4]
    for axes, value in ((loss, 0.20), (accuracy, 0.95)):
        [line] = [line for line in axes.get_lines() if line.get_gid() == PARTED]
        assert set(line.get_xdata()) == {3}
        [diamond] = [line for line in axes.get_lines() if line.get_marker() == "D"]
        assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == (3, value)
        [gap] = [shade for shade in axes.collections if shade.get_gid() == PARTED]
        places = gap.get_paths()[0].vertices
        assert (places[:, 0].min(), places[:, 0].max()) == (3, 6)
    assert "part after epoch 3" in figure.get_supxlabel()


def test_without_parting_there_is_no_mark():
    figure = curves_figure(HISTORY[:4])
    assert not [line for line in figure.axes[0].get_lines() if line.get_gid() == PARTED]
    assert figure.get_supxlabel() == ""


def test_a_zoom_shows_what_is_near_0_and_1_on_linear_axes():
    loss, accuracy, _ = curves_figure(HISTORY, zoom=10).axes
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("linear", "linear")
    np.testing.assert_allclose(loss.get_ylim(), (0, math.log(10) / 10), atol=0.01)
    np.testing.assert_allclose(accuracy.get_ylim(), (0.9, 1), atol=0.004)
    assert accuracy.get_title(loc="left") == "Accuracy, 10× towards 100\u202f%"
    assert drawn(loss, "training")[1] == [0.7, 0.2, 0.1, 0.05, 0.02]


@pytest.mark.parametrize("zoom", [0, 0.5, -1, math.nan, math.inf])
def test_a_zoom_below_1_is_refused(zoom):
    with pytest.raises(InputError, match="the whole range"):
        curves_figure(HISTORY, zoom=zoom)


def test_training_and_validation_differ_without_colour():
    for axes in curves_figure(HISTORY).axes[:2]:
        training, validation = (
            next(line for line in axes.get_lines() if line.get_label() == label)
            for label in ("training", "validation")
        )
        assert training.get_linestyle() != validation.get_linestyle()
        assert training.get_markerfacecolor() != training.get_color()


def test_a_network_that_learns_nothing_gets_plain_axes():
    figure = curves_figure([row(e, 2.3, 0.1) for e in (1, 2, 3)])
    assert figure.axes[1].get_yscale() == "linear"
    assert figure.axes[0].get_yscale() == "linear"
    assert marked_epochs(figure.axes[0]) == []
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["training"]


@pytest.mark.parametrize(
    "history",
    [
        HISTORY[:1],
        [row(e, 0.01, 1.0, 0.01, 1.0) for e in (1, 2)],
        [row(e, math.nan, 0.1, None, None) for e in (1, 2)],
        [row(1, 0.5, 0.95, 0.4, 0.96), row(2, math.nan, 0.1, None, None)],
        [row(e, 1 / e, 1 - 0.1 / e, 1 / e, 1 - 0.1 / e, 0.1 / e**2) for e in range(1, 151)],
        [row(e, 1.0, 0.9, rate=0.0) for e in (1, 2)],
    ],
    ids=["one epoch", "perfect", "only NaN", "diverged", "150 epochs", "no learning rate"],
)
@pytest.mark.parametrize("width", [8.0, 3.4])
def test_unusual_histories_are_drawn(history, width):
    figure = curves_figure(history, width=width)
    figure.canvas.draw()
    assert figure.get_figwidth() == width
    assert len(drawn(figure.axes[0], "training")[0]) == len(history)


def test_an_empty_history_is_refused():
    with pytest.raises(InputError, match="no epoch"):
        curves_figure([])


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    curves_figure(HISTORY).canvas.draw()
    assert dict(matplotlib.rcParams) == before


def test_colours_are_distinct_and_readable():
    def luminance(colour):
        channels = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(one, other):
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    assert style.LIGHT.keys() == style.DARK.keys()
    assert len(set(style.LIGHT.values())) == len(style.LIGHT)
    for theme in (style.LIGHT, style.DARK):
        for name in ("ink", "muted", "right", "wrong", "validation", "accent"):
            assert contrast(theme[name], theme["paper"]) >= 4.5, name
        assert contrast(theme["training"], theme["paper"]) >= 3
    # told apart in grey as well: the two curves
    for one, other in itertools.combinations(("training", "validation"), 2):
        assert contrast(style.LIGHT[one], style.LIGHT[other]) > 1.5
