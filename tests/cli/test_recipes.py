"""`ziffern recipes list` and `ziffern recipes show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziffern import measured, recipe


def test_list(ziffern) -> None:
    head, *lines = ziffern("recipes", "list").out.splitlines()
    assert head.split() == [
        "name",
        "source",
        "parameters",
        "multiply-adds",
        "reported",
        "measured",
    ]
    assert [line.split()[0] for line in lines] == recipe.names()
    assert any(line.split()[:4] == ["marvin", "S1", "497,034", "2,902,656"] for line in lines)
    found = {row["name"]: row for row in ziffern("recipes", "list", "--json").json["recipes"]}
    assert list(found) == recipe.names()
    assert found["werkstatt"]["parameters"] == 266_410
    assert found["werkstatt"]["reported_accuracy"] == 0.9652


def test_show_has_the_layer_table_of_keras(ziffern) -> None:
    lines = ziffern("recipes", "show", "marvin").out.splitlines()
    assert lines[0].startswith("Marvin (marvin): ")
    assert lines[2].split("  ")[0] == "layer"
    assert lines[2].split() == [
        "layer",
        "type",
        "output",
        "shape",
        "parameters",
        "multiply-adds",
    ]
    rows = [line.split() for line in lines[3:12]]
    assert rows[0] == ["conv2d", "Conv2D", "(None,", "26,", "26,", "32)", "320", "194,688"]
    assert rows[-1] == ["dense_2", "Dense", "(None,", "10)", "2,570", "2,560"]
    facts = dict(line.split("  ", 1) for line in lines[13:])
    assert facts["parameters"].strip() == "497,034"
    assert facts["source"].strip() == "S1"
    assert facts["data"].strip() == "mnist, unit scale, 5,000 pictures held out for validation"
    assert facts["optimiser"].strip() == "adam, learning_rate 0.001"
    assert facts["training"].strip() == "10 epochs, batches of 128, seed 0"


def test_show_as_json(ziffern) -> None:
    found = ziffern("recipes", "show", "cnn-101", "--json").json
    assert (found["parameters"], found["trainable_parameters"]) == (1_693_930, 1_693_546)
    assert found["network"][0] == {
        "name": "conv2d",
        "layer": "Conv2D(32, 5, padding='same', activation='relu')",
        "type": "Conv2D",
        "output_shape": [28, 28, 32],
        "parameters": 832,
        "multiply_adds": 627_200,
    }
    assert found["reported"]["accuracy"] == 0.997
    assert found["train"]["early_stopping"]["patience"] == 10


@pytest.mark.parametrize("name", recipe.names())
def test_every_recipe_can_be_shown(ziffern, name: str) -> None:
    result = ziffern("recipes", "show", name)
    assert result.code == 0
    assert result.err == ""


def test_reported_and_measured(ziffern, monkeypatch) -> None:
    assert "reported       accuracy 99.70%, loss 0.0090, after 41 epochs" in (
        ziffern("recipes", "show", "cnn-101").out
    )
    found = {"accuracy": 0.9812, "accuracy_sd": 0.0007, "loss": 0.06, "n": 3}
    monkeypatch.setattr(measured, "of", lambda _name: found)
    line = "measured       accuracy 98.12% ± 0.07%, loss 0.0600 on the test set (n = 3 seeds)\n"
    assert line in ziffern("recipes", "show", "marvin").out
    monkeypatch.setattr(measured, "of", lambda _name: found | {"n": 1, "accuracy_sd": None})
    line = "measured       accuracy 98.12%, loss 0.0600 on the test set (n = 1 seed)\n"
    assert line in ziffern("recipes", "show", "marvin").out
    monkeypatch.setattr(measured, "of", lambda _name: None)
    assert "measured       – (not measured yet)\n" in ziffern("recipes", "show", "marvin").out


def test_show_with_changes(ziffern) -> None:
    changes = ["data.validation=0", "data.split_seed=3", "train.clip_norm=1.0", "train.epochs=1"]
    options = [word for change in changes for word in ("--set", change)]
    shown = ziffern("recipes", "show", "marvin", *options).out
    assert "data           mnist, unit scale, no validation set, split by seed 3\n" in shown
    assert "training       1 epoch, batches of 128, seed 0, clip_norm 1.0\n" in shown
    shown = ziffern("recipes", "show", "marvin", "--set", "data.stratified=true").out
    assert "held out for validation, stratified\n" in shown
    shown = ziffern("recipes", "show", "marvin", "--set", "data.held_out=last").out
    assert "the last 5,000 pictures held out for validation\n" in shown


def test_the_learning_rate_is_drawn(ziffern) -> None:
    def line(*arguments: str) -> str:
        shown = ziffern("recipes", "show", *arguments).out.splitlines()
        [found] = [text for text in shown if text.startswith("learning rate  ")]
        return found.removeprefix("learning rate  ")

    assert line("marvin") == "0.001"
    assert line("cnn-101") == "0.001 at first"  # how it falls is decided by the validation set
    falling = line("codelab-05-decay")
    assert falling.startswith("███")
    assert falling.endswith("▁▁ 0.01 to 0.0001, at most 0.01")
    assert "schedule       " in ziffern("recipes", "show", "codelab-05-decay").out


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_schedule_as_a_picture(ziffern, in_tmp, form: str) -> None:
    path = Path(f"pictures/schedule.{form}")
    result = ziffern("recipes", "show", "codelab-05-decay", "--schedule", path)
    assert f"schedule picture  {path}\n" in result.out
    head = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[form]
    assert path.read_bytes().startswith(head)


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ("marvn", "unknown recipe 'marvn': did you mean 'marvin'?"),
        ("marvin --set train.epochs=0", "recipe 'marvin': train.epochs: "),
        ("marvin --set epochs", "--set 'epochs': expected KEY=VALUE, such as train.epochs=5"),
        ("marvin --schedule x.gif", "--schedule x.gif: expected a name that ends in .png, "),
    ],
)
def test_what_cannot_be_shown(ziffern, in_tmp, arguments: str, mistake: str) -> None:
    assert ziffern("recipes", "show", *arguments.split()).mistake.startswith(mistake)


def test_what_averaging_costs(ziffern, in_tmp) -> None:
    given = ("recipes", "show", "marvin", "--set", "predict.shifts=4")
    found = ziffern(*given, "--json").json
    assert (found["averaging"], found["predict"]) == (5, {"shifts": 4, "rotation": 0.0})
    once = found["multiply_adds"]
    told = f"{once:,} a picture; {5 * once:,} to answer it, together with 4 copies moved"
    assert told in ziffern(*given).out
    turned = ziffern(*given, "--set", "predict.rotation=7.5").out
    told = f"{15 * once:,} to answer it, together with 14 copies moved by one pixel, turned by"
    assert told in turned
    plain = ziffern("recipes", "show", "marvin")
    assert f"{once:,} a picture\n" in plain.out
    mistake = ziffern(*given[:-1], "predict.shifts=3").mistake
    assert mistake == "recipe 'marvin': predict.shifts: expected 0, 4 or 8, not 3"
    mistake = ziffern(*given[:-1], "predict.rotation=60").mistake
    assert mistake.startswith("recipe 'marvin': predict.rotation: ")
    assert "45" in mistake


def test_what_several_networks_come_to(ziffern) -> None:
    lines = ziffern("recipes", "show", "ensemble").out.splitlines()
    (told,) = [line for line in lines if line.startswith("ensemble ")]
    assert told.endswith("5 such networks, 1,214,130 parameters; the mean of their probabilities")
    assert "ensemble " not in ziffern("recipes", "show", "champion").out
    listed = {row["name"]: row for row in ziffern("recipes", "list", "--json").json["recipes"]}
    assert listed["ensemble"]["parameters"] == 5 * listed["champion"]["parameters"]
