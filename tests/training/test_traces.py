"""Traces of pens and paper: each does what it says, in its range, and only where asked for."""

import pytest
import torch
from torch import Tensor

from ziffern.augmentation import Augmentation
from ziffern.errors import InputError
from ziffern.training.augment import augment
from ziffern.training.traces import soiled

KINDS = ("stroke", "blur", "contrast", "noise", "jpeg", "neighbours", "rules")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bars(count: int = 64) -> Tensor:
    """Grey upright bars of 4 pixels in the middle, a level one through some."""
    pictures = torch.zeros(count, 1, 28, 28)
    pictures[:, :, 4:24, 12:16] = 200.0
    pictures[::2, :, 20:24, 4:24] = 200.0
    return pictures


def only(**values: float) -> Augmentation:
    return Augmentation(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_each_changes_pictures_within_the_range_and_by_the_seed(kind: str) -> None:
    record = only(**{kind: 1.0})
    before = bars()
    after = soiled(before, record, seeded())
    assert after.shape == before.shape
    assert after.dtype == torch.float32
    assert 0 <= after.min() <= after.max() <= 255
    assert not torch.equal(after, before)
    assert torch.equal(before, bars())
    assert torch.equal(after, soiled(before, record, seeded()))
    assert not torch.equal(after, soiled(before, record, seeded(1)))


def test_strokes_gain_and_lose_up_to_that_many_pixels_at_each_edge() -> None:
    widths = soiled(bars(), only(stroke=1.0), seeded())[:, 0, 14].sum(dim=1) / 200
    assert 2 <= widths.min() < 2.3
    assert 5.7 < widths.max() <= 6


def test_blur_keeps_the_ink() -> None:
    after = soiled(bars(), only(blur=1.0), seeded())
    torch.testing.assert_close(after.sum((1, 2, 3)), bars().sum((1, 2, 3)))
    assert after[:, 0, 14, 11].max() > 30


def test_contrast_leaves_black_and_white() -> None:
    after = soiled(bars() / 200 * 255, only(contrast=0.5), seeded())
    torch.testing.assert_close(after, bars() / 200 * 255)
    grey = soiled(bars(), only(contrast=0.5), seeded())[:, 0, 14, 14] / 255
    assert grey.min() >= (200 / 255) ** torch.e**0.5 - 1e-3
    assert grey.max() <= (200 / 255) ** torch.e**-0.5 + 1e-3


def test_noise_has_the_deviation_asked_for() -> None:
    after = soiled(torch.full((200, 1, 28, 28), 128.0), only(noise=20), seeded())
    deviations = after.std(dim=(1, 2, 3))
    assert 17 < deviations.max() < 22
    assert deviations.min() < 2


def test_jpeg_moves_no_pixel_by_more_than_its_steps_allow_and_keeps_even_pictures() -> None:
    before = bars()
    small = soiled(before, only(jpeg=1.0), seeded())
    assert 0 < (small - before).abs().max() < 4 * 8 / 2
    even = torch.full((4, 1, 28, 28), 100.0)
    inner = soiled(even, only(jpeg=1.0), seeded())[:, :, :24, :24]
    assert (inner - 100).abs().max() < 0.1


def test_a_share_gets_neighbours_and_lines() -> None:
    for kind in ("neighbours", "rules"):
        after = soiled(bars(2000), only(**{kind: 0.3}), seeded())
        changed = (after != bars(2000)).flatten(1).any(dim=1)
        # half the neighbours have nothing at their sides
        assert 0.13 < changed.float().mean() < 0.32


def test_rules_are_left_or_leave_gaps() -> None:
    ink = torch.full((500, 1, 28, 28), 120.0)
    after = soiled(ink, only(rules=1.0), seeded()).flatten(1)
    darker, lighter = (after > 121).any(dim=1), (after < 119).any(dim=1)
    assert not (darker & lighter).any()
    assert 0.2 < darker.float().mean() < 0.65
    assert 0.3 < lighter.float().mean() < 0.5


def test_places_are_moved_first() -> None:
    record = Augmentation(rotation=10, stroke=0.5)
    moved = augment(bars(), Augmentation(rotation=10), seeded())
    after = augment(bars(), record, seeded())
    assert torch.equal((after > 250), torch.zeros_like(after, dtype=torch.bool))
    assert not torch.equal(after, moved)


def test_impossible_limits() -> None:
    with pytest.raises(InputError, match="stroke=2"):
        Augmentation(stroke=2)
    with pytest.raises(InputError, match=r"rules=1\.5"):
        Augmentation(rules=1.5)
