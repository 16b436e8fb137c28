"""Temperature and thresholds: what is promised holds on answers that come later."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ziffern.errors import InputError, WorkError
from ziffern.evaluation.calibration import expected_calibration_error
from ziffern.evaluation.certainty import LOST, fit
from ziffern.exchange.onnx import softmax


def answers(n: int, seed: int, sharper: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, drawn with the probabilities that the logits give, and logits made sharper."""
    rng = np.random.Generator(np.random.PCG64(seed))
    logits = rng.normal(0, 1, (n, 10))
    logits[np.arange(n), rng.integers(0, 10, n)] += rng.gamma(4, 3, n)
    shares = softmax(logits.astype(np.float32)).cumsum(axis=1)
    labels = (rng.random((n, 1)) > shares).sum(axis=1).clip(0, 9)
    return labels, (sharper * logits).astype(np.float32)


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(0, 1, (n, 10)).astype(np.float32)


@pytest.mark.parametrize("sharper", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_made_the_logits_too_sharp(sharper: float) -> None:
    labels, logits = answers(40_000, 1, sharper)
    found = fit(labels, logits, promise=0.01)
    assert found.temperature == pytest.approx(sharper, rel=0.06)
    new_labels, new = answers(40_000, 2, sharper)
    assert expected_calibration_error(new_labels, softmax(new, found.temperature)) < 0.005
    before, after = found.evidence.loss
    assert after <= before + 1e-4
    if sharper != 1.0:
        assert found.evidence.ece[1] < 0.3 * found.evidence.ece[0]


def test_with_a_background_class_little_ink_is_no_digit_however_clear_it_is() -> None:
    labels, logits = answers(20_000, 1)
    # one class stands out in both, but with what is no digit all of them stand low
    strange = answers(4_000, 2)[1] - 20
    without = fit(labels, logits, promise=0.01, nondigits=strange)
    found = fit(labels, logits, promise=0.01, nondigits=strange, background_class=True)
    assert without.evidence.accepted is not None
    assert found.evidence.accepted is not None
    assert found.evidence.accepted.count < 0.5 * without.evidence.accepted.count
    shares = softmax(logits, found.temperature, background_class=True).sum(axis=1)
    assert (shares < found.thresholds.digit).mean() < LOST


def test_the_promise_holds_on_answers_that_come_later() -> None:
    """Of 25 draws 5 % may break it; by chance more than 4 do once in a hundred times."""
    many_labels, many = answers(30_000, 3)
    broken = 0
    for seed in range(25):
        labels, logits = answers(6_000, 100 + seed)
        found = fit(labels, logits, promise=0.005)
        probabilities = softmax(many, found.temperature)
        sure = probabilities.max(axis=1) >= found.thresholds.sure
        broken += (probabilities[sure].argmax(axis=1) != many_labels[sure]).mean() > 0.005
    assert broken <= 4


def test_evidence_is_what_is_counted_where_nothing_was_chosen() -> None:
    labels, logits = answers(20_000, 4)
    found = fit(labels, logits, promise=0.002, nondigits=noise(4_000), where="made digits")
    seen = found.evidence
    assert (seen.where, seen.chosen_on, seen.rejected.n) == ("made digits", 6_666, 13_334)
    assert 0.3 < seen.sure < 1
    assert seen.wrong.n == round(seen.sure * 13_334)
    assert seen.wrong.count / seen.wrong.n < seen.wrong.at_most <= 0.002
    assert seen.rejected.count / 13_334 < seen.rejected.at_most <= LOST
    assert seen.accepted is not None
    assert seen.accepted_as_sure is not None
    assert seen.accepted.n == 2_667
    assert seen.accepted_as_sure.count <= seen.accepted.count
    assert json.loads(json.dumps(seen.as_dict()))["wrong"]["n"] == seen.wrong.n


def test_a_stricter_promise_leaves_fewer_sure() -> None:
    labels, logits = answers(40_000, 5)
    found = [fit(labels, logits, promise=share) for share in (0.001, 0.003, 0.01)]
    assert found[0].thresholds.sure > found[1].thresholds.sure > found[2].thresholds.sure
    assert found[0].evidence.sure < found[1].evidence.sure < found[2].evidence.sure


def test_what_is_no_digit_is_told_apart_where_it_can_be() -> None:
    labels, logits = answers(20_000, 6)
    sharp = logits + 6 * (np.arange(10) == labels[:, None]).astype(np.float32)
    apart = fit(labels, sharp, promise=0.002, nondigits=0.1 * noise(2_000))
    assert apart.evidence.accepted is not None
    assert apart.evidence.accepted.count <= 3
    assert apart.evidence.rejected.count < 20
    # without any, the strictest threshold that loses few enough digits
    alone = fit(labels, logits, promise=0.002)
    assert alone.evidence.accepted is None
    assert (
        alone.thresholds.digit
        >= fit(labels, logits, promise=0.002, nondigits=noise(2_000)).thresholds.digit
    )


def test_a_network_without_a_mistake() -> None:
    labels = np.arange(8_000) % 10
    logits = 30 * np.eye(10, dtype=np.float32)[labels]
    found = fit(labels, logits)
    assert found.evidence.wrong.count == 0
    assert found.evidence.sure == 1
    assert found.thresholds.digit <= found.thresholds.sure


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"promise": 0}, "promise is 0, expected a share between 0 and 1"),
        ({"promise": 1}, "promise is 1"),
        ({"confidence": 1.0}, "confidence is 1.0, expected a share"),
    ],
)
def test_promises_that_are_none(options: dict[str, Any], said: str) -> None:
    labels, logits = answers(100, 7)
    with pytest.raises(InputError, match=said):
        fit(labels, logits, **options)


def test_too_few_digits_or_too_many_mistakes_promise_nothing() -> None:
    labels, logits = answers(2_000, 8)
    with pytest.raises(InputError, match=r"at most 0.001 wrong .*takes 2,995 without a mist"):
        fit(labels, logits)
    labels = np.random.Generator(np.random.PCG64(9)).permutation(answers(20_000, 8)[0])
    with pytest.raises(InputError, match=r"of [\d,]+ are wrong, which shows at most"):
        fit(labels, answers(20_000, 8)[1])
    for few in (1, 3, 5):
        with pytest.raises(InputError, match=r"give more digits .* or promise less"):
            fit(labels[:few], logits[:few])


def test_answers_that_are_none() -> None:
    labels, logits = answers(100, 9)
    with pytest.raises(InputError, match="nothing to evaluate"):
        fit(labels[:0], logits[:0])
    with pytest.raises(InputError, match="must have shapes"):
        fit(labels[:50], logits)
    logits[3, 2] = np.nan
    with pytest.raises(WorkError, match="NaN or infinity for 1 of 100"):
        fit(labels, logits)
