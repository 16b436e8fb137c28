"""The cost of an answer, held against PyTorch's own and against the formula."""

import math

import pytest
import torch
from torch.nn import functional

from ziffern.classes import NO_DIGIT
from ziffern.training.loss import correct, losses

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


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_background_class_is_one_more_whose_logit_is_zero(smoothing: float) -> None:
    labels = torch.tensor([0, 3, NO_DIGIT, 9, NO_DIGIT, 1])
    eleven = torch.cat([LOGITS, torch.zeros(6, 1)], dim=1)
    expected = functional.cross_entropy(
        eleven, torch.where(labels == NO_DIGIT, 10, labels), label_smoothing=smoothing,
        reduction="none",
    )  # fmt: skip
    for nondigits in (True, False):  # it is one quick step in any case
        found = losses(
            LOGITS, labels, smoothing=smoothing, nondigits=nondigits, background_class=True
        )
        torch.testing.assert_close(found, expected)


def test_with_it_no_digit_lowers_all_logits_and_a_digit_between_two_is_still_one() -> None:
    logits = torch.tensor([[4.0, 0.0, -3.0], [5.0, 5.0, -3.0]], requires_grad=True)
    labels = torch.tensor([NO_DIGIT, 0])
    losses(logits, labels, background_class=True).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad[0] > 0).all()
    assert logits.grad[1, 0] < -0.4  # the two are parted, their sum is left as it is
    assert logits.grad[1, :2].sum().item() == pytest.approx(0, abs=0.01)
    with torch.no_grad():
        right = correct(logits, labels, background_class=True)
        assert right.tolist() == [False, True]
        assert correct(-logits, labels, background_class=True).tolist() == [False, False]
        far = torch.full((1, 3), -4.0)
        assert correct(far, labels[:1], background_class=True).item()
        assert correct(far, labels[:1]).item()  # torn between three
