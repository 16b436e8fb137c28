from __future__ import annotations

import numpy as np
import pytest
import torch

from ziffern.explain import batchnorm


@pytest.fixture(scope="module")
def told():
    """The topic with fewer digits and epochs, so that it is done sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batchnorm, "TRAINING", 800)
        patch.setattr(batchnorm, "VALIDATION", 300)
        patch.setattr(batchnorm, "EPOCHS", 4)
        return batchnorm.explain()


def test_normalised_values_are_those_of_pytorch() -> None:
    values = batchnorm.first_values()
    assert values.shape == (batchnorm.BATCH, batchnorm.UNITS)
    expected = torch.nn.functional.batch_norm(
        torch.from_numpy(values), None, None, training=True, eps=1e-3
    )
    np.testing.assert_allclose(batchnorm.normalised(values), expected.numpy(), atol=1e-10)


def test_before_and_after(told) -> None:
    numbers = told.numbers
    low, high = numbers["means_before"]
    assert low < -0.2
    assert high > 0.2
    assert numbers["greatest_mean_after"] < 1e-12
    assert 0.98 < min(numbers["deviations_after"]) < max(numbers["deviations_after"]) <= 1
    before, after = told.sections[0].figure.axes
    for axes, spread in ((before, 0.3), (after, 1e-9)):
        means = [line.get_xdata()[0] for line in axes.get_lines() if line.get_gid() == "mean"]
        assert len(means) == batchnorm.SHOWN
        assert (max(means) - min(means) > spread) == (axes is before)


def test_errors_no_longer_fade(told) -> None:
    without, with_it = told.numbers["errors_by_layer"].values()
    assert len(without) == len(with_it) == batchnorm.DEPTH
    assert without[0] < 0.01 < 0.3 < with_it[0] < 3
    assert without == sorted(without)


def test_it_learns_faster(told) -> None:
    last = told.numbers["validation_accuracy"]
    assert last[batchnorm.WITH] > last[batchnorm.WITHOUT] + 0.2
    assert f"{last[batchnorm.WITH]:.0%}" in told.headline
    accuracy = told.sections[2].figure.axes[0]
    drawn = {line.get_label(): line.get_ydata()[-1] for line in accuracy.get_lines()}
    assert {name: drawn[name] for name in last} == last


def test_the_three_rules_hold(told) -> None:
    rules = told.numbers["rules"]
    assert 0 < rules["bias"] < 1e-12
    assert 0 <= rules["scale"] < 1e-12
    assert rules["on_least"] < 0.2
    assert rules["on_most"] > 0.8
    assert 0.3 < rules["on_least_normalised"] < rules["on_most_normalised"] < 0.7
    text = told.sections[3].text
    for words in ("use_bias=False", "before its activation", "scale=False"):
        assert words in text
