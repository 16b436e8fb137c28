import numpy as np
import pytest
import torch
from torch.nn import functional

from ziffern.scratch.loss import cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_same_as_pytorch(smoothing):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(0, 3, (6, 10)), rng.integers(0, 10, 6)
    loss, error = cross_entropy(logits, labels, label_smoothing=smoothing)
    given = torch.tensor(logits, requires_grad=True)
    expected = functional.cross_entropy(given, torch.tensor(labels), label_smoothing=smoothing)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(error, given.grad, rtol=1e-10, atol=1e-14)


def test_the_error_is_is_less_should():
    loss, error = cross_entropy(np.log(np.array([[0.2, 0.5, 0.3]])), np.array([1]))
    assert loss == pytest.approx(-np.log(0.5))
    np.testing.assert_allclose(error, [[0.2, -0.5, 0.3]])


def test_certain_answers_give_no_infinity():
    loss, error = cross_entropy(np.array([[1e4, 0.0], [1e4, 0.0]]), np.array([0, 1]))
    assert loss == 5000
    assert np.isfinite(error).all()
