import numpy as np
import pytest

from ziffern import datasets


def test_a_step_is_told(ziffern):
    found = ziffern("scratch", "step", "slides-small", "--index", 3)
    assert found.code == 0
    label = datasets.load("mnist").train.labels[3]
    title = f"training picture 3 of mnist, class {label}"
    assert found.out.startswith(f"One learning step of slides-small (seed 0) on {title}\n")
    assert "7 Error surface" in found.out
    assert "written" not in found.out


def test_changes_hold(ziffern):
    changes = ("--set", "train.seed=5", "--set", "optimizer={name='sgd', learning_rate=0.5}")
    found = ziffern("scratch", "step", "slides-small", "--index", 0, "--json", *changes)
    assert (found.json["seed"], found.json["optimizer"]) == (5, "sgd")
    assert found.json["learning_rate"] == 0.5
    assert found.json["index"] == 0
    assert found.json["files"] == []
    for item in found.json["weights"]:
        steepest = item["steepest"]
        change = steepest["after"] - steepest["before"]
        assert change == pytest.approx(-0.5 * steepest["gradient"])


def test_a_step_is_written(ziffern, in_tmp):
    found = ziffern("scratch", "step", "slides-small", "--index", 3, "--out", "told")
    assert found.code == 0
    text = (in_tmp / "told" / "step.txt").read_text(encoding="utf-8")
    assert found.out == (
        text + "\nwritten: told/step.txt, told/error-surface.svg, told/error-surface.png\n"
    )
    assert (in_tmp / "told" / "error-surface.png").read_bytes()[:4] == b"\x89PNG"
    drawing = (in_tmp / "told" / "error-surface.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["slides-small", "--index", 5000], "--index 5000: the training set of mnist has 5,000"),
        (["slides-small", "--index", -1], "--index -1: the training set of mnist has 5,000"),
        (["slides-small", "--index", "x"], "--index 'x': expected a whole number"),
        (["slides-small"], "--index needs a value"),
        (["slides-smal", "--index", 1], "unknown recipe 'slides-smal': did you mean"),
        (["cheat-lstm", "--index", 1], "cheat-lstm cannot be trained in plain NumPy"),
        (["codelab-10-batchnorm", "--index", 1], "batch_normalization_3 of codelab-10-batchnorm"),
    ],
)
def test_bad_input_for_a_step(ziffern, arguments, said):
    assert said in ziffern("scratch", "step", *arguments).mistake


def test_where_nothing_can_be_written(ziffern, in_tmp):
    (in_tmp / "taken").write_text("")
    arguments = ("slides-small", "--index", 3, "--out", "taken")
    assert "taken" in ziffern("scratch", "step", *arguments).failure


def test_steps_differ_from_picture_to_picture(ziffern):
    losses = {
        ziffern("scratch", "step", "slides-small", "--index", index, "--json").json["loss"]
        for index in (1, 2, 3)
    }
    assert len(losses) == 3
    assert np.isfinite(list(losses)).all()
