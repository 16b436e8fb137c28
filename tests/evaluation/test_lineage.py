"""What a model has learnt from, with what the models before it had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_runs import made, model

from ziffern import modelfile, shipped
from ziffern.errors import InputError
from ziffern.evaluation.calibrate import calibrate
from ziffern.evaluation.hands import judge
from ziffern.evaluation.lineage import learnt_from, named
from ziffern.runs import Run

pytestmark = pytest.mark.usefixtures("in_tmp")
UNIVERSAL = {"mnist", "swiss", "usps", "optdigits", "fonts", "drawn"}


def tuned(name: str, start: str, dataset: str) -> Run:
    run = made(name, dataset={"name": dataset})
    run.update_info(start=start)
    return run


def test_names() -> None:
    assert named("mnist") == {"mnist"}
    assert named("mnist+3xswiss") == {"mnist", "swiss"}
    assert named("Anna + Ben") == {"Anna + Ben"}


def test_a_run_a_model_and_what_tells_nothing(tmp_path: Path) -> None:
    assert learnt_from(made().path) == {"mnist"}
    assert learnt_from(shipped.folder("universal")) == UNIVERSAL
    assert learnt_from(tmp_path / "foreign.onnx") == set()
    modelfile.save(tmp_path / "alone", model())
    assert learnt_from(tmp_path / "alone") == set()


def test_all_models_before_count(tmp_path: Path) -> None:
    first = tuned("first", "universal", "own")
    second = tuned("second", first.name, "theirs")
    third = tuned("third", str(second.path.resolve()), "2xmine+ours")
    assert learnt_from(third.path) == {"mine", "ours", "theirs", "own", *UNIVERSAL}
    both = made("both", dataset={"name": "usps"})
    members = [{"run": run.name, "recipe": "x", "seed": 0} for run in (first, third)]
    both.update_info(members=members)
    assert learnt_from(both.path) == {"mine", "ours", "theirs", "own", *UNIVERSAL}
    shutil.rmtree(second.path)
    assert learnt_from(third.path) == {"mine", "ours"}


def test_a_name_that_has_come_to_mean_the_run_itself_ends() -> None:
    assert learnt_from(tuned("loop", "latest", "own").path) == {"own"}


def test_fine_tuned_runs_are_not_judged_or_calibrated_on_what_came_before() -> None:
    run = tuned("fine", "flagship", "own")
    with pytest.raises(InputError, match=r"learnt from mnist; evaluate it on its test part"):
        judge(run, on=["mnist"], split="all")
    with pytest.raises(InputError, match="has learnt from mnist: answers to its own training"):
        calibrate(run, on="mnist")
