"""The cost of an answer, held against PyTorch's own and against the formula."""

import math

import pytest
import torch
from torch.nn import functional

from ziffern.training.loss import NO_DIGIT, correct, losses

LOGITS = torch.randn(6, 10, generator=torch.Generator().manual_seed(1)) * 3
LABELS = torch.tensor([0, 3, 9, 9, 5, 1])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_of_digits_it_is_cross_entropy(smoothing: float) -> None:
    expected = functional.cross_entropy(LOGITS, LABELS, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(losses(LOGITS, LABELS, smoothing=smoothing), expected)
    quick = losses(LOGITS, LABELS, smoothing=smoothing, nondigits=False)
    torch.testing.assert_close(quick, expected)
    assert torch.equal(correct(LOGITS, LABELS), correct(LOGITS, LABELS, nondigits=False))


def test_of_no_digit_it_is_the_divergence_from_even_shares() -> None:
    labels = torch.full((6,), NO_DIGIT)
    even = torch.full((6, 10), 0.1)
    divergence = functional.kl_div(
        functional.log_softmax(LOGITS, dim=1), even, reduction="none"
    ).sum(dim=1)
    for smoothing in (0.0, 0.1):
        torch.testing.assert_close(losses(LOGITS, labels, smoothing=smoothing), divergence)
    assert losses(torch.zeros(1, 10), labels[:1]).item() == pytest.approx(0, abs=1e-6)


def test_its_gradient_pushes_towards_even_shares() -> None:
    logits = torch.tensor([[4.0, 0.0, 0.0]], requires_grad=True)
    losses(logits, torch.tensor([NO_DIGIT])).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0, 0] > 0 > logits.grad[0, 1]


def test_which_answers_are_right() -> None:
    confident, torn = [math.log(9), 0.0], [0.0, 0.0]
    logits = torch.tensor([confident, confident, confident, torn])
    assert correct(logits, torch.tensor([0, 1, NO_DIGIT, NO_DIGIT])).tolist() == [
        True, False, False, True,
    ]  # fmt: skip
