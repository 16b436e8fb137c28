from __future__ import annotations

import itertools

import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.curves import PARTED
from ziffern.figures.runs import pairs_figure, runs_figure


def rows(accuracies, losses):
    return [
        {"epoch": epoch, "validation_accuracy": accuracy, "validation_loss": loss}
        for epoch, (accuracy, loss) in enumerate(zip(accuracies, losses, strict=True), start=1)
    ]


RUNS = {
    "marvin-s0": rows([0.95, 0.98, 0.985, 0.984], [0.2, 0.1, 0.06, 0.07]),
    "quick-s0": rows([0.97, 0.99], [0.1, 0.04]),
}


def line_of(axes, name):
    [line] = [line for line in axes.get_lines() if line.get_label() == name]
    return line


def test_every_run_is_drawn_with_its_name_and_its_best_epoch() -> None:
    figure = runs_figure(RUNS)
    accuracy, loss = figure.axes
    assert list(line_of(accuracy, "marvin-s0").get_ydata()) == [0.95, 0.98, 0.985, 0.984]
    assert list(line_of(loss, "quick-s0").get_ydata()) == [0.1, 0.04]
    assert list(line_of(loss, "quick-s0").get_xdata()) == [1, 2]
    for axes, values in ((accuracy, (0.985, 0.99)), (loss, (0.06, 0.04))):
        rings = [line for line in axes.get_lines() if line.get_gid() == "best-epoch"]
        places = [(ring.get_xdata()[0], ring.get_ydata()[0]) for ring in rings]
        assert places == list(zip((3, 2), values, strict=True))
    for axes, values in ((accuracy, (0.984, 0.99)), (loss, (0.07, 0.04))):
        labels = {text.get_text(): text.xy for text in axes.texts}
        assert labels == dict(zip(RUNS, zip((4, 2), values, strict=True), strict=True))
    figure.canvas.draw()


def test_ten_runs_differ_without_colour() -> None:
    histories = {f"run-{n}": rows([0.9, 0.95], [0.3, 0.2]) for n in range(10)}
    axes = runs_figure(histories).axes[0]
    lines = [line_of(axes, name) for name in histories]
    for one, other in itertools.combinations(lines, 2):
        assert one.get_marker() != other.get_marker()
    with pytest.raises(InputError, match="11 runs in one picture: expected 1 to 10"):
        runs_figure(histories | {"run-10": histories["run-0"]})
    assert len({line.colour for line in style.LINES}) >= 5


def test_a_zoom_holds_for_both_axes() -> None:
    accuracy, loss = runs_figure(RUNS, zoom=20).axes
    assert accuracy.get_ylim()[0] == pytest.approx(0.95, abs=0.005)
    assert loss.get_ylim()[1] == pytest.approx(0.115, abs=0.005)


def test_a_run_whose_loss_was_no_number_is_drawn_as_far_as_it_goes() -> None:
    figure = runs_figure(RUNS | {"diverged": rows([0.5, 0.1], [None, None])})
    accuracy, loss = ({text.get_text() for text in axes.texts} for axes in figure.axes)
    assert accuracy - loss == {"diverged"}
    runs_figure({"diverged": rows([0.5, 0.1], [None, None])}).canvas.draw()


def trained(accuracies, losses, history=None):
    history = history or [{"validation_accuracy": None, "validation_loss": None}] * len(losses)
    return [
        {**row, "epoch": epoch, "accuracy": accuracy, "loss": loss}
        for epoch, (row, accuracy, loss) in enumerate(
            zip(history, accuracies, losses, strict=True), start=1
        )
    ]


VALIDATED = trained([0.9, 0.96], [0.4, 0.1], rows([0.97, 0.98], [0.1, 0.2]))
UNVALIDATED = trained([0.8, 0.95, 0.99], [0.7, 0.2, 0.05])


@pytest.mark.parametrize("first", [VALIDATED, trained([0.9, 0.96], [0.4, 0.1])])
def test_where_a_run_held_out_nothing_all_are_shown_on_their_training_pictures(first) -> None:
    figure = runs_figure({"little": first, "tiny-s0": UNVALIDATED})
    accuracy, loss = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Training accuracy", "Training loss (nats)",
    ]  # fmt: skip
    assert list(line_of(accuracy, "little").get_ydata()) == [0.9, 0.96]
    assert list(line_of(loss, "little").get_ydata()) == [0.4, 0.1]
    assert list(line_of(accuracy, "tiny-s0").get_ydata()) == [0.8, 0.95, 0.99]
    # what is best is decided on other pictures
    assert not [line for axes in figure.axes for line in axes.get_lines() if line.get_gid()]
    assert accuracy.get_title(loc="right") == ""
    without = "tiny-s0" if first is VALIDATED else "little, tiny-s0"
    note = " ".join(figure.get_supxlabel().split())
    assert note.startswith(f"Without validation pictures: {without}. So all runs are shown on")
    figure.canvas.draw()


def test_what_all_runs_held_out_is_said_by_the_titles_alone() -> None:
    figure = runs_figure({"little": VALIDATED, "other": VALIDATED})
    assert figure.axes[0].get_title(loc="left") == "Validation accuracy"
    assert list(line_of(figure.axes[0], "other").get_ydata()) == [0.97, 0.98]
    assert figure.get_supxlabel() == ""


def test_a_run_without_epochs_is_named() -> None:
    with pytest.raises(InputError, match="quick-s1 has no epoch: there is no curve to compare"):
        runs_figure(RUNS | {"quick-s1": []})


def test_no_run_is_refused() -> None:
    with pytest.raises(InputError, match="0 runs"):
        runs_figure({})


def both(losses, validation):
    return [
        {"epoch": epoch, "loss": loss, "validation_loss": other, "validation_accuracy": 0.9}
        for epoch, (loss, other) in enumerate(zip(losses, validation, strict=True), start=1)
    ]


PAIRS = {
    "overfits": both([0.7, 0.3, 0.15, 0.08, 0.04, 0.02], [0.4, 0.25, 0.2, 0.21, 0.22, 0.23]),
    "does not": both([0.7, 0.5, 0.4], [0.6, 0.45, 0.35]),
}


def test_training_and_validation_of_every_run_panel_beside_panel() -> None:
    figure = pairs_figure(PAIRS)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(PAIRS)
    for axes, history in zip(figure.axes, PAIRS.values(), strict=True):
        for label, key in (("training", "loss"), ("validation", "validation_loss")):
            assert list(line_of(axes, label).get_ydata()) == [row[key] for row in history]
    marked = [
        [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "D"]
        for axes in figure.axes
    ]
    assert marked == [[3], []]
    gaps = [[gap.get_gid() for gap in axes.collections] for axes in figure.axes]
    assert gaps == [[PARTED], []]
    one, other = (axes.get_ylim() for axes in figure.axes)
    assert one == other
    assert sum(axes.get_legend() is not None for axes in figure.axes) == 1
    figure.canvas.draw()


def test_panels_of_no_run() -> None:
    with pytest.raises(InputError, match="no runs to draw"):
        pairs_figure({})
    with pytest.raises(InputError, match="mine has no validated epoch"):
        pairs_figure({"mine": []})
