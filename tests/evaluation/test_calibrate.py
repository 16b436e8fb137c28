"""Calibrating a run: from digits it held out or another set's; kept whole, weights untouched."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_runs import made, model

from ziffern import datasets, ensemblefile, modelfile
from ziffern.ensemblefile import SavedEnsemble
from ziffern.errors import InputError, RunError
from ziffern.evaluation import calibrate as module
from ziffern.evaluation.calibrate import KEY, calibrate, judge
from ziffern.evaluation.ensemble import load
from ziffern.evaluation.rejection import false_accepts
from ziffern.runs import Run
from ziffern.states import Thresholds

pytestmark = pytest.mark.usefixtures("in_tmp")
PROMISE = 0.1  # what some hundred digits of a linear network can show


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "false_accepts", partial(false_accepts, each=3))
    monkeypatch.setattr(module, "NONDIGITS", 60)


@pytest.fixture
def run(linear: Any) -> Run:
    return made(saved=linear.saved())


def other_digits(folder: Path, count: int = 1000, classes: int = 10) -> Path:
    """Write digits that no run here has learnt from as a dataset of its own."""
    part = datasets.load("mnist", offline=True).test
    chosen = np.flatnonzero(part.labels < classes)[:count]
    path = folder / "others.npz"
    np.savez(path, x_train=part.images[chosen], y_train=part.labels[chosen],
             x_test=part.images[chosen][::4], y_test=part.labels[chosen][::4])  # fmt: skip
    return path


def test_what_is_found_is_kept_and_changes_probabilities_alone(run: Run) -> None:
    weights = (run.path / modelfile.WEIGHTS).read_bytes()
    digits = datasets.load("mnist").train.images[:50]
    before = load(run, precision="float32")
    done = calibrate(run, promise=PROMISE)
    after = load(run, precision="float32")
    assert (run.path / modelfile.WEIGHTS).read_bytes() == weights
    np.testing.assert_array_equal(after.logits(digits), before.logits(digits))
    assert after.temperature == done.judgement.temperature != 1
    assert after.thresholds == done.judgement.thresholds != Thresholds()
    assert abs(after.predict(digits) - before.predict(digits)).max() > 0.01
    np.testing.assert_array_equal(
        after.predict(digits).argmax(axis=1), before.predict(digits).argmax(axis=1)
    )
    seen = done.judgement.evidence
    assert seen.where == "the digits of mnist that it held out"
    assert (seen.chosen_on, seen.rejected.n) == (166, 334)
    assert seen.accepted is not None
    assert modelfile.read(run.path).facts[KEY] == seen.as_dict()
    assert {each.kind for each in done.others} >= {"drawings", "lying digits"}
    assert json.loads(json.dumps(done.as_dict()))["thresholds"]["sure"] == after.thresholds.sure
    # and once more gives the same
    assert calibrate(run, promise=PROMISE).judgement == done.judgement


def test_another_set_for_a_run_that_held_nothing_out(linear: Any, tmp_path: Path) -> None:
    run = made(saved=linear.saved(), dataset={"validation_size": 0})
    with pytest.raises(RunError, match=r"held out none .* such as --on usps, or train it again wi"):
        calibrate(run)
    path = other_digits(tmp_path)
    seen = calibrate(run, on=str(path), promise=PROMISE).judgement.evidence
    assert seen.where == "the training part of others"
    assert run.test_looks == 0
    with pytest.raises(InputError, match="has learnt from mnist: answers to its own training"):
        calibrate(run, on="mnist")
    few_classes = other_digits(tmp_path, classes=3)
    with pytest.raises(InputError, match="others has 3 classes, linear has 10"):
        calibrate(run, on=str(few_classes))


def test_a_promise_that_cannot_be_shown_leaves_the_model_as_it_was(run: Run) -> None:
    before = (run.path / modelfile.FACTS).read_bytes()
    with pytest.raises(InputError, match=r"at most 0.001 wrong .* promise less"):
        calibrate(run)
    assert (run.path / modelfile.FACTS).read_bytes() == before


def test_an_ensemble_is_calibrated_as_a_whole(linear: Any) -> None:
    run = made()
    members = (linear.saved(name="one"), linear.saved("raw", name="two"))
    ensemblefile.save(run.path, SavedEnsemble("both", members))
    run.update_info(members=[])
    done = calibrate(run, promise=PROMISE)
    saved = ensemblefile.read(run.path)
    assert saved.temperature == done.judgement.temperature
    assert saved.thresholds == done.judgement.thresholds
    assert [member.temperature for member in saved.members] == [1.0, 1.0]
    assert saved.facts[KEY]["promise"] == PROMISE


def test_judging_changes_nothing_and_counts_its_look(run: Run, tmp_path: Path) -> None:
    before = (run.path / modelfile.FACTS).read_bytes()
    found, others = judge(run)
    assert found.thresholds == Thresholds()
    assert "digits" not in {each.kind for each in others}
    assert run.test_looks == 0
    _, (digits, *_) = judge(run, on="mnist")
    assert (digits.kind, digits.n) == ("digits", 1000)
    assert run.test_looks == 1
    _, (digits, *_) = judge(run, on=str(other_digits(tmp_path)))
    assert digits.n == 250
    assert run.test_looks == 1
    assert run.metrics["test_looks_on"] == {"others": 1}
    assert (run.path / modelfile.FACTS).read_bytes() == before
    modelfile.save(tmp_path / "alone", model(0))
    _, (digits, *_) = judge(tmp_path / "alone", on="mnist")
    assert digits.n == 1000
