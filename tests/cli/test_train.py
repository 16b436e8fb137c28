"""`ziffern train`: what it prints, every option, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from little import weights

from ziffern import bench, device, highscore
from ziffern.runs import Run
from ziffern.training.listeners import Progress

FAST = ("--set", "train.epochs=1", "--no-tensorboard")
KEYS = {
    "run",
    "recipe",
    "seed",
    "status",
    "epochs",
    "networks",
    "seconds_training",
    "images_per_second",
    "validation_accuracy",
    "validation_loss",
    "validation_n",
    "dataset",
    "is_sample",
    "device",
    "precision",
}


def run_of(folder: str = "runs") -> Run:
    return Run.open("latest", folder)


def test_json(ziffern, little) -> None:
    result = ziffern("train", little, *FAST, "--json")
    assert result.code == 0
    found = result.json
    assert found.keys() == KEYS
    assert Path(found["run"]) == run_of().path
    assert (found["recipe"], found["seed"], found["epochs"]) == ("little", 0, 1)
    assert (found["dataset"], found["is_sample"]) == ("mnist", True)
    assert 0.5 < found["validation_accuracy"] < 1
    assert found["validation_n"] == 500
    assert found["seconds_training"] > 0
    assert found["images_per_second"] > 0
    # progress goes where people look
    assert result.said[0].startswith("little, seed 0: ")
    assert result.said[1].startswith("epoch 1/1: loss ")
    assert len(result.said) == 2


def test_text(ziffern, little) -> None:
    result = ziffern("train", little, "--set", "train.epochs=2")
    facts = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    run = run_of().path
    assert list(facts) == ["recipe", "validation", "training", "run"]
    assert facts["recipe"] == "little, seed 0"
    assert facts["validation"].startswith("accuracy ")
    assert facts["validation"].endswith("on 500 pictures of a sample")
    assert facts["training"].startswith("2 epochs in ")
    assert facts["run"] == str(run)
    assert result.said[-2:] == [f"next: ziffern evaluate {run}", f"      ziffern report {run}"]
    assert list(run.glob("tb/events*"))


def test_quiet_prints_the_result_alone(ziffern, little) -> None:
    result = ziffern("train", little, *FAST, "--quiet")
    assert result.said == []
    assert result.out.startswith("recipe      little, seed 0\n")
    assert not (run_of().path / "tb").exists()


def test_changes_seed_and_folder(ziffern, little) -> None:
    changes = ["--set", "train.epochs=2", "--set", "optimizer.name=sgd", "--set", "title=A = B"]
    found = ziffern("train", little, *changes, "--seed", 7, "--runs", "own/place", "--json").json
    assert (found["seed"], found["epochs"]) == (7, 2)
    run = run_of("own/place")
    assert run.name.endswith("-little-s7")
    text = run.recipe_text
    assert 'name = "sgd"' in text
    assert "seed = 7" in text
    assert 'title = "A = B"' in text
    assert not Path("runs").exists()


def test_several_seeds(ziffern, little) -> None:
    result = ziffern("train", little, *FAST, "--seed", 3, "--seeds", 3, "--json")
    found = result.json
    assert [run["seed"] for run in found["runs"]] == [3, 4, 5]
    assert all(run.keys() == KEYS for run in found["runs"])
    summary = found["summary"]
    accuracies = [run["validation_accuracy"] for run in found["runs"]]
    assert (summary["n"], summary["seeds"], summary["recipe"]) == (3, [3, 4, 5], "little")
    assert summary["validation_accuracy"] == pytest.approx(np.mean(accuracies))
    sd = np.std(accuracies, ddof=1)
    assert summary["validation_accuracy_sd"] == pytest.approx(sd)
    low, high = summary["validation_accuracy_interval95"]
    assert (low + high) / 2 == pytest.approx(np.mean(accuracies))
    assert high - low == pytest.approx(2 * 4.302653 * sd / 3**0.5)  # Student's t, 2 degrees
    seconds = sorted(run["seconds_training"] for run in found["runs"])
    assert summary["seconds_training"] == seconds[1]
    assert summary["epochs"] == 1
    assert summary["images_per_second"] > 0
    assert result.err.count("ONLY A SAMPLE") == 1  # told once, not three times


def test_several_seeds_as_text(ziffern, little) -> None:
    lines = ziffern("train", little, *FAST, "--seeds", 2).out.splitlines()
    assert lines[0].split() == ["run", "seed", "validation", "loss", "epochs", "time"]
    assert [line.split()[1] for line in lines[1:3]] == ["0", "1"]
    assert lines[-3].startswith("validation accuracy  ")
    assert lines[-3].endswith("(mean ± standard deviation, n = 2 seeds)")
    assert lines[-2].startswith("95 % interval        ")
    assert lines[-1].startswith("training             ")
    assert lines[-1].endswith(" s (median)")


def test_no_validation_set(ziffern, little) -> None:
    changes = ["--set", "data.validation=0"]
    assert ziffern("train", little, *FAST, *changes, "--json").json["validation_accuracy"] is None
    assert "validation  none held out\n" in ziffern("train", little, *FAST, *changes).out
    found = ziffern("train", little, *FAST, *changes, "--seeds", 2, "--json").json["summary"]
    assert found["validation_accuracy"] is None
    assert ziffern("train", little, *FAST, *changes, "--seeds", 2).code == 0


def test_from_alone_repeats_the_run(ziffern, little) -> None:
    assert ziffern("train", little, *FAST, "--seed", 4).code == 0
    first = run_of()
    little.unlink()  # the run is enough
    found = ziffern("train", "--from", first.name, "--no-tensorboard", "--json").json
    assert found["seed"] == 4
    second = Run.open(found["run"])
    assert second.path != first.path
    for name, array in weights(first).items():
        np.testing.assert_array_equal(weights(second)[name], array)
    third = ziffern("train", "--from", first.name, "--set", "train.epochs=2", "--json").json
    assert third["epochs"] == 2


def test_from_with_a_recipe_starts_from_its_weights(ziffern, little) -> None:
    assert ziffern("train", little, *FAST).code == 0
    first = run_of()
    still = ["--set", "optimizer.learning_rate=1e-9"]
    assert ziffern("train", little, *FAST, *still, "--from", first.path).code == 0
    np.testing.assert_allclose(
        weights(run_of())["dense/kernel"], weights(first)["dense/kernel"], atol=1e-5
    )
    wrong = ["--set", "layers=Flatten()\nDense(10)"]
    mistake = ziffern("train", little, *FAST, *wrong, "--from", first.path).mistake
    assert "not of this network" in mistake


@pytest.fixture
def interrupted(ziffern, little, monkeypatch) -> Run:
    """A run of three epochs, stopped by Ctrl-C in the second."""
    return _interrupt(ziffern, little, monkeypatch, epoch=2)[0]


def _interrupt(ziffern, little, monkeypatch, epoch: int, *options: str):
    def batch(self, state) -> None:
        if state.epoch == epoch and state.batch == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "on_batch_end", batch)
        result = ziffern("train", little, "--no-tensorboard", *options)
    return run_of(), result


def test_an_interrupted_training_keeps_its_last_epoch(ziffern, little, monkeypatch) -> None:
    run, result = _interrupt(ziffern, little, monkeypatch, 3)
    assert result.code == 1
    assert result.said[-1] == (
        f"ziffern: interrupted, epoch 2 is kept; go on with: ziffern train --resume {run.path}"
    )
    assert "training    2 epochs in " in result.out
    assert bench.load(run).predict(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)
    shown = ziffern("runs", "show", run.name).out
    assert "status      interrupted\n" in shown
    assert f"go on with  ziffern train --resume {run.path}\n" in shown


def test_interrupted_as_json(ziffern, little, monkeypatch) -> None:
    run, result = _interrupt(ziffern, little, monkeypatch, 2, "--json")
    assert result.code == 1
    assert result.json["status"] == "interrupted"
    assert result.json["epochs"] == 1
    assert result.said[-1].endswith(f"ziffern train --resume {run.path}")


def test_an_ensemble_is_trained_and_interrupted(ziffern, little, monkeypatch) -> None:
    two = ("--set", "ensemble.networks=2")
    run, result = _interrupt(ziffern, little, monkeypatch, 2, *two)
    assert result.said[-1] == (
        "ziffern: interrupted, epoch 1 is kept of network 1; "
        f"go on with: ziffern train --resume {run.path}"
    )
    found = ziffern("train", "--resume", "latest", "--no-tensorboard")
    assert "training    2 networks of 3 epochs in " in found.out
    assert ziffern("runs", "list", "--json").json["runs"][0]["epochs"] == 3


def test_interrupted_among_several_seeds(ziffern, little, monkeypatch) -> None:
    run, result = _interrupt(ziffern, little, monkeypatch, 2, "--seeds", "3", "--json")
    assert result.code == 1
    assert [item["seed"] for item in result.json["runs"]] == [0]  # the others did not begin
    assert result.said[-1].endswith(f"ziffern train --resume {run.path}")


def test_resume_goes_on_to_the_same_weights(ziffern, little, interrupted) -> None:
    result = ziffern("train", "--resume", interrupted.path, "--no-tensorboard", "--json")
    assert result.code == 0
    assert result.json["run"] == str(interrupted.path)
    assert (result.json["status"], result.json["epochs"]) == ("finished", 3)
    assert result.said[0].endswith("resumed after epoch 1")
    assert ziffern("train", little, "--no-tensorboard").code == 0
    for name, array in weights(run_of()).items():
        np.testing.assert_array_equal(weights(interrupted)[name], array)
    mistake = ziffern("train", "--resume", interrupted.path).mistake
    assert mistake == f"{interrupted.name} is finished; there is nothing to resume"


def test_a_run_interrupted_in_its_first_epoch_has_no_model(ziffern, little, monkeypatch) -> None:
    run, result = _interrupt(ziffern, little, monkeypatch, 1)
    hint = f"go on with: ziffern train --resume {run.path}"
    assert result.said[-1] == f"ziffern: interrupted, no epoch was finished; {hint}"
    assert result.out == f"recipe  little, seed 0\nrun     {run.path}\n"
    for command in (
        ("evaluate", run.name),
        ("report", run.name),
        ("predict", run.name, "--index", "0"),
        ("train", little, "--from", run.name),
    ):
        mistake = ziffern(*command).mistake
        assert mistake == f"{run.name} has no model (status: interrupted); {hint}"
    assert ziffern("runs", "show", run.name).code == 0
    assert ziffern("runs", "list").code == 0
    assert ziffern("train", "--resume", run.name, "--quiet", "--no-tensorboard").code == 0
    assert run.info["status"] == "finished"


def test_resume_takes_nothing_else(ziffern, little, interrupted) -> None:
    for more in (
        [little],
        ["--set", "train.epochs=9"],
        ["--seed", 1],
        ["--seeds", 2],
        ["--from", interrupted.name],
    ):
        mistake = ziffern("train", *more, "--resume", interrupted.name).mistake
        assert mistake == "--resume goes on with a run as it is; give no recipe and no changes"
    assert interrupted.info["status"] == "interrupted"


def test_a_training_that_diverges_fails_with_the_likely_cause(ziffern, little) -> None:
    steep = ["--set", "optimizer.learning_rate=1e30"]
    result = ziffern("train", little, *steep, "--no-tensorboard", "--quiet")
    assert result.failure.startswith("the training diverged in epoch 1, batch ")
    assert "the learning rate 1e+30 is likely too high; try --set" in result.failure
    assert str(run_of().path) in result.failure
    shown = ziffern("runs", "show", "latest").out
    assert "status      diverged\nproblem     the training diverged in epoch 1" in shown
    assert "(status: diverged)" in ziffern("evaluate", "latest").mistake


def test_what_was_trained_before_one_failed_is_told(ziffern, little, monkeypatch) -> None:
    def begin(self, state) -> None:
        if state.recipe.train.seed == 1:
            state.network.load_weights(
                {name: array * 1e30 for name, array in state.network.weights().items()}
            )

    monkeypatch.setattr(Progress, "on_train_begin", begin)
    result = ziffern("train", little, *FAST, "--seeds", 3, "--json")
    assert result.code == 1
    assert [run["seed"] for run in result.json["runs"]] == [0]
    assert "diverged" in result.said[-1]


def test_the_high_score_is_kept_in_the_folder_of_runs(ziffern, little) -> None:
    ziffern("train", little, *FAST, "--runs", "own")
    assert highscore.best("own")["mnist (sample)"]["run"] == run_of("own").name
    held = json.loads(Path("own/best.json").read_text())
    assert held["mnist (sample)"]["recipe"] == "little"


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        (
            "--set data.dataset=mnst",
            "unknown dataset 'mnst': did you mean 'mnist' or 'qmnist' or 'kmnist'?",
        ),
        ("--set foo", "--set 'foo': expected KEY=VALUE, such as train.epochs=5"),
        ("--set =5", "--set '=5': expected KEY=VALUE, such as train.epochs=5"),
        ("--seeds 0", "--seeds 0: expected a whole number of at least 1"),
        ("--seeds -1", "--seeds -1: expected a whole number of at least 1"),
        ("--device gpu", "unknown device 'gpu'"),
        ("--data-dir nowhere", "nowhere does not exist; expected a folder with data (--data-dir)"),
        ("--from nothing", "no run 'nothing': there are no runs in runs (train one first)"),
        ("--set train.epochs=0", "train.epochs: "),
        ("--set train.epochs=2.5", "train.epochs: "),
        ("--set train.epoch=2", "train.epoch: unknown setting: did you mean 'epochs'?"),
        ("--set train.batch_size=100000", "train.batch_size is 100000, but there are only 4500 "),
        ("--set data.validation=1.0", "data.validation: "),
        ("--set data.validation=-0.1", "data.validation: "),
        ("--set data.validation=60000", "validation = 60,000 leaves nothing to train on"),
        ("--seed -1", "train.seed: "),
        ("--seed 4294967296", "train.seed: "),
        ("--set optimizer.name=adm", "unknown optimizer 'adm': did you mean 'adam'"),
        ("--set optimizer.momentom=0.9 --set optimizer.name=sgd", "did you mean 'momentum'"),
        ("--set schedule.name=cosin", "did you mean 'cosine'?"),
        ("--set augment.rotaton=3", "did you mean 'rotation'?"),
    ],
)
def test_what_cannot_be_trained(ziffern, little, options: str, mistake: str) -> None:
    found = ziffern("train", little, *options.split()).mistake
    assert mistake in found
    assert not Path("runs").exists()


def test_a_gpu_that_is_not_there(ziffern, little, monkeypatch) -> None:
    none = {"found": False, "why": "no GPU is visible to CUDA", "devices": []}
    monkeypatch.setattr(device, "gpu", lambda: none)
    mistake = ziffern("train", little, "--device", "cuda").mistake
    assert mistake == "there is no device 'cuda': no GPU is visible to CUDA"
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("layers", "mistake"),
    [
        ("Conv2d(8, 3)\nFlatten()\nDense(10)", "unknown layer 'Conv2d': did you mean 'Conv2D'?"),
        ("Flatten()\nDense(10, activaton='relu')", "did you mean 'activation'?"),
        ("Flatten()\nDense(12)", "12 outputs (Dense(12)) but mnist has 10 classes"),
        ("Conv2D(8, 30)\nFlatten()\nDense(10)", "line 3: layers: "),
        ("__import__('os').mkdir('hacked')\nDense(10)", "line 3: layers: "),
        ("Dense((lambda: 10)())", "line 3: layers: "),
        ("Dense(open('hacked', 'w').write('x'))", "line 3: layers: "),
        ("", "no layer"),
    ],
)
def test_layers_that_are_wrong(ziffern, little, layers: str, mistake: str) -> None:
    little.write_text(f'title = "x"\nlayers = """\n{layers}\n"""\n[train]\nepochs = 1\n')
    assert mistake in ziffern("train", little).mistake
    assert not Path("hacked").exists()
    assert not Path("runs").exists()


def test_all_mistakes_of_a_recipe_at_once_with_their_lines(ziffern, little) -> None:
    little.write_text(
        'title = "Wrong"\n'
        'layers = """\n'
        "Flaten()\n"
        "Dense(10, actvation='relu')\n"
        '"""\n'
        "[optimizer]\n"
        'name = "adm"\n'
        "[train]\n"
        "epochs = 0\n"
        "batchsize = 5\n"
    )
    result = ziffern("train", little)
    assert result.code == 2
    assert result.out == ""
    head, *mistakes = result.said
    assert head == f"ziffern: {little}: 5 mistakes"
    assert [line.split(":")[0].strip() for line in mistakes] == [
        "line 3",
        "line 4",
        "line 7",
        "line 9",
        "line 10",
    ]


def test_recipes_that_cannot_be_read(ziffern, in_tmp) -> None:
    assert ziffern("train", "nowhere.toml").mistake.startswith("nowhere.toml: cannot read")
    Path("empty.toml").touch()
    assert "3 mistakes" in ziffern("train", "empty.toml").said[0]
    Path("binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in ziffern("train", "binary.toml").mistake
    Path("no.toml").write_text("title = ")
    assert "not TOML" in ziffern("train", "no.toml").mistake
    assert ziffern("train", "marvn").mistake == "unknown recipe 'marvn': did you mean 'marvin'?"
    mistake = ziffern("train").mistake
    assert mistake.startswith("give a recipe, such as ziffern train quick; known: champion, ")


def test_a_recipe_with_an_at_sign(ziffern, little) -> None:
    little.rename("net.txt")
    assert ziffern("train", "@net.txt", *FAST, "--json").json["recipe"] == "net"


def test_a_folder_of_runs_that_cannot_be_written(ziffern, little) -> None:
    Path("runs").touch()
    failure = ziffern("train", little, *FAST, "--quiet").failure
    assert failure == "cannot make a run in runs: Not a directory"
    assert Path("runs").is_file()
