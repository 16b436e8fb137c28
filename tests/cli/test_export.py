"""`ziffern export`, and the file that it writes at work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from made_shipped import made_shipped
from PIL import Image

from ziffern import bench, datasets, modelfile, shipped
from ziffern.evaluation.model import load
from ziffern.runs import Run


def test_into_the_runs_folder(ziffern, trained) -> None:
    path = trained / "model.onnx"
    result = ziffern("export", "latest", "--to", "onnx")
    assert result.out == f"onnx: {path} ({path.stat().st_size:,} bytes)\n"
    pictures = datasets.load("mnist").test.images[:50]
    wanted = bench.load(trained, precision="float32").logits(pictures)
    np.testing.assert_allclose(load(path).logits(pictures), wanted, rtol=1e-4, atol=1e-4)
    assert Run(trained).test_looks == 0


def test_into_a_file_as_json(ziffern, trained) -> None:
    found = ziffern("export", trained, "--to", "onnx", "--out", "deep/a.onnx", "--json").json
    assert found == {"model": trained.name, "to": "onnx", "file": str(Path("deep/a.onnx"))}
    assert load("deep/a.onnx").name == trained.name


def test_shipped_models_are_not_written_over(
    ziffern, trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", Path("models"))
    folder = made_shipped(Path("models"), "pearl", modelfile.read(trained))
    before = (folder / "model.onnx").stat().st_mtime_ns
    found = ziffern("export", "pearl", "--to", "onnx", "--json").json
    assert found["file"] == "model.onnx"
    assert Path("model.onnx").read_bytes() == (folder / "model.onnx").read_bytes()
    assert (folder / "model.onnx").stat().st_mtime_ns == before


def test_the_file_predicts(ziffern, trained) -> None:
    ziffern("export", "latest", "--to", "onnx", "--out", "a.onnx")
    Image.fromarray(255 - datasets.load("mnist").test.images[0]).save("a.png")
    found = ziffern("predict", "a.onnx", "a.png", "--json").json
    assert found.keys() == {"model", "predictions", "failed"}
    assert found["model"] == "a.onnx"
    [wanted] = ziffern("predict", "latest", "a.png", "--json").json["predictions"]
    assert found["predictions"][0]["probabilities"] == pytest.approx(
        wanted["probabilities"], abs=1e-5
    )
    mistake = ziffern("predict", "a.onnx", "--index", 3).mistake
    assert mistake.startswith("--index needs a run, which counts the looks at its test set; a.onnx")


def test_the_file_can_be_checked(ziffern, trained) -> None:
    ziffern("export", "latest", "--to", "onnx", "--out", "a.onnx")
    limits = ("--min-accuracy", "0.9", "--min-printed", "0.1", "--max-ece", "0.2")
    found = ziffern("check", "a.onnx", *limits, "--json").json
    assert found["passed"] is True
    assert "pixels in unit scale (stored with it)" in found["criteria"][1]["reason"]


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("nothing --to onnx", "no run 'nothing' in runs; "),
        ("latest --to keras", "--to 'keras': "),
        ("latest", "--to"),
        ("latest --to onnx --out a.txt", "--out a.txt: expected a file that ends in .onnx"),
        ("a.onnx --to onnx", "a.onnx is made for ONNX Runtime alone; give the run or folder"),
    ],
)
def test_what_cannot_be_exported(ziffern, trained, options: str, mistake: str) -> None:
    assert mistake in ziffern("export", *options.split()).mistake


def test_without_onnx(ziffern, trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    failure = ziffern("export", "latest", "--to", "onnx").failure
    assert failure == "writing ONNX files needs onnx: pip install 'ziffern[export]'"


def test_files_of_other_programs_are_not_guessed(ziffern, trained) -> None:
    import onnx

    ziffern("export", "latest", "--to", "onnx", "--out", "a.onnx")
    proto = onnx.load("a.onnx")
    del proto.metadata_props[:]
    onnx.save(proto, "a.onnx")
    Image.new("L", (28, 28)).save("a.png")
    mistake = ziffern("predict", "a.onnx", "a.png").mistake
    assert mistake.endswith("Ziffern did not write it. To judge it, use: ziffern check a.onnx")


def test_a_damaged_run(ziffern, trained) -> None:
    table = json.loads((trained / "model.json").read_text())
    (trained / "model.json").write_text(json.dumps(table | {"layers": ["Dense(10)"]}))
    assert (
        "model.safetensors is not of the network"
        in ziffern("export", "latest", "--to", "onnx").mistake
    )
