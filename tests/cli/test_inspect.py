"""`ziffern inspect`: the network, one layer, one digit; looks counted, bad input named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.album import digit, mistakes, network
from ziffern.album.page import Plate, Step
from ziffern.runs import Run


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes long and is tested by itself; of few pictures there is no t-SNE."""
    monkeypatch.setattr(network, "SAMPLE", 20)
    monkeypatch.setattr(network.landscape, "steps", lambda *_: [])
    for album, name in (
        (network, "_wishes"), (network, "_separation"), (digit, "_look"), (digit, "_decide"),
    ):  # fmt: skip
        monkeypatch.setattr(album, name, lambda *_: [])


def test_the_network_as_a_whole(ziffern, trained) -> None:
    found = ziffern("inspect", "latest", "--json").json
    assert found["run"] == str(trained)
    assert found["about"] == "Inside the network"
    assert found["album"] == str(trained / "inside" / "index.html")
    assert found["test_looks"] == 0
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])
    assert found["pictures_of_weights"]["conv2d/kernel"] == 16
    assert set(found["dead_units"]) == {"activation", "activation_1", "activation_2"}
    assert found["learning"]["epochs"] == 5
    page = Path(found["album"]).read_text()
    assert "How it learnt" in page
    assert "holds no TensorBoard files" in page
    names = {path.name for path in (trained / "inside").iterdir()}
    assert {"layers.svg", "layers.png", "weights-conv2d-1-kernel.png", "maps.png"} <= names


def test_one_layer_has_a_folder_of_its_own(ziffern, trained) -> None:
    result = ziffern("inspect", "latest", "--layer", "max_pooling2d")
    assert result.out == f"album: {trained}/inside/max-pooling2d/index.html\n"
    begun = [line.partition(" ")[2] for line in result.said]
    assert begun == ["Layers", "Dead units", "Maps of max_pooling2d", "the page"]


def test_a_test_picture_is_a_look(ziffern, trained) -> None:
    found = ziffern("inspect", "latest", "--index", 3, "--json").json
    assert found["about"] == "Inside the network: test picture 3"
    assert found["album"] == str(trained / "inside" / "test-3" / "index.html")
    assert found["true"] == str(datasets.load("mnist").test.labels[3])
    assert found["test_looks"] == Run(trained).test_looks == 1
    answer = ziffern("predict", "latest", "--index", 3, "--json").json["predictions"][0]
    assert found["answer"] == answer["digit"]
    assert found["probabilities"] == pytest.approx(answer["probabilities"], abs=1e-6)


def test_a_picture_file(ziffern, trained) -> None:
    seven = datasets.load("mnist").train.images[0]
    Image.fromarray(255 - np.pad(seven, 20)).resize((200, 200)).save("seven.png")
    result = ziffern("inspect", "latest", "--image", "seven.png", "--layer", "conv2d",
                     "--out", "album", "--json")  # fmt: skip
    assert result.said == []
    assert result.json["album"] == "album/index.html"
    assert result.json["true"] is None
    assert result.json["test_looks"] == 0
    assert list(result.json["layers"]) == ["conv2d"]
    assert {path.name for path in Path("album").iterdir()} >= {"strip.png", "maps-conv2d.png"}


def test_mistakes_come_from_what_was_evaluated(ziffern, trained, monkeypatch) -> None:
    asked = []

    def steps(run: Run, **options: Any) -> list[Step]:
        asked.append((run, options["data_dir"]))
        options["numbers"]["wrong"] = 3
        return [Step("Mistakes", lambda: [Plate("none", "None", "A sentence.")])]

    monkeypatch.setattr(mistakes, "steps", steps)
    found = ziffern("inspect", "latest", "--mistakes", "--data-dir", "data", "--json").json
    assert found["album"] == str(trained / "mistakes" / "index.html")
    assert (found["about"], found["wrong"], found["test_looks"]) == ("Mistakes", 3, 0)
    assert asked == [(Run(trained), "data")]


def test_a_run_without_validation_pictures_shows_what_needs_none(ziffern, trained) -> None:
    opened = Run(trained)
    opened.update_info(dataset={**opened.dataset, "validation_size": 0})
    result = ziffern("inspect", "latest", "--layer", "dense", "--json")
    assert "held out no validation pictures; what needs pictures is left out" in result.err
    assert "dead_units" not in result.json
    assert result.json["pictures_of_weights"] == {"dense/kernel": 10}


def test_an_ensemble_names_a_member(ziffern, trained) -> None:
    members = [{"run": name, "recipe": "quick", "seed": 0} for name in ("one", "other")]
    Run(trained).update_info(members=members)
    mistake = ziffern("inspect", "latest").mistake
    assert mistake.endswith("is an ensemble of 2 networks; inspect one of them, such as one")


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("--layer conv", "no layer 'conv': did you mean 'conv2d'"),
        ("--layer conv --index 3", "no layer 'conv': did you mean 'conv2d'"),
        ("--index -1", "--index -1: pictures are numbered from 0"),
        ("--index 99999", "--index 99999: the test set of mnist has 1,000 pictures, "),
        ("--index 4.5", "--index '4.5': expected a whole number"),
        ("--image nowhere.png", "nowhere.png does not exist; expected a picture file"),
        ("--image runs", "runs"),
        ("--image text.png", "text.png: no picture that can be read; expected PNG, "),
        ("--index 3 --image text.png", "--index and --image: give one of them"),
        ("--index 0 --mistakes", "--index and --mistakes: give one of them"),
        ("--mistakes --layer conv2d", "--mistakes is about answers; --layer has no part in it"),
    ],
)
def test_what_cannot_be_inspected(ziffern, trained, options: str, mistake: str) -> None:
    Path("text.png").write_text("no picture")
    assert ziffern("inspect", "latest", *options.split()).mistake.startswith(mistake)
    assert Run(trained).test_looks == 0
    assert not (trained / "inside").exists()


def test_all_layers_are_named_where_one_does_not_exist(ziffern, trained) -> None:
    mistake = ziffern("inspect", "latest", "--layer", "conv").mistake
    for name in ("conv2d_2", "batch_normalization_1", "activation", "max_pooling2d", "dense"):
        assert f" {name}" in mistake


def test_runs_that_cannot_be_read(ziffern, trained) -> None:
    assert ziffern("inspect", "nothing").mistake.startswith("no run 'nothing' in runs")
    (trained / "model.safetensors").unlink()
    assert "model.safetensors is missing" in ziffern("inspect", "latest").mistake


def test_a_run_without_history_is_inspected_all_the_same(ziffern, trained) -> None:
    (trained / "history.jsonl").unlink()
    assert ziffern("inspect", "latest", "--layer", "flatten").code == 0


def test_data_that_are_not_the_runs_own(ziffern, trained) -> None:
    digits = datasets.load("mnist").train
    np.savez("own.npz", x_train=digits.images[:50], y_train=digits.labels[:50],
             x_test=digits.images[50:60], y_test=digits.labels[50:60])  # fmt: skip
    mistake = ziffern("inspect", "latest", "--data-dir", "own.npz").mistake
    assert "was trained on other data" in mistake


def test_a_folder_that_cannot_be_written(ziffern, trained) -> None:
    Path("album").write_text("a file")
    failure = ziffern("inspect", "latest", "--layer", "flatten", "--out", "album")
    assert failure.code == 1
    assert "cannot make the folder album" in failure.said[-1]


def test_runs_in_another_folder(ziffern, trained) -> None:
    shutil.move("runs", "elsewhere")
    result = ziffern("inspect", "latest", "--runs", "elsewhere", "--layer", "flatten", "--json")
    assert result.json["album"].startswith("elsewhere/")
