"""`ziffern runs list`, `show`, `best` and `curves`."""

from __future__ import annotations

import shutil
from pathlib import Path

from ziffern.runs import Run


def test_no_runs_yet(ziffern, in_tmp) -> None:
    assert ziffern("runs", "list").out == "no runs in runs; make one with: ziffern train quick\n"
    assert ziffern("runs", "list", "--json").json == {"runs": []}
    assert ziffern("runs", "best").out.startswith("no high score in runs yet; ")
    assert ziffern("runs", "best", "--json").json == {"best": {}}
    assert ziffern("runs", "show", "latest").mistake.startswith("no run 'latest': there are no ")


def test_list(ziffern, trained) -> None:
    ziffern("evaluate", "latest")
    head, line = ziffern("runs", "list").out.splitlines()
    assert head.split() == ["run", "status", "epochs", "time", "validation", "test", "looks"]
    name, status, epochs, _, unit, validation, test, looks = line.split()
    assert (name, status, epochs, unit, looks) == (trained.name, "finished", "5", "s", "1")
    assert validation.endswith("%")
    assert test.endswith("%")
    [found] = ziffern("runs", "list", "--json").json["runs"]
    assert (found["name"], found["path"]) == (trained.name, str(trained))
    assert (found["recipe"], found["seed"], found["test_looks"]) == ("quick", 0, 1)
    assert f"{found['test_accuracy']:.2%}" == test


def test_list_goes_on_past_damaged_runs(ziffern, trained) -> None:
    broken = Path("runs/20991231-000000-marvin-s0")
    broken.mkdir()
    torn = Path("runs/20991231-000001-marvin-s0")
    shutil.copytree(trained, torn)
    (torn / "metrics.json").write_text("{")
    result = ziffern("runs", "list")
    assert result.code == 0
    lines = result.out.splitlines()
    assert sum("damaged " in line for line in lines[:4]) == 2
    assert lines[4] == ""
    assert f"damaged: {broken}/run.json is missing" in lines
    assert any(line.startswith(f"damaged: {torn}/metrics.json is damaged: ") for line in lines)
    statuses = [run["status"] for run in ziffern("runs", "list", "--json").json["runs"]]
    assert sorted(statuses) == ["damaged", "damaged", "finished"]


def test_show(ziffern, trained) -> None:
    ziffern("evaluate", "latest")
    result = ziffern("runs", "show", "latest")
    facts = dict(line.split("  ", 1) for line in result.out.splitlines())
    assert list(facts) == [
        "run",
        "recipe",
        "status",
        "started",
        "data",
        "epochs",
        "training",
        "validation",
        "test",
        "test looks",
    ]
    assert facts["recipe"].strip() == "quick, seed 0"
    assert facts["data"].strip() == "mnist: sample in the package"
    assert facts["test"].endswith("n = 1,000")
    found = ziffern("runs", "show", "latest", "--json").json
    assert found.keys() >= {"path", "recipe", "seed", "status", "dataset", "metrics", "history"}
    assert len(found["history"]) == 5
    assert found["metrics"]["test_looks"] == 1


def test_show_of_figures_that_are_not_complete(ziffern, trained) -> None:
    Run(trained).update_metrics("validation", {"accuracy": 0.5})
    assert "validation  50.00%\n" in ziffern("runs", "show", "latest").out


def test_show_by_part_of_a_name(ziffern, trained) -> None:
    assert ziffern("runs", "show", "quick-s0", "--json").json["name"] == trained.name
    shutil.copytree(trained, f"runs/{trained.name}-2")
    mistake = ziffern("runs", "show", "quick").mistake
    assert mistake.startswith("'quick' fits 2 runs in runs: ")
    mistake = ziffern("runs", "show", "qick-s0").mistake
    assert "did you mean 'quick-s0'" in mistake


def test_best(ziffern, trained) -> None:
    head, line = ziffern("runs", "best").out.splitlines()
    assert head.split() == ["dataset", "run", "validation", "test"]
    assert line.startswith(f"mnist (sample)  {trained.name}  ")
    assert line.endswith("not opened")
    ziffern("evaluate", "latest")
    held = ziffern("runs", "best", "--json").json["best"]["mnist (sample)"]
    assert held.keys() == {"recipe", "settings", "seed", "run", "validation", "test"}
    assert held["test"]["n"] == 1000
    assert not ziffern("runs", "best").out.endswith("not opened\n")


def test_a_damaged_high_score_is_named(ziffern, trained) -> None:
    Path("runs/best.json").write_text("{")
    assert ziffern("runs", "best").mistake.startswith("runs/best.json is damaged: ")


def test_a_file_in_place_of_the_folder(ziffern, in_tmp) -> None:
    Path("runs").touch()
    assert ziffern("runs", "list").out.startswith("no runs in runs; ")


def test_curves_of_one_run(ziffern, trained) -> None:
    result = ziffern("runs", "curves", "latest", "--zoom", "5", "--out", "pictures/c.png")
    assert Path("pictures/c.png").read_bytes().startswith(b"\x89PNG")
    head, line, _, last = result.out.splitlines()
    assert head.split()[:4] == ["run", "epochs", "best", "epoch"]
    assert last == "picture: pictures/c.png"
    history = Run(trained).history
    best = max(history, key=lambda row: (row["validation_accuracy"], -row["validation_loss"]))
    assert line.split()[:4] == [
        trained.name, "5", str(best["epoch"]), f"{best['validation_accuracy']:.2%}",
    ]  # fmt: skip


def test_curves_of_several_runs(ziffern, trained) -> None:
    shutil.copytree(trained, "runs/20251121-120000-other-s1")
    found = ziffern("runs", "curves", "latest", "other", "latest", "--json")
    assert found.err == ""
    assert found.json["picture"] == "curves.svg"
    assert [run["run"] for run in found.json["runs"]] == [
        trained.name, "20251121-120000-other-s1",
    ]  # fmt: skip
    drawing = Path("curves.svg").read_text()
    assert "<!-- other-s1 -->" in drawing  # without the date: the rest is enough
    assert f"<!-- {trained.name} -->" not in drawing


def test_curves_beside_a_run_that_held_out_nothing(ziffern, trained) -> None:
    other = Run(shutil.copytree(trained, Path("runs/20251121-120000-other-s1")))
    history = other.history
    for row in history:
        row["validation_loss"] = row["validation_accuracy"] = None
    other.write_history(history)
    found = ziffern("runs", "curves", trained.name, "other")
    assert found.err == (
        "note: without validation pictures: 20251121-120000-other-s1; all runs are shown on those "
        "that they learn from\n"
    )
    drawing = Path("curves.svg").read_text()
    assert "Training accuracy" in drawing
    assert "Validation accuracy" not in drawing
    last = other.history[-1]
    line = found.out.splitlines()[2]
    assert line.split()[:6] == [other.name, "5", "–", "–", "–", f"{last['accuracy']:.2%}"]
    of_one, of_other = ziffern("runs", "curves", trained.name, "other", "--json").json["runs"]
    assert of_one["validation_accuracy"] is not None
    assert of_other["validation_accuracy"] is None
    assert (of_other["training_accuracy"], of_other["training_loss"]) == (
        last["accuracy"], last["loss"],
    )  # fmt: skip


def test_runs_on_different_data_do_not_compare(ziffern, trained) -> None:
    shutil.copytree(trained, "runs/20251121-120000-other-s1")
    other = Run(Path("runs/20251121-120000-other-s1"))
    other.update_info(dataset={**other.dataset, "sha256": "0" * 64})
    assert ziffern("runs", "curves", "latest", "other").err.startswith("note: these runs learnt")


def test_curves_of_nothing(ziffern, trained) -> None:
    assert ziffern("runs", "curves").mistake.startswith("give one run or more")
    assert ziffern("runs", "curves", "latest", "--zoom", "0.5").mistake.startswith("zoom 0.5: ")
    Run(trained).write_history([])
    expected = f"{trained.name} has no finished epoch: there are no curves to draw"
    assert ziffern("runs", "curves", "latest").mistake == expected
    (trained / "history.jsonl").unlink()
    assert ziffern("runs", "curves", "latest").mistake == f"{trained}/history.jsonl is missing"
    assert not list(Path().glob("curves*"))
