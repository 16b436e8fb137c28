"""The bench on real digits: run folder, sealed test set, resuming, high score, report."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from little import train, weights

import ziffern
from ziffern import bench, datasets, device, highscore
from ziffern import recipe as recipes
from ziffern.averaging import moved
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.nondigits import nondigits
from ziffern.errors import DataError, InputError, RunError, WorkError
from ziffern.report.of_run import write_report
from ziffern.runs import Run
from ziffern.training.engine import DivergedError
from ziffern.training.events import Listener, TrainingState
from ziffern.training.listeners.snapshots import snapshots


class InterruptIn(Listener):
    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_batch_end(self, state: TrainingState) -> None:
        if state.epoch == self.epoch and state.batch == 5:
            raise KeyboardInterrupt


def test_what_is_no_digit_may_be_a_class_of_its_own(little: Path) -> None:
    settings = {"data.nondigits": 0.3, "train.background_class": True, "data.scale": "unit"}
    run = train(recipes.load(little, settings))
    assert run.metrics["validation"]["accuracy"] > 0.8
    # the validation loss of the history counts that class as the evaluation does
    evaluated = run.metrics["validation"]["loss"]
    assert run.history[-1]["validation_loss"] == pytest.approx(evaluated, rel=1e-3)
    model = ziffern.load(run, precision="float32")
    assert model.background_class
    digits = datasets.load("mnist").test.images
    strange = nondigits(len(digits), seed=5, digits=digits)
    known, unknown = (model.predict(each).sum(axis=1) for each in (digits, strange))
    # how often a digit is taken for one rather than what is none: 0.5 by chance
    assert (known[:, None] > unknown).mean() > 0.9
    assert known.mean() - unknown.mean() > 0.5


def test_a_run_is_a_folder_that_can_be_read_without_us(little: Path) -> None:
    run = train(little, tensorboard=True)
    names = {path.name for path in run.path.iterdir()}
    assert names >= {
        "recipe.toml",
        "run.json",
        "history.jsonl",
        "metrics.json",
        "model.safetensors",
        "model.json",
        "tb",
    }
    rows = [json.loads(line) for line in (run.path / "history.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    info = json.loads((run.path / "run.json").read_text())
    assert info["status"] == "finished"
    assert info["dataset"]["is_sample"] is True
    assert info["dataset"]["train_size"] + info["dataset"]["validation_size"] == 5000
    metrics = json.loads((run.path / "metrics.json").read_text())
    assert metrics["validation"]["accuracy"] > 0.8
    assert metrics["validation"]["n"] == 500
    assert metrics["test_looks"] == 0
    assert "test" not in metrics


def test_training_never_opens_the_test_set(little: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sealed(self: Dataset) -> None:
        raise AssertionError("training looked at the test set")

    monkeypatch.setattr(Dataset, "test", property(sealed))
    run = train(little)
    bench.evaluate(run, split="validation")
    write_report(run)
    with pytest.raises(AssertionError):
        bench.evaluate(run)


def test_every_look_is_counted_even_one_that_fails(
    little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(little)
    assert bench.evaluate(run).test_looks == 1
    assert bench.evaluate(run, split="validation").test_looks == 1
    threads = [threading.Thread(target=run.count_test_look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.evaluate(run).test_looks == 6
    monkeypatch.setattr("ziffern.evaluation.evaluate.judge", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bench.evaluate(run)
    assert run.test_looks == 7
    assert run.summary.test_looks == 7


def test_averaging_is_the_models_own_and_both_results_are_one_look(little: Path) -> None:
    plain = train(little)
    run = train(little, changes={"predict.shifts": 4})
    for name, array in weights(plain).items():
        np.testing.assert_array_equal(weights(run)[name], array)
    entered = highscore.best("runs")["mnist (sample)"]
    held = {each.name: each.metrics["validation"]["accuracy"] for each in (plain, run)}
    assert entered["validation"]["accuracy"] == held[entered["run"]] == max(held.values())
    result = bench.evaluate(run)
    assert result.test_looks == run.test_looks == 1
    assert result.averaging == 5
    assert result.alone is not None
    np.testing.assert_array_equal(result.alone.probabilities, bench.evaluate(plain).probabilities)
    assert run.metrics["test"]["averaging"] == 5
    assert run.metrics["test"]["without_averaging"]["accuracy"] == result.alone.accuracy
    assert bench.evaluate(run, averaging=False).probabilities.tobytes() == (
        result.alone.probabilities.tobytes()
    )

    digits = datasets.load("mnist").test.images[:300]
    model = bench.load(run, precision="float32")
    np.testing.assert_array_equal(model.predict(digits), result.probabilities[:300])
    copies = [digits, *(moved(digits, *step) for step in ((0, 1), (1, 0), (0, -1), (-1, 0)))]
    alone = bench.load(run, precision="float32", averaging=False)
    assert (model.averaging, alone.averaging) == (5, 1)
    mean = np.mean([alone.logits(each) for each in copies], axis=0)
    np.testing.assert_allclose(model.logits(digits), mean, atol=1e-4)


def test_the_sample_does_not_stand_in_for_the_whole_test_set(little: Path) -> None:
    run = train(little)
    run.update_info(dataset={**run.info["dataset"], "is_sample": False})
    with pytest.raises(RunError, match="trained on the whole of mnist, but only its sample"):
        bench.evaluate(run)
    assert run.test_looks == 0
    assert "test" not in run.metrics


def test_validation_is_evaluated_on_the_pictures_that_were_held_out(little: Path) -> None:
    run = train(little)
    again = bench.evaluate(run, split="validation")
    assert again.accuracy == run.metrics["validation"]["accuracy"]
    assert again.loss == pytest.approx(run.history[-1]["validation_loss"], rel=1e-4)


def test_same_seed_same_weights(little: Path) -> None:
    one, other = train(little), train(little)
    for name, array in weights(one).items():
        np.testing.assert_array_equal(array, weights(other)[name])
    assert not np.array_equal(
        weights(train(little, seed=9))["dense/kernel"], weights(one)["dense/kernel"]
    )


def test_interrupted_run_keeps_its_last_epoch_and_resumes_to_the_same_weights(
    little: Path,
) -> None:
    whole = train(little)
    run = train(little, listeners=[InterruptIn(3)])
    assert run.info["status"] == "interrupted"
    assert len(run.history) == 2
    kept = bench.load(run)
    images = datasets.load("mnist").train.images[:5]
    assert kept.predict(images).shape == (5, 10)
    resumed = bench.resume(run, quiet=True, tensorboard=False)
    assert resumed.path == run.path
    assert resumed.info["status"] == "finished"
    assert [row["epoch"] for row in resumed.history] == [1, 2, 3]
    for name, array in weights(whole).items():
        np.testing.assert_array_equal(weights(resumed)[name], array)
    with pytest.raises(RunError, match="nothing to resume"):
        bench.resume(run)


def test_best_and_last_weights_are_kept(little: Path) -> None:
    class Spoil(Listener):
        """Ruins the last epoch."""

        def on_epoch_begin(self, state: TrainingState) -> None:
            if state.epoch == 3:
                with torch.no_grad():
                    state.network.tensors()["dense/kernel"].normal_(0, 30)

    run = train(little, listeners=[Spoil()], changes={"optimizer.learning_rate": 1e-3})
    losses = [row["validation_loss"] for row in run.history]
    assert losses[1] < losses[0] < losses[2]
    folder = run.path / "checkpoints"
    best = safetensors.numpy.load((folder / "best.safetensors").read_bytes())
    last = safetensors.numpy.load((folder / "last.safetensors").read_bytes())
    assert best.keys() == last.keys() == weights(run).keys()
    np.testing.assert_array_equal(last["dense/kernel"], weights(run)["dense/kernel"])
    assert np.abs(best["dense/kernel"]).max() < np.abs(last["dense/kernel"]).max()


def test_live_curves_are_asked_for_by_name(little: Path, caplog: Any) -> None:
    train(little, changes={"train.epochs": 1}, live=True)
    assert "live curves are shown in a notebook only" in caplog.text


def test_snapshots_of_a_resumed_run_are_those_of_an_uninterrupted_one(little: Path) -> None:
    changes = {"train.snapshots": True}
    whole = train(little, changes=changes)
    run = train(little, changes=changes, listeners=[InterruptIn(3)])
    assert list(snapshots(run.path)) == [0, 1, 2]
    resumed = bench.resume(run, quiet=True, tensorboard=False)
    assert list(snapshots(resumed.path)) == [0, 1, 2, 3]
    for one, other in zip(
        snapshots(whole.path).values(), snapshots(resumed.path).values(), strict=True
    ):
        assert one.read_bytes() == other.read_bytes()
    last = safetensors.numpy.load(snapshots(whole.path)[3].read_bytes())
    for name, array in weights(whole).items():
        np.testing.assert_array_equal(last[name], array)
    assert snapshots(train(little).path) == {}, "nothing is kept unless asked for"


def test_interrupted_in_the_first_epoch_can_be_resumed(little: Path) -> None:
    run = train(little, listeners=[InterruptIn(1)])
    assert run.info["status"] == "interrupted"
    assert run.history == []
    resumed = bench.resume(run, quiet=True, tensorboard=False)
    for name, array in weights(train(little)).items():
        np.testing.assert_array_equal(weights(resumed)[name], array)


def test_resuming_with_a_damaged_checkpoint(little: Path) -> None:
    run = train(little, listeners=[InterruptIn(2)])
    (run.path / "checkpoints" / "last.safetensors").write_bytes(b"torn")
    with pytest.raises(RunError, match=r"last\.safetensors is damaged.*remove it"):
        bench.resume(run, quiet=True)


def test_resuming_on_other_data_is_refused(little: Path) -> None:
    run = train(little, listeners=[InterruptIn(2)])
    info = run.info["dataset"] | {"sha256": "0" * 64}
    run.update_info(dataset=info)
    with pytest.raises(RunError, match="was trained on other data"):
        bench.resume(run, quiet=True)


def test_divergence_keeps_the_run_and_says_why(little: Path) -> None:
    with pytest.raises(DivergedError, match=r"epoch 1, batch \d+.*kept: runs/"):
        train(little, changes={"optimizer.learning_rate": 1e30})
    [summary] = ziffern.runs.listing("runs")
    assert summary.status == "diverged"


def test_without_bfloat16_of_its_own_a_machine_trains_in_float32(
    little: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(device, "_cpu_info", lambda: "model name: Old\nflags\t: avx2 sse\n")
    run = train(little, changes={"train.precision": "bfloat16", "train.epochs": 1}, on="cpu")
    assert run.info["precision"] == "float32"
    assert "this processor (Old) has no bfloat16 of its own" in caplog.text
    digits = datasets.load("mnist").train.images[:5]
    exact = bench.load(run, precision="float32", on="cpu").predict(digits)
    asked = bench.load(run, precision="bfloat16", on="cpu").predict(digits)
    np.testing.assert_array_equal(asked, exact)


WIDE = """
title = "Wide"
layers = '''
Conv2D(16, 3, padding='same', activation='relu')
GlobalAveragePooling2D()
Dense(10, activation='softmax')
'''
[data]
validation = 0
[train]
epochs = 3
batch_size = 1000
precision = "float32"
"""
LACKING = """
import resource
from pathlib import Path
from ziffern import bench
from ziffern.errors import WorkError
from ziffern.training.events import Listener

class Lack(Listener):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, state):
        if state.epoch == self.epoch:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            enough = pages * resource.getpagesize() + (4 << 20)
            resource.setrlimit(resource.RLIMIT_AS, (enough, resource.RLIM_INFINITY))

for epoch in (2, 1):
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        bench.train("wide.toml", listeners=[Lack(epoch)], tensorboard=False, quiet=True)
    except WorkError as error:
        print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit on memory")
def test_out_of_memory_keeps_the_last_epoch_and_says_what_to_lower(in_tmp: Path) -> None:
    """Each step takes pieces of 50 MB, which the C library asks the system for every time."""
    Path("wide.toml").write_text(WIDE)
    done = subprocess.run(
        [sys.executable, "-c", LACKING], capture_output=True, text=True, timeout=120
    )
    said = done.stdout.splitlines()
    runs = [Run(Path(each.path)) for each in reversed(ziffern.runs.listing("runs"))]
    assert len(said) == len(runs) == 2, done.stderr
    for line, run, kept in zip(said, runs, (1, 0), strict=True):
        told = "epoch 1 is kept" if kept else "no epoch was finished"
        assert line == (
            f"out of memory in epoch {kept + 1}, batch 1; lower it with --set train.batch_size=500"
            f", or free memory and go on with: ziffern train --resume {run.path} ({told})"
        )
        assert (run.info["status"], run.info["problem"]) == ("interrupted", line)
        assert len(run.history) == kept
    assert bench.load(runs[0]).predict(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)
    assert runs[0].metrics["training"]["epochs"] == 1


def test_more_pictures_than_memory_holds(little: Path) -> None:
    run = train(little, changes={"train.epochs": 1})
    many = np.broadcast_to(np.zeros((1, 28, 28), np.uint8), (10**14, 28, 28))
    for engine in ("torch", "onnxruntime"):
        with pytest.raises(WorkError, match=r"^out of memory; give fewer pictures at once"):
            bench.load(run, engine=engine).predict(many)  # type: ignore[arg-type]


def test_energy_is_kept_where_the_machine_tells_it(
    little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path("powercap/intel-rapl:0")
    package.mkdir(parents=True)
    for name, value in (("name", "package-0"), ("max_energy_range_uj", 10**9)):
        (package / name).write_text(str(value))
    monkeypatch.setattr("ziffern.energy.POWERCAP", Path("powercap"))

    class Using(Listener):
        def on_train_begin(self, state: TrainingState) -> None:
            (package / "energy_uj").write_text("1000000")

        def on_batch_end(self, state: TrainingState) -> None:
            (package / "energy_uj").write_text(str(1_000_000 + 2_000_000 * state.step))

    training = train(little, listeners=[Using()]).metrics["training"]
    assert (training["joules"], training["joules_of"]) == (2.0 * 45 * 3, ["package-0"])
    assert train(little, changes={"train.epochs": 1}).metrics["training"]["joules"] == 0


def test_start_from_another_run(little: Path) -> None:
    first = train(little)
    changes = {"train.epochs": 1, "optimizer.learning_rate": 1e-9}
    second = train(little, changes=changes, start="latest")
    assert second.info["start"] == first.name
    np.testing.assert_allclose(
        weights(second)["dense/kernel"], weights(first)["dense/kernel"], atol=1e-5
    )
    with pytest.raises(RunError, match="not of this network"):
        train(little, changes={"layers": "Flatten()\nDense(10)"}, start=first.name)


def test_high_score_takes_the_better_run_and_its_test_result(little: Path) -> None:
    worse = train(little, changes={"train.epochs": 1, "optimizer.learning_rate": 1e-5})
    better = train(little)
    assert highscore.best("runs")["mnist (sample)"]["run"] == better.name
    bench.evaluate(worse)
    assert highscore.best("runs")["mnist (sample)"]["test"] is None
    result = bench.evaluate(better)
    held = highscore.best("runs")["mnist (sample)"]["test"]
    assert held is not None
    assert held["accuracy"] == result.accuracy


def test_evaluating_on_other_data(little: Path) -> None:
    run = train(little)
    digits = datasets.load("mnist").test
    np.savez(
        "own.npz",
        x_train=digits.images[:90],
        y_train=digits.labels[:90],
        x_test=digits.images[90:190],
        y_test=digits.labels[90:190],
    )
    result = bench.evaluate(run, on="own.npz")
    assert (result.dataset, result.n, result.test_looks) == ("own", 100, 1)
    assert run.test_looks == 0  # the run's own test set is still sealed
    assert bench.evaluate(run, on="own.npz").test_looks == 2
    with pytest.raises(InputError, match="held out no part of own"):
        bench.evaluate(run, on="own.npz", split="validation")
    np.savez("two.npz", images=digits.images[:90], labels=digits.labels[:90] % 2)
    with pytest.raises(InputError, match="2 classes"):
        bench.evaluate(run, on="two.npz")


def test_classes_need_not_be_digits(little: Path) -> None:
    digits = datasets.load("mnist").train
    low = digits.labels < 3
    names = np.array(["boot", "bag", "coat"])
    np.savez("clothes.npz", images=digits.images[low], labels=digits.labels[low], class_names=names)
    changes = {"layers": "Flatten()\nDense(3, activation='softmax')", "data.dataset": "clothes.npz"}
    run = train(little, changes=changes)
    assert bench.load(run).class_names == ("boot", "bag", "coat")
    assert "boot" in write_report(run).read_text()
    with pytest.raises(DataError, match=r"digits 0 to 9.*boot, bag, coat.*data.lines=0"):
        train(little, changes=changes | {"data.lines": 10})
    with pytest.raises(InputError, match=r"10 outputs \(Dense\(10.*3 classes"):
        train(little, changes={"data.dataset": "clothes.npz"})


def test_painted_lines_are_learnt_from_besides_and_follow_the_seed(
    little: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs = [
        train(little, changes={"data.lines": lines, "train.epochs": 1}, seed=seed)
        for lines, seed in ((0, 0), (30, 0), (30, 0))
    ]
    assert "painting and cutting 30 lines" in caplog.text
    without, one, same = (weights(run) for run in runs)
    assert any(not np.array_equal(without[name], one[name]) for name in one)
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    assert runs[1].dataset["train_size"] == runs[0].dataset["train_size"]


def test_painted_lines_need_the_readers_libraries(
    little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ziffern.reading.cuttings", None)
    with pytest.raises(WorkError, match=r"pip install 'ziffern\[read\]'.*data.lines=0"):
        train(little, changes={"data.lines": 30})
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.batch_size": 100_000}, "batch_size is 100000.*only 4500 training pictures"),
        ({"data.validation": 1.0}, "validation"),
        ({"data.validation": 60_000}, "validation"),
        (
            {"data.validation": 0, "train.early_stopping.patience": 2},
            "data.validation is 0, but train.early_stopping watches",
        ),
        (
            {"data.validation": 0, "schedule.name": "reduce_lr_on_plateau"},
            "data.validation is 0, but schedule watches",
        ),
        ({"data.dataset": "mnst"}, "mnist"),
    ],
)
def test_what_cannot_be_trained_makes_no_run(
    little: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises((InputError, DataError), match=message):
        train(little, changes=changes)
    assert not Path("runs").exists()


def test_a_count_for_the_whole_set_is_the_same_share_of_its_sample(little: Path) -> None:
    run = train(little, changes={"data.validation": 6000, "train.epochs": 1})
    assert run.info["dataset"]["validation_size"] == 500
    assert bench.evaluate(run, split="validation").n == 500


def test_without_validation_set(little: Path) -> None:
    run = train(little, changes={"data.validation": 0})
    assert run.info["dataset"]["train_size"] == 5000
    assert "validation" not in run.metrics
    assert not Path("runs/best.json").exists()
    with pytest.raises(RunError, match="no validation set"):
        bench.evaluate(run, split="validation")
    assert "<html" in write_report(run).read_text()


def test_a_run_repeats_from_itself(little: Path) -> None:
    first = train(little, seed=5)
    recipe, data_dir, start = bench.again(first.name)
    assert recipe.train.seed == 5
    assert start is None
    second = train(recipe, data_dir=data_dir)
    for name, array in weights(first).items():
        np.testing.assert_array_equal(weights(second)[name], array)


def test_public_names(little: Path) -> None:
    run = ziffern.train(little, quiet=True, changes={"train.epochs": 1})
    assert "<table" in run._repr_html_()
    model = ziffern.load(run)
    assert "Conv2D" in model._repr_html_()
    probabilities = model.predict(ziffern.datasets.load("mnist").test.images[:7])
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    with pytest.raises(InputError, match=r"uint8 pictures of shape \(N, 28, 28\)"):
        model.predict(np.zeros((1, 28, 28)))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = ziffern.trian
    assert set(ziffern.__all__) <= set(dir(ziffern))
