"""Ensembles answer as their vote says, each member under its own contract; loading them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from made_runs import model

from ziffern import datasets, ensemblefile, modelfile
from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.ensemblefile import SavedEnsemble
from ziffern.errors import InputError, RunError
from ziffern.evaluation import ensemble
from ziffern.evaluation.ensemble import Ensemble
from ziffern.evaluation.model import Model
from ziffern.exchange.onnx import softmax
from ziffern.states import Thresholds

ONE = model(0, "one")
OTHER = model(1, "other", contract=Contract("raw"), copies=Copies(4))


@pytest.fixture
def digits() -> np.ndarray:
    return datasets.load("mnist").train.images[:150]


def loaded(folder: Path, vote: ensemblefile.Vote = "mean", **options: str) -> Ensemble:
    ensemblefile.save(folder, SavedEnsemble("both", (ONE, OTHER), vote))
    found = ensemble.load(folder, **options)
    assert isinstance(found, Ensemble)
    return found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "tensorflow"}, "unknown engine 'tensorflow'"),
        ({"engine": "onnxruntime", "precision": "bfloat16"}, "computes in float32 on the CPU"),
        ({"engine": "onnxruntime", "on": "cuda"}, "computes in float32 on the CPU"),
    ],
)
def test_an_engine_that_cannot_is_refused_as_for_one_network(
    tmp_path: Path, options: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        loaded(tmp_path, **options)


def test_the_mean_of_probabilities_or_of_logits(tmp_path: Path, digits: np.ndarray) -> None:
    one, other = (Model(each, precision="float32") for each in (ONE, OTHER))
    found = loaded(tmp_path, precision="float32").predict(digits)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, (one.predict(digits) + other.predict(digits)) / 2, atol=1e-6)
    expected = softmax((one.logits(digits) + other.logits(digits)) / 2)
    found = loaded(tmp_path, "logits", precision="float32").predict(digits)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("vote", ["mean", "logits"])
def test_the_temperature_makes_probabilities_and_leaves_logits(
    tmp_path: Path, digits: np.ndarray, vote: ensemblefile.Vote
) -> None:
    cold = loaded(tmp_path / "cold", vote, precision="float32")
    warm = SavedEnsemble("both", (ONE, OTHER), vote, {}, 2.0, Thresholds(0.9, 0.2))
    ensemblefile.save(tmp_path, warm)
    for engine in ("torch", "onnxruntime"):
        found = ensemble.load(tmp_path, precision="float32", engine=engine)
        assert (found.temperature, found.thresholds) == (2.0, Thresholds(0.9, 0.2))
        np.testing.assert_allclose(found.logits(digits), cold.logits(digits), atol=1e-5)
        roots = np.sqrt(cold.predict(digits))
        expected = roots / roots.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found.predict(digits), expected, atol=1e-5)


@pytest.mark.parametrize("vote", ["mean", "logits"])
def test_members_with_a_background_class_leave_it_its_share(
    tmp_path: Path, digits: np.ndarray, vote: ensemblefile.Vote
) -> None:
    both = [
        dataclasses.replace(each, background_class=True, temperature=1.5)
        for each in (ONE, model(1, "unit"))
    ]
    one, other = (Model(each, precision="float32") for each in both)
    ensemblefile.save(tmp_path, SavedEnsemble("both", tuple(both), vote))
    found = ensemble.load(tmp_path, precision="float32")
    assert found.background_class
    expected = (one.predict(digits) + other.predict(digits)) / 2
    if vote == "logits":
        mean = (one.logits(digits) + other.logits(digits)) / 2
        expected = softmax(mean, background_class=True)
    assert expected.sum(axis=1).min() < 0.99
    np.testing.assert_allclose(found.predict(digits), expected, rtol=1e-3, atol=1e-5)
    # where one of them knows nothing of it, the ensemble does not either
    mixed = SavedEnsemble("both", (both[0], OTHER), vote)
    ensemblefile.save(tmp_path, mixed)
    found = ensemble.load(tmp_path, precision="float32")
    assert not found.background_class
    np.testing.assert_allclose(found.predict(digits).sum(axis=1), 1, atol=1e-5)


def test_what_an_ensemble_says_of_itself(tmp_path: Path, digits: np.ndarray) -> None:
    found = loaded(tmp_path, precision="float32")
    cost = ONE.network.multiply_adds
    assert (found.name, found.class_names) == ("both", tuple("0123456789"))
    assert found.parameters == 2 * 170
    assert (found.averaging, found.multiply_adds) == (5, 6 * cost)
    assert (found.alone.averaging, found.alone.multiply_adds) == (1, 2 * cost)
    without = Model(dataclasses.replace(OTHER, copies=Copies()), precision="float32").predict(
        digits
    )
    expected = (Model(ONE, precision="float32").predict(digits) + without) / 2
    np.testing.assert_allclose(found.alone.predict(digits), expected, atol=1e-6)
    alone = ensemble.load(tmp_path, averaging=False, precision="float32")
    np.testing.assert_array_equal(alone.predict(digits), found.alone.predict(digits))
    assert "<li>one</li><li>other</li>" in found._repr_html_()


def test_onnx_runtime_gives_the_same_answers(tmp_path: Path, digits: np.ndarray) -> None:
    light = loaded(tmp_path, engine="onnxruntime")
    torch = loaded(tmp_path, engine="torch", precision="float32")
    assert type(light.members[0]) is not type(torch.members[0])
    np.testing.assert_allclose(light.predict(digits), torch.predict(digits), atol=1e-5)


def test_single_networks_load_as_before(tmp_path: Path, digits: np.ndarray) -> None:
    modelfile.save(tmp_path, ONE)
    found = ensemble.load(tmp_path, precision="float32")
    assert isinstance(found, Model)
    with pytest.raises(RunError, match="no run 'nothing'"):
        ensemble.load("nothing", runs=tmp_path)


def test_pictures_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected uint8 pictures"):
        loaded(tmp_path).predict(np.zeros((3, 28, 28)))
