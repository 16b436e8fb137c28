"""Which runs are compared, in which groups, and what is refused."""

from __future__ import annotations

import json

import pytest
from made_runs import made, model

from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.evaluation.combine import ensemble
from ziffern.evaluation.comparable import compare
from ziffern.evaluation.evaluate import evaluate

pytestmark = pytest.mark.usefixtures("in_tmp")
SAME_SPLIT = {"data.split_seed": 0}


def test_seeds_of_a_recipe_are_a_group() -> None:
    for seed in range(3):
        made("quick", seed, wrong=range(10 + seed))
        made("marvin", seed, wrong=range(100, 130 + seed))
    made("marvin", 3).update_info(status="diverged")
    found = compare(["quick", "marvin"])
    assert [(group.name, group.size) for group in found.groups] == [("quick", 3), ("marvin", 3)]
    assert [run.info["seed"] for run, _ in found.runs[0]] == [0, 1, 2]
    assert (found.dataset, found.split, found.same_pictures) == ("mnist", "test", True)
    [pair] = found.pairs
    assert (pair.better, pair.test, pair.shown) == ("quick", "welch", True)
    table = json.loads(json.dumps(found.as_dict()))
    assert table["groups"][0]["mean"] == pytest.approx(0.989)
    assert table["groups"][0]["seconds_training"] == 2.0
    assert [run["correct"] for run in table["groups"][1]["runs"]] == [970, 969, 968]
    assert table["pairs"][0]["sentence"] == pair.sentence


def test_what_was_changed_makes_another_group_and_is_named() -> None:
    runs = [
        made("quick", 0, wrong=range(10)),
        made("quick", 1, changes={"train.epochs": 9, "title": "another title"}, wrong=range(12)),
        made("quick", 2, changes={"title": "title"}, wrong=range(11)),
        made("quick", 3, changes={"layers": "Flatten()\nDense(10)"}, wrong=range(9)),
    ]
    found = compare(runs)
    assert [(group.name, group.size) for group in found.groups] == [
        ("quick", 2),
        ("quick, train.epochs=9", 1),
        ("quick, other layers", 1),
    ]


def test_a_table_that_is_missing_is_named_once() -> None:
    runs = [
        made("quick", 0, changes={"ensemble.networks": 3}, wrong=range(10)),
        made("quick", 1, wrong=range(12)),
        made("quick", 2, changes={"ensemble.networks": 5}, wrong=range(12)),
    ]
    assert [group.name for group in compare(runs).groups] == [
        "quick",
        "quick, no ensemble",
        "quick, ensemble.networks=5",
    ]


def test_two_seeds_of_one_recipe_are_compared_as_networks() -> None:
    first, second = (made("quick", seed, wrong=range(9 + seed)) for seed in (0, 1))
    found = compare([first, second.name])
    assert [group.name for group in found.groups] == ["quick-s0", "quick-s1"]
    assert found.pairs[0].test == "mcnemar"
    made("quick", 2, wrong=range(9))
    found = compare(["quick"])  # three seeds: their spread, and nothing to compare
    assert [group.size for group in found.groups] == [3]
    assert not found.pairs


def test_a_part_of_a_name_is_one_run_and_a_recipes_name_all_of_them() -> None:
    for seed in (0, 1):
        made("quick", seed, wrong=range(9 + seed))
    made("marvin", 0, wrong=range(40))
    assert [group.size for group in compare(["quick-s1", "marvin"]).groups] == [1, 1]
    assert [group.size for group in compare(["quick", "marv"]).groups] == [2, 1]
    with pytest.raises(RunError, match="no run 'nothing'"):
        compare(["quick", "nothing"])


def test_ensembles_are_compared_like_runs() -> None:
    seeds = [made("quick", seed, changes=SAME_SPLIT, wrong=range(30)) for seed in (0, 1)]
    both = ensemble(seeds)
    evaluate(both)
    assert [group.name for group in compare([*seeds, both]).groups] == [
        "quick",
        "ensemble of 2 (quick)",
    ]
    for run in seeds:
        evaluate(run, split="validation")
    assert compare([*seeds, both], split="validation").same_pictures


def test_averaging_and_fine_tuning_are_told_apart() -> None:
    plain = made("quick", 0, wrong=range(10))
    averaging = made("quick", 1, changes={"predict.shifts": 4}, wrong=range(9))
    tuned = made("quick", 2, wrong=range(8))
    tuned.update_info(start="marvin-s0")
    found = compare([plain, averaging, tuned])
    assert [group.name for group in found.groups] == [
        "quick",
        "quick, predict.shifts=4",
        "quick, start=marvin-s0",
    ]


def test_validation_parts_that_differ() -> None:
    for seed in (0, 1):
        made("quick", seed, wrong=range(9 + seed), split="validation")
    made("marvin", 0, wrong=range(40), split="validation")
    # over seeds this compares: each has its own pictures, which is part of the spread
    found = compare(["quick", "marvin"], split="validation")
    assert not found.same_pictures
    assert found.pairs[0].test == "student"
    assert found.pairs[0].p_digits is None
    with pytest.raises(InputError) as caught:
        compare(["quick-s1", "marvin"], split="validation")
    assert "held out different pictures for validation" in str(caught.value)
    assert "--set data.split_seed" in str(caught.value)
    # marvin-s0 and quick-s0 held out the same
    assert compare(["quick-s0", "marvin"], split="validation").pairs[0].test == "mcnemar"


def test_a_run_that_was_not_evaluated_yet() -> None:
    made("quick", 0, wrong=range(9))
    sealed = made("marvin", 0)
    with pytest.raises(RunError) as caught:
        compare(["quick", "marvin"])
    assert str(caught.value) == (
        f"{sealed.name} has not been evaluated on the test set: ziffern evaluate {sealed.path} "
        "opens the test set, which counts as a look; or compare with --split validation"
    )
    with pytest.raises(RunError) as caught:
        compare(["quick", "marvin"], split="validation")
    assert "quick-s0, " in str(caught.value)
    assert " have not been evaluated on the validation set: ziffern evaluate " in str(caught.value)
    assert str(caught.value).endswith(" --split validation")
    none = made("lenet", 0, dataset={"validation_size": 0}, changes={"data.validation": 0})
    with pytest.raises(RunError, match=f"{none.name} has no validation set; compare with --split"):
        compare(["lenet", "marvin"], split="validation")


def test_runs_that_do_not_compare() -> None:
    one = made("quick", 0, wrong=range(9))
    twin = made("quick", 0, wrong=range(9))
    other_data = made("quick", 1, dataset={"sha256": "ab" * 32}, wrong=range(9))
    fashion = made("quick", 2, dataset={"name": "fashion-mnist", "sha256": "cd" * 32})
    framed = made("quick", 3, saved=model(contract=Contract(centre="frame")), wrong=range(9))
    for given, message in (
        ([], "comparing needs at least two runs, not 0"),
        ([one], "comparing needs at least two runs, not 1"),
        ([one, one.path], f"{one.name} is given twice; give each run once"),
        ([one, twin], f"{one.name} and {twin.name} are the same training, seed 0"),
        ([one, other_data], r"were trained on different data \(mnist \(sample\), SHA-256 "),
        ([one, fashion], r"different data .*, fashion-mnist \(sample\), SHA-256 cdcdcdcd"),
        ([one, framed], "want their pictures in different forms .*centre mass, .*centre frame"),
    ):
        with pytest.raises(InputError, match=message):
            compare(given)


def test_damaged_files_are_named() -> None:
    one, other = made("quick", 0, wrong=range(9)), made("marvin", 0, wrong=range(9))
    kept = other.path / "evaluations" / "mnist-test.npz"
    whole = kept.read_bytes()
    kept.write_bytes(whole[:200])
    with pytest.raises(RunError, match=r"mnist-test\.npz is damaged"):
        compare([one, other])
    kept.write_bytes(whole)
    (other.path / "model.json").write_text('{"format": 1}')
    with pytest.raises(RunError, match=r"model\.json is damaged: 'contract' is not an object"):
        compare([one, other])


def test_evaluations_of_other_pictures() -> None:
    one, other = made("quick", 0, wrong=range(9)), made("marvin", 0, wrong=range(9))
    from ziffern.evaluation.result import Evaluation

    path = other.path / "evaluations" / "mnist-test.npz"
    kept = Evaluation.load(path)
    Evaluation("mnist", "test", kept.class_names, kept.labels[:9], kept.probabilities[:9]).save(
        path
    )
    with pytest.raises(InputError, match=r"were evaluated on different pictures \(1,000 and 9\)"):
        compare([one, other])
