"""Initialisers draw from Keras's distributions, the same numbers on every machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ziffern.layers.call import Call
from ziffern.layers.initializers import FORGET_ONES, Initializer, fans, initializer_from

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "keras_layers.npz", allow_pickle=False)
CASES = sorted(name for name in GOLDEN.files if name.endswith("/initializer"))


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(7))


@pytest.mark.parametrize("case", CASES)
def test_same_distribution_as_keras(case: str) -> None:
    keras: dict[str, Any] = json.loads(str(GOLDEN[case]))
    drawn = initializer_from(keras["name"]).draw(tuple(keras["shape"]), rng())
    assert drawn.shape == tuple(keras["shape"])
    assert drawn.dtype == np.float32
    assert drawn.flags.c_contiguous
    std = float(drawn.std(dtype=np.float64))
    assert std == pytest.approx(keras["std"], rel=0.02, abs=1e-12)
    # two means of so many draws lie this near each other
    tolerance = 6 * keras["std"] / drawn.size**0.5 + 1e-7
    assert float(drawn.mean(dtype=np.float64)) == pytest.approx(keras["mean"], abs=tolerance)
    # hard limits agree closely; the tails of a normal distribution by chance only
    loose = keras["name"] in ("random_normal", "orthogonal")
    for ours, theirs in ((drawn.min(), keras["min"]), (drawn.max(), keras["max"])):
        assert float(ours) == pytest.approx(theirs, rel=0.4 if loose else 0.01)


@pytest.mark.parametrize("shape", [(40, 25), (25, 40), (3, 3, 4, 16)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    drawn = Initializer("orthogonal", (("gain", 2.0),)).draw(shape, rng()).reshape(-1, shape[-1])
    small = drawn.T @ drawn if drawn.shape[0] >= drawn.shape[1] else drawn @ drawn.T
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_identity_passes_its_input_on() -> None:
    identity = initializer_from("identity")
    np.testing.assert_array_equal(identity.draw((3, 4), rng()), np.eye(3, 4))
    kernel = identity.draw((3, 3, 2, 2), rng())
    np.testing.assert_array_equal(kernel[1, 1], np.eye(2))
    assert kernel.sum() == 2


def test_constants() -> None:
    assert initializer_from("zeros").draw((3,), rng()).tolist() == [0, 0, 0]
    assert initializer_from("ones").draw((3,), rng()).tolist() == [1, 1, 1]
    assert initializer_from(Call("Constant", (2,))).draw((3,), rng()).tolist() == [2, 2, 2]
    assert FORGET_ONES.draw((8,), rng()).tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_arguments_are_used() -> None:
    normal = initializer_from(Call("RandomNormal", (), {"mean": 3, "stddev": 0.5, "seed": 1}))
    drawn = normal.draw((100, 100), rng())
    assert drawn.mean() == pytest.approx(3, abs=0.05)
    assert drawn.std() == pytest.approx(0.5, rel=0.05)
    uniform = initializer_from(Call("RandomUniform", (1, 2))).draw((1000,), rng())
    assert uniform.min() >= 1
    assert uniform.max() <= 2
    truncated = initializer_from(Call("truncated_normal", (), {"stddev": 0.5}))
    assert np.abs(truncated.draw((10_000,), rng())).max() <= 1


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("he_normal", "he_normal"),
        ("HeNormal", "he_normal"),
        ("GlorotUniform", "glorot_uniform"),
        ("normal", "random_normal"),
        ("uniform", "random_uniform"),
        ("zero", "zeros"),
        ("one", "ones"),
        (Call("LecunNormal", (), {"seed": 3}), "lecun_normal"),
        (Initializer("zeros"), "zeros"),
    ],
)
def test_kerass_names(given: Any, name: str) -> None:
    assert initializer_from(given) == Initializer(name)


def test_every_initialiser_of_keras_but_one(signatures: dict[str, Any]) -> None:
    for name, arguments in signatures["initializers"].items():
        if name == "VarianceScaling":  # Glorot's, He's and LeCun's are its usual forms
            continue
        # axes are for weights of other layouts
        given = {key: value for key, *value in arguments if not key.endswith("_axes")}
        defaults = {key: value[0] for key, value in given.items() if value}
        assert initializer_from(Call(name, (), defaults)) == initializer_from(name)
        assert initializer_from(name).arguments == (), "Keras's defaults are ours"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("he_norml", "unknown initialiser 'he_norml': did you mean 'he_normal'"),
        ("forget_ones", "unknown initialiser 'forget_ones'"),
        (3, "expected an initialiser such as 'glorot_uniform'"),
        (None, "expected an initialiser"),
        (Call("zeros", (1, 2)), "zeros takes 1 argument "),
        (Call("Constant", ("x",)), "Constant: value='x': expected a number"),
        (Call("Constant", (True,)), "expected a number"),
        (Call("Constant", (float("inf"),)), "expected a number"),
        (Call("Constant", (float("nan"),)), "expected a number"),
        (Call("Constant", (10**400,)), "expected a number"),
        (Call("RandomNormal", (0, -1)), "stddev=-1: expected at least 0"),
        (Call("RandomUniform", (1, 0)), "minval is above maxval"),
        (Call("HeNormal", (), {"gain": 2}), "HeNormal has no argument 'gain'"),
    ],
)
def test_mistakes(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        initializer_from(given)


def test_what_cannot_fill_a_vector() -> None:
    for name in ("orthogonal", "identity"):
        with pytest.raises(ValueError, match=f"{name} is for weights of at least two dimensions"):
            Initializer(name).check((3,))
    Initializer("zeros").check((3,))


def test_as_a_recipe_spells_it() -> None:
    assert str(Initializer("he_normal")) == "'he_normal'"
    call = Call("RandomNormal", (), {"stddev": 0.1, "mean": 0})
    assert str(initializer_from(call)) == "random_normal(stddev=0.1)"


def test_fans() -> None:
    assert fans((3, 3, 32, 64)) == (288, 576)
    assert fans((784, 10)) == (784, 10)
    assert fans((5,)) == (5, 5)
    assert fans(()) == (1, 1)
