from __future__ import annotations

import numpy as np
import pytest
from made_models import NORMALISED, made_model

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.inside.landscape import MARGIN, path_surface, random_surface
from ziffern.inside.weight_space import WeightSpace
from ziffern.layers import Weights


@pytest.fixture(scope="module")
def part() -> datasets.Part:
    whole = datasets.load("mnist").train
    return datasets.Part(whole.images[:60], whole.labels[:60])


def along(weights: Weights, steps: list[tuple[float, float]]) -> dict[int, Weights]:
    """Make epochs that move in a plane: by two directions of length 1 that stand upright."""
    found = {}
    for epoch, (first, second) in enumerate(steps):
        moved = {name: array.copy() for name, array in weights.items()}
        moved["dense/kernel"][400, 2] += first
        moved["dense/kernel"][401, 5] += second
        found[epoch] = moved
    return found


def test_the_trained_weights_are_the_middle_of_a_random_surface(part: datasets.Part) -> None:
    model = made_model(NORMALISED)
    told: list[tuple[int, int]] = []
    surface = random_surface(
        model, part.images, part.labels, reach=0.5, steps=5, progress=lambda *at: told.append(at)
    )
    assert surface.x.tolist() == surface.y.tolist() == [-0.5, -0.25, 0, 0.25, 0.5]
    space = WeightSpace(model, part.images, part.labels)
    assert surface.loss.shape == (5, 5)
    assert surface.loss[2, 2] == surface.centre == space.loss(space.centre)
    assert len(np.unique(surface.loss)) == 25
    assert told == [(point, 25) for point in range(1, 26)]
    assert (surface.pictures, surface.path) == (60, None)


def test_the_seed_decides_the_directions(part: datasets.Part) -> None:
    model = made_model()
    losses = [
        random_surface(model, part.images, part.labels, seed=seed, steps=3).loss
        for seed in (4, 4, 5)
    ]
    np.testing.assert_array_equal(losses[0], losses[1])
    assert (losses[0] != losses[2]).any()


def test_a_path_in_a_plane_is_found_whole(part: datasets.Part) -> None:
    model = made_model("Flatten()\nDense(10)")
    steps = [(9.0, 0.0), (5.0, 3.0), (2.0, 2.0), (0.0, 0.0)]
    snapshots = along(model.saved.weights, steps)
    surface = path_surface(model, snapshots, part.images, part.labels, steps=9)
    path = surface.path
    assert path is not None
    assert path.epochs.tolist() == [0, 1, 2, 3]
    # distances from the trained weights are kept, and more movement lies in the first direction
    np.testing.assert_allclose(
        np.linalg.norm(path.points, axis=1), np.linalg.norm(steps, axis=1), atol=1e-4
    )
    assert sum(path.shares) == pytest.approx(1)
    assert path.shares[0] > 0.8
    assert path.points[0, 0] > 0, "the start lies at the right"
    # all of the path and the trained weights are seen, with a margin
    for axis, values in enumerate((surface.x, surface.y)):
        low, high = path.points[:, axis].min(), path.points[:, axis].max()
        assert values[0] == pytest.approx(low - MARGIN * (high - low))
        assert values[-1] == pytest.approx(high + MARGIN * (high - low))


def test_losses_of_a_path_are_those_of_its_weights(part: datasets.Part) -> None:
    """Epochs at three corners of a square: all its corners are in the plane."""
    model = made_model("Flatten()\nDense(10)")
    snapshots = along(model.saved.weights, [(4.0, 0.0), (0.0, 4.0), (0.0, 0.0)])
    surface = path_surface(model, snapshots, part.images, part.labels, steps=41)
    space = WeightSpace(model, part.images, part.labels)
    assert surface.path is not None
    for point, weights in zip(surface.path.points, snapshots.values(), strict=True):
        column, row = (
            np.abs(values - at).argmin()
            for values, at in zip((surface.x, surface.y), point, strict=True)
        )
        expected = space.loss(space.vector(weights))
        assert surface.loss[row, column] == pytest.approx(expected, rel=0.02)


def test_what_has_no_surface(part: datasets.Part) -> None:
    model = made_model("Flatten()\nDense(10)")
    for reach in (0, -1, np.inf, np.nan):
        with pytest.raises(InputError, match="cannot be: give one above 0"):
            random_surface(model, part.images, part.labels, reach=reach)
    with pytest.raises(InputError, match="at least 2 points along each direction, not 1"):
        random_surface(model, part.images, part.labels, steps=1)
    weights = model.saved.weights
    with pytest.raises(InputError, match=r"2 epochs span no plane: .* at least 3"):
        path_surface(model, {0: weights, 1: weights}, part.images, part.labels)
    for steps in ([(0.0, 0.0)] * 4, [(3.0, 0.0), (1.0, 0.0), (0.5, 0.0), (0.0, 0.0)]):
        with pytest.raises(InputError, match="span no plane: their weights hardly differ"):
            path_surface(model, along(weights, steps), part.images, part.labels)
