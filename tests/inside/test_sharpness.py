from __future__ import annotations

import numpy as np
import pytest
import torch
from made_models import made_model

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.inside import sharpness as module
from ziffern.inside.sharpness import DRAWS, ITERATIONS, RADIUS, sharpness


@pytest.fixture(scope="module")
def part() -> datasets.Part:
    whole = datasets.load("mnist").train
    return datasets.Part(whole.images[:60], whole.labels[:60])


class Bowl:
    """Stands in for the weights: a loss with the curvatures given."""

    def __init__(self, *curvatures: float) -> None:
        self.curvatures = torch.tensor(curvatures)
        self.centre = torch.zeros(len(curvatures))

    def __len__(self) -> int:
        return len(self.curvatures)

    def curvature(self, direction: torch.Tensor) -> torch.Tensor:
        return self.curvatures * direction

    def loss(self, point: torch.Tensor) -> float:
        return 1 + float((self.curvatures * point.square()).sum() / 2)

    def filter_direction(self, random: torch.Generator) -> torch.Tensor:
        return torch.ones(len(self))


def test_eigenvalue_of_a_softmax_regression_is_known(part: datasets.Part) -> None:
    """Of one picture it is that of (diag(p) − ppᵀ) times the length of the input, squared."""
    model = made_model("Flatten()\nDense(10)")
    images, labels = part.images[:1], part.labels[:1]
    p = model.predict(images)[0].astype(np.float64)
    largest = np.linalg.eigvalsh(np.diag(p) - np.outer(p, p))[-1]
    length = ((images / 255) ** 2).sum() + 1  # and 1 for the bias
    found = sharpness(model, images, labels)
    assert found.eigenvalue == pytest.approx(largest * length, rel=0.01)
    assert found.pictures == 1


@pytest.mark.parametrize(
    ("curvatures", "largest"),
    [((3.0, 1.0, -2.0), 3), ((3.0, 1.0, -9.0), 3), ((-5.0, -1.0, -2.0), -1), ((0.0, 0.0, 0.0), 0)],
)
def test_the_largest_eigenvalue_is_found_beside_larger_negative_ones(
    curvatures: tuple[float, ...],
    largest: float,
    monkeypatch: pytest.MonkeyPatch,
    part: datasets.Part,
) -> None:
    monkeypatch.setattr(module, "WeightSpace", lambda *_: Bowl(*curvatures))
    found = sharpness(made_model(), part.images, part.labels)
    assert found.eigenvalue == pytest.approx(largest, abs=0.1)


def test_the_rise_is_that_of_the_steps(
    monkeypatch: pytest.MonkeyPatch, part: datasets.Part
) -> None:
    monkeypatch.setattr(module, "WeightSpace", lambda *_: Bowl(4.0, 2.0))
    found = sharpness(made_model(), part.images, part.labels, radius=0.5)
    assert (found.loss, found.rise, found.spread, found.radius) == (1, 0.5**2 * 3, 0, 0.5)


def test_of_a_network(part: datasets.Part) -> None:
    model, told = made_model(), []
    found = sharpness(model, part.images, part.labels, progress=lambda *at: told.append(at))
    assert found.eigenvalue > 0
    assert found.spread > 0
    assert found.radius == RADIUS
    wider = sharpness(model, part.images, part.labels, radius=3 * RADIUS)
    assert wider.rise > found.rise
    assert wider.eigenvalue == found.eigenvalue
    assert told[-1] == (ITERATIONS + DRAWS, ITERATIONS + DRAWS)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("options", [{"radius": 0}, {"radius": np.nan}, {"draws": 1}])
def test_what_cannot_be_measured(options: dict[str, float], part: datasets.Part) -> None:
    with pytest.raises(InputError, match="give a radius above 0 and 2 draws or more"):
        sharpness(made_model(), part.images, part.labels, **options)
