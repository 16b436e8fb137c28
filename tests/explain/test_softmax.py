from __future__ import annotations

import numpy as np
import pytest
import torch

from ziffern.explain import softmax


@pytest.fixture(scope="module")
def told():
    return softmax.explain()


def test_probabilities_are_those_of_pytorch(told) -> None:
    logits = torch.tensor(told.numbers["logits"], dtype=torch.float64)
    expected = torch.softmax(logits, dim=0).numpy()
    np.testing.assert_allclose(told.numbers["probabilities"], expected)
    assert sum(told.numbers["powers"]) == pytest.approx(told.numbers["sum_of_powers"])
    true = torch.tensor([told.numbers["true_class"]])
    loss = torch.nn.functional.cross_entropy(logits[None], true)
    assert told.numbers["loss"] == pytest.approx(float(loss))


def test_the_digit_is_in_doubt(told) -> None:
    best = sorted(told.numbers["probabilities"])[-2:]
    assert min(best) > 0.3
    assert all(f"{share:.0%}" in told.headline for share in best)


@pytest.mark.parametrize("scores", softmax.LARGE)
def test_safe_results_are_those_of_pytorch_in_double_precision(scores) -> None:
    found = softmax.stability(np.array(scores, np.float32))
    exact = torch.tensor(scores, dtype=torch.float64)
    np.testing.assert_allclose(found["safe_probabilities"], torch.softmax(exact, 0), rtol=1e-6)
    loss = torch.nn.functional.cross_entropy(exact[None], torch.tensor([2]))
    assert found["safe_loss"] == pytest.approx(float(loss), rel=1e-6)


def test_the_formula_as_it_stands_fails_where_it_is_said_to() -> None:
    mild, high, low, far = (softmax.stability(np.array(each, np.float32)) for each in softmax.LARGE)
    assert mild["naive_loss"] == pytest.approx(mild["safe_loss"], rel=1e-5)
    assert np.isinf(high["naive_powers"][0])
    assert np.isnan(high["naive_probabilities"][0])
    assert low["naive_powers"] == [0, 0, 0]
    assert np.isnan(low["naive_loss"])
    assert np.isinf(far["naive_loss"])
    assert far["safe_loss"] == pytest.approx(120)


def test_the_naive_loss_ends_where_float32_does(told) -> None:
    section = told.sections[-1]
    lines = {line.get_label(): line for line in section.figure.axes[0].get_lines()}
    safe, naive = lines["in one step"].get_ydata(), lines["in two steps"].get_ydata()
    places = lines["in two steps"].get_xdata()
    assert np.isfinite(safe).all()
    ends = places[np.isfinite(naive)][-1]
    assert ends == pytest.approx(-np.log(told.numbers["smallest_probability_float32"]), abs=1)
    assert not np.isfinite(naive[-1])
    assert f"−{ends:.0f}" in section.text
    assert told.numbers["greatest_exponent_float32"] == pytest.approx(88.7, abs=0.1)


def test_colder_is_more_like_the_jump(told) -> None:
    axes = told.sections[2].figure.axes[0]
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.get_lines()}
    jump = lines.pop("the larger one wins")
    distances = [np.abs(values - jump).mean() for values in lines.values()]
    assert distances == sorted(distances)
    assert [f"T = {each:g}" for each in softmax.SOFTNESS] == list(lines)
