"""Batches: what an epoch goes through, with and without a focus on hard pictures."""

from __future__ import annotations

import torch
from small_training import digits, small_recipe

from ziffern.contract import Contract
from ziffern.training.batches import TrainingBatches

PLAIN = {"augment.rotation": 0, "augment.shift": 0}


def made(count: int = 320, **focus: float) -> TrainingBatches:
    recipe = small_recipe(**{**PLAIN, **({"train.focus": focus} if focus else {})})
    return TrainingBatches(*digits(count), Contract(), torch.device("cpu"), recipe)


def gone_through(batches: TrainingBatches, epoch: int) -> list[int]:
    """Return which pictures an epoch shows, in order."""
    places = {picture.numpy().tobytes(): index for index, picture in enumerate(batches.images)}
    return [
        places[(picture * 255).round().to(torch.uint8).squeeze(-1).numpy().tobytes()]
        for pictures, _ in batches.epoch(epoch)
        for picture in pictures
    ]


def test_without_a_focus_every_epoch_shows_all_in_another_order() -> None:
    batches = made()
    first, second = gone_through(batches, 1), gone_through(batches, 2)
    assert sorted(first) == sorted(second) == list(range(320))
    assert first != second
    assert batches.steps(1) == batches.steps(2) == 10
    assert batches.losses is None


def test_a_focus_shows_the_hardest_and_draws_the_rest_by_lot() -> None:
    batches = made(share=0.5, hardest=0.5)
    assert sorted(gone_through(batches, 1)) == list(range(320))
    assert batches.losses is not None
    hard = set(range(0, 320, 4))  # a quarter of all, half of what an epoch shows
    batches.losses.copy_(torch.tensor([5.0 if i in hard else i / 320 for i in range(320)]))
    second, third = gone_through(batches, 2), gone_through(batches, 3)
    for shown in (second, third):
        assert len(shown) == len(set(shown)) == batches.pictures(2) == 160
        assert hard <= set(shown)
        assert shown[:80] != sorted(shown[:80])
        assert len(hard & set(shown[:80])) not in (0, 80)  # mixed
    assert set(second) != set(third)
    assert second == gone_through(batches, 2)


def test_what_a_batch_has_cost_is_kept_for_its_pictures() -> None:
    batches = made(share=0.5)
    order = gone_through(batches, 1)
    for number, (_, labels) in enumerate(batches.epoch(1)):
        batches.learnt(torch.full((len(labels),), float(number)))
    assert batches.losses is not None
    assert batches.losses[order].tolist() == [float(place // 32) for place in range(320)]


def test_a_share_is_never_less_than_a_batch_nor_more_than_all() -> None:
    assert made(share=0.001).pictures(2) == 32
    assert made(count=20, share=0.001).pictures(2) == 20
    assert made(share=1.0, hardest=0.0).pictures(2) == 320


def test_steps_count_with_the_smaller_epochs() -> None:
    batches = made(share=0.25)
    assert [batches.steps(epoch) for epoch in (1, 2, 3)] == [10, 3, 3]  # 80 pictures: 32, 32, 16
