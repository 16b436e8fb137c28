from __future__ import annotations

import dataclasses

import pytest

from ziffern.evaluation.learning import parting_epoch
from ziffern.explain import overfitting


@pytest.fixture(scope="module")
def told():
    """The topic with fewer networks and digits, so that it is done in a second."""
    with pytest.MonkeyPatch.context() as patch:
        cases = {
            name: dataclasses.replace(overfitting.CASES[name], digits=150, epochs=20)
            for name in ("small", "large", "large + augmentation")
        }
        patch.setattr(overfitting, "CASES", cases)
        patch.setattr(overfitting, "NEW", 300)
        return overfitting.explain()


def test_the_large_network_learns_by_heart(told) -> None:
    large, small = told.numbers["networks"]["large"], told.numbers["networks"]["small"]
    assert large["accuracy"] == 1
    assert large["validation_accuracy"] < 0.85
    assert large["validation_loss"] > 20 * large["loss"]
    assert large["weights"] == 784 * 256 + 256 + 256 * 256 + 256 + 2570
    assert large["weights"] > 20 * small["weights"]
    assert f"{large['validation_accuracy']:.1%} of new ones" in told.headline


def test_what_helped_is_what_came_out_best(told) -> None:
    found = told.numbers["networks"]
    best = max(found, key=lambda name: found[name]["validation_accuracy"])
    assert f"is {best.removeprefix('large + ')}: " in told.headline
    order = sorted(found, key=lambda name: -found[name]["validation_accuracy"])
    told_order = told.sections[1].text.index
    assert [told_order(f"{name} {found[name]['validation_accuracy']:.1%}") for name in order] == (
        sorted(told_order(f"{name} {found[name]['validation_accuracy']:.1%}") for name in order)
    )


def test_both_losses_of_every_network_are_drawn(told) -> None:
    panels = {axes.get_title(loc="left"): axes for axes in told.sections[0].figure.axes}
    for name, facts in told.numbers["networks"].items():
        lines = {line.get_label(): line.get_ydata() for line in panels[name].get_lines()}
        assert lines["training"][-1] == facts["loss"]
        assert lines["validation"][-1] == facts["validation_loss"]
        diamonds = [line for line in panels[name].get_lines() if line.get_marker() == "D"]
        assert len(diamonds) == (facts["parting_epoch"] is not None)


def test_the_shipped_cases_differ_in_one_thing_each() -> None:
    large = overfitting.CASES["large"]
    assert overfitting.CASES["large + augmentation"] == dataclasses.replace(
        large, augment=overfitting.CASES["large + augmentation"].augment
    )
    assert overfitting.CASES["large + dropout"].layers.count("Dropout(0.5)") == 2
    assert overfitting.CASES["large + more digits"].layers == large.layers
    assert overfitting.CASES["large + more digits"].digits == overfitting.MANY
    assert max(case.digits for case in overfitting.CASES.values()) + overfitting.NEW <= 5000


def test_a_history_is_one_of_a_real_training() -> None:
    case = dataclasses.replace(overfitting.CASES["small"], digits=100, epochs=2)
    rows = overfitting.history(case)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert parting_epoch(rows) is None
