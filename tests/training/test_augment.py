"""Augmentation: sign conventions, ranges, seeds, and what stays untouched."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ziffern.augmentation import Augmentation
from ziffern.errors import InputError
from ziffern.settings import fill
from ziffern.training.augment import affine, augment, elastic, enlarge, warp

EVERYTHING = Augmentation(rotation=30, zoom=0.2, shift=0.1, shear=20, elastic=1.5)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def dot(x: int, y: int, size: int = 29) -> Tensor:
    """A black picture with a white pixel, `x` right of and `y` below the middle."""
    picture = torch.zeros(1, 1, size, size)
    picture[0, 0, size // 2 + y, size // 2 + x] = 255.0
    return picture


def where(picture: Tensor) -> tuple[float, float]:
    """Centre of mass, right of and below the middle."""
    size = picture.shape[-1]
    places = torch.arange(size) - (size - 1) / 2
    ink = picture[0, 0]
    x = float((ink.sum(0) * places).sum() / ink.sum())
    y = float((ink.sum(1) * places).sum() / ink.sum())
    return x, y


def one_map(**given: float) -> Tensor:
    usual = {
        "rotation": 0.0, "zoom_x": 1.0, "zoom_y": 1.0, "shear": 0.0, "shift_x": 0.0, "shift_y": 0.0,
    }  # fmt: skip
    return affine(**{key: torch.tensor([value]) for key, value in (usual | given).items()})


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({}, (6, 3), (6, 3)),
        ({"rotation": 90}, (6, 0), (0, -6)),  # counter-clockwise: right goes up
        ({"rotation": -90}, (6, 0), (0, 6)),
        ({"rotation": 180}, (6, 2), (-6, -2)),
        ({"rotation": 30}, (10, 0), (8.66, -5)),
        ({"zoom_x": 1.5}, (6, 4), (9, 4)),
        ({"zoom_y": 0.5}, (6, 4), (6, 2)),
        ({"shear": 45}, (0, -5), (5, -5)),  # the top leans to the right
        ({"shift_x": 3, "shift_y": -2}, (0, 0), (3, -2)),
        ({"rotation": 90, "zoom_x": 2}, (3, 0), (0, -6)),  # zoom comes before rotation
        ({"rotation": 90, "shift_x": 3}, (6, 0), (3, -6)),  # and shift after it
        ({"rotation": 90, "shear": 45}, (0, -4), (-4, -4)),  # shear before rotation
    ],
)
def test_affine_moves_a_known_pixel(
    given: dict[str, float], start: tuple[int, int], end: tuple[float, float]
) -> None:
    moved = warp(dot(*start), one_map(**given))
    assert where(moved) == pytest.approx(end, abs=0.3)


def test_a_square_turn_is_exact() -> None:
    picture = torch.rand(1, 1, 28, 28, generator=seeded()) * 255
    turned = warp(picture, one_map(rotation=90))
    torch.testing.assert_close(turned, torch.rot90(picture, 1, (2, 3)), rtol=0, atol=1e-2)


def test_pictures_need_not_be_square() -> None:
    picture = torch.zeros(1, 1, 21, 41)
    picture[0, 0, 10, 26] = 1.0
    turned = warp(picture, one_map(rotation=90))
    assert turned[0, 0, 4, 20] == pytest.approx(1.0, abs=1e-3)


def test_a_field_moves_the_place_looked_up() -> None:
    field = torch.zeros(1, 2, 29, 29)
    field[:, 0], field[:, 1] = 2.0, -1.0
    # looking two to the right moves the picture two to the left
    assert where(warp(dot(0, 0), one_map(), field)) == pytest.approx((-2, 1), abs=1e-3)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_nothing_to_do_returns_the_pictures_themselves(dtype: torch.dtype) -> None:
    images = torch.zeros(3, 1, 28, 28, dtype=dtype)
    assert augment(images, Augmentation(enlarge=2, elastic_sigma=3), seeded()) is images


def test_range_and_form_stay() -> None:
    images = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8, generator=seeded())
    images = images.to(memory_format=torch.channels_last)
    out = augment(images, EVERYTHING, seeded())
    assert (out.shape, out.dtype) == (images.shape, torch.float32)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert out.min() >= 0
    assert out.max() <= 255.001
    assert not torch.equal(out[0], out[1])
    torch.testing.assert_close(out, augment(images.float(), EVERYTHING, seeded()))


def test_black_stays_black_and_white_inside_stays_white() -> None:
    gentle = Augmentation(rotation=10, zoom=0.1, shear=5, elastic=1)
    assert augment(torch.zeros(9, 1, 28, 28), gentle, seeded()).abs().max() == 0
    white = augment(torch.full((9, 1, 28, 28), 255.0), gentle, seeded())
    torch.testing.assert_close(white[:, :, 9:19, 9:19], torch.full((9, 1, 10, 10), 255.0))


@pytest.mark.parametrize("record", [EVERYTHING, Augmentation(rotation=10, shift=0.1)])
def test_the_seed_decides_and_threads_do_not(record: Augmentation) -> None:
    images = torch.rand(300, 1, 28, 28, generator=seeded(1))
    first = augment(images, record, seeded(5))
    assert torch.equal(first, augment(images, record, seeded(5)))
    assert not torch.equal(first, augment(images, record, seeded(6)))
    threads = torch.get_num_threads()
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            assert torch.equal(first, augment(images, record, seeded(5)))
    finally:
        torch.set_num_threads(threads)


def test_reduced_precision_around_it_changes_nothing() -> None:
    images = torch.rand(8, 1, 28, 28, generator=seeded(1))
    with torch.autocast("cpu", torch.bfloat16):
        mixed = augment(images, EVERYTHING, seeded())
    assert torch.equal(mixed, augment(images, EVERYTHING, seeded()))


@pytest.mark.parametrize(
    ("record", "limit"),
    [
        (Augmentation(shift=0.1), 2.8),
        (Augmentation(shift=0.25), 7.0),
    ],
)
def test_shifts_fill_their_range_evenly(record: Augmentation, limit: float) -> None:
    out = augment(dot(0, 0, 28).expand(2000, 1, 28, 28), record, seeded())
    start = where(dot(0, 0, 28))
    found = np.array([where(picture[None]) for picture in out]) - start
    assert np.abs(found).max() <= limit + 1e-3
    assert np.abs(found).max() > 0.98 * limit
    np.testing.assert_allclose(found.mean(0), 0, atol=0.05 * limit)
    np.testing.assert_allclose(found.std(0), limit / 3**0.5, rtol=0.05)
    assert abs(np.corrcoef(*found.T).min()) < 0.1


def test_zoom_keeps_the_aspect_where_asked() -> None:
    bar = torch.zeros(200, 1, 29, 29)
    bar[:, :, 8:21, 8:21] = 1.0

    def sides(record: Augmentation) -> tuple[Tensor, Tensor]:
        out = augment(bar, record, seeded())[:, 0]
        return out[:, 14, :].sum(1), out[:, :, 14].sum(1)

    wide, tall = sides(Augmentation(zoom=0.2))
    assert (wide - tall).abs().max() > 2
    assert 0.8 * 13 - 0.1 <= wide.min() < wide.max() <= 1.2 * 13 + 0.1
    wide, tall = sides(Augmentation(zoom=0.2, keep_aspect=True))
    torch.testing.assert_close(wide, tall)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.0, 8.0])
def test_elastic_fields_are_as_strong_and_smooth_as_said(sigma: float) -> None:
    field = elastic(3000, 28, 28, sigma, seeded())
    assert field.shape == (3000, 2, 28, 28)
    torch.testing.assert_close(field.std(0).mean(), torch.tensor(1.0), rtol=0.03, atol=0)
    assert field.mean(0).abs().max() < 0.1
    # blurred white noise: correlation exp(−d² / 4σ²) at distance d
    for distance in (1, 3, 6):
        found = (field[:, 0, 14, 10] * field[:, 0, 14, 10 + distance]).mean()
        assert float(found) == pytest.approx(np.exp(-(distance**2) / (4 * sigma**2)), abs=0.08)
    assert (field[:, 0, 14, 14] * field[:, 1, 14, 14]).mean().abs() < 0.08


def test_enlarge_adds_four_shifted_copies() -> None:
    images = torch.randint(1, 256, (2, 6, 6), dtype=torch.uint8, generator=seeded())
    labels = torch.tensor([3, 7])
    more, named = enlarge(images, labels, 2)
    assert (more.shape, more.dtype) == ((10, 6, 6), torch.uint8)
    assert named.tolist() == [3, 7] * 5
    own, up, down, left, right = more.view(5, 2, 6, 6)
    assert torch.equal(own, images)
    assert torch.equal(up[:, :4], images[:, 2:])
    assert torch.equal(down[:, 2:], images[:, :4])
    assert torch.equal(left[..., :4], images[..., 2:])
    assert torch.equal(right[..., 2:], images[..., :4])
    assert not up[:, 4:].any()
    assert not down[:, :2].any()
    assert not left[..., 4:].any()
    assert not right[..., :2].any()
    same, _ = enlarge(images, labels, 0)
    assert same is images


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rotation": -10}, "augment: rotation=-10: expected a number of at least 0 and at most"),
        ({"zoom": 1}, "zoom=1: expected a number of at least 0 and below 1"),
        ({"enlarge": 0.5}, "enlarge=0.5: expected a whole number"),
        ({"rotate": 10}, "augment: unknown argument 'rotate': did you mean 'rotation'"),
    ],
)
def test_mistakes(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fill(Augmentation, arguments)
