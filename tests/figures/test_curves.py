import itertools
import math

import matplotlib
import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.curves import best_epoch, curves_figure, schedule_figure


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


def test_the_best_epoch_has_the_highest_accuracy_and_then_the_lowest_loss():
    assert best_epoch(HISTORY) == 4
    assert best_epoch(HISTORY[:3]) == 3
    assert best_epoch([row(1, 0.7, 0.8)]) is None
    nan_loss = [row(1, 0.7, 0.8, math.nan, 0.9), row(2, 0.7, 0.8, 0.5, 0.95)]
    assert best_epoch(nan_loss) == 2


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


def test_training_and_validation_differ_without_colour():
    for axes in curves_figure(HISTORY).axes[:2]:
        training, validation = (
            next(line for line in axes.get_lines() if line.get_label() == label)
            for label in ("training", "validation")
        )
        assert training.get_linestyle() != validation.get_linestyle()
        assert training.get_markerfacecolor() != training.get_color()


def test_halving_the_errors_is_the_same_step_everywhere():
    accuracy = curves_figure(HISTORY).axes[1]
    heights = accuracy.transData.transform([(1, share) for share in (0.8, 0.9, 0.95, 0.975)])[:, 1]
    steps = np.diff(heights)
    np.testing.assert_allclose(steps, steps[0])
    bottom, top = accuracy.get_ylim()
    assert bottom < 0.8
    assert 0.99 < top <= 1


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


def test_a_schedule_shows_its_ends():
    rates = [0.01 * 0.6**epoch for epoch in range(10)]
    figure = schedule_figure(rates)
    (axes,) = figure.axes
    assert drawn(axes, "learning rate") == (list(range(1, 11)), rates)
    assert axes.get_xlabel() == "epoch"
    assert axes.get_yscale() == "log"
    figure.canvas.draw()
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert "0.01" in texts
    assert f"{rates[-1]:.3g}" in texts


@pytest.mark.parametrize("rates", [[], [0.1, math.nan]])
def test_a_schedule_needs_numbers(rates):
    with pytest.raises(InputError, match="at least one value, and finite"):
        schedule_figure(rates, unit="step")


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    curves_figure(HISTORY).canvas.draw()
    schedule_figure([0.1, 0.0], unit="step").canvas.draw()
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


def test_a_rate_that_ends_near_zero_is_drawn_on_a_linear_axis() -> None:
    falling = schedule_figure([0.01 * 0.6**epoch for epoch in range(10)])
    cycle = schedule_figure([0.001, 0.01, 0.005, 1e-9])
    assert falling.axes[0].get_yscale() == "log"
    assert cycle.axes[0].get_yscale() == "linear"
