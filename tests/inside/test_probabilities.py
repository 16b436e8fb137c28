import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.model import softmax
from ziffern.inside.probabilities import TEMPERATURES, softmax_steps, tempered

LOGITS = np.array([2.0, -1.0, 0.5, 2.0])


def test_every_step_follows_from_the_one_before() -> None:
    steps = softmax_steps(LOGITS)
    np.testing.assert_array_equal(steps.logits, LOGITS)
    np.testing.assert_array_equal(steps.shifted, [0, -3, -1.5, 0])
    np.testing.assert_allclose(steps.powers, [1, 0.049787, 0.223130, 1], rtol=1e-5)
    assert steps.total == pytest.approx(2.272917, rel=1e-6)
    np.testing.assert_allclose(steps.probabilities, steps.powers / 2.272917, rtol=1e-6)
    assert steps.probabilities.sum() == pytest.approx(1)


def test_they_end_where_the_model_ends() -> None:
    logits = np.random.default_rng(0).normal(0, 30, (20, 10)).astype(np.float32)
    expected = softmax(logits)
    for row, probabilities in zip(logits, expected, strict=True):
        np.testing.assert_allclose(softmax_steps(row).probabilities, probabilities, atol=1e-6)


def test_large_logits_do_not_overflow() -> None:
    np.testing.assert_array_equal(softmax_steps([5000.0, -5000.0]).probabilities, [1, 0])


def test_temperature_is_what_logits_are_divided_by() -> None:
    rows = tempered(LOGITS, [0.5, 1, 4])
    for row, temperature in zip(rows, [0.5, 1, 4], strict=True):
        np.testing.assert_allclose(row, softmax_steps(LOGITS / temperature).probabilities)
    assert tempered(LOGITS).shape == (len(TEMPERATURES), 4)


def test_hot_is_even_and_cold_is_certain() -> None:
    cold, hot = tempered([1.0, 2.0, 0.0], [0.01, 1e6])
    np.testing.assert_allclose(cold, [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(hot, [1 / 3] * 3, atol=1e-5)
    rows = tempered([1.0, 2.0, 0.0])
    assert (np.diff(rows.max(axis=1)) < 0).all(), "the hotter, the less certain"
    assert (rows.argsort(axis=1) == rows[0].argsort()).all(), "the order stays"


@pytest.mark.parametrize("logits", [[], [[1.0, 2.0]], [1.0, np.nan], [np.inf, 0.0]])
def test_what_are_no_logits_of_one_picture(logits: list[float]) -> None:
    with pytest.raises(InputError, match="finite logits of one picture"):
        softmax_steps(logits)


@pytest.mark.parametrize("temperature", [0, -1, np.inf, np.nan])
def test_temperatures_that_cannot_be(temperature: float) -> None:
    with pytest.raises(InputError, match=r"a temperature of \S+ cannot be: give one above 0"):
        tempered(LOGITS, [1, temperature])
