"""`ziffern report` and `ziffern check`, and models that are damaged."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy

from ziffern.runs import Run


def test_weights_that_are_no_numbers(ziffern, trained) -> None:
    path = trained / "model.safetensors"
    weights = safetensors.numpy.load(path.read_bytes())
    weights["dense/kernel"][0, 0] = np.nan
    path.write_bytes(safetensors.numpy.save(weights))
    for command in (
        ("evaluate", "latest"),
        ("report", "latest"),
        ("predict", "latest", "--index", "0"),
        ("train", "quick", "--from", "latest"),
    ):
        mistake = ziffern(*command).mistake
        assert mistake.startswith(f"{path} cannot be used: dense/kernel holds NaN or infinity")
    assert Run.open("latest").test_looks == 0


def test_report(ziffern, trained) -> None:
    path = trained / "report.html"
    result = ziffern("report", "latest")
    assert result.out == f"report: {path}\n"
    assert "<html" in path.read_text()
    assert ziffern("report", trained, "--json").json == {"report": str(path)}
    assert f"report      {path}\n" in ziffern("runs", "show", "latest").out
    assert Run.open("latest").test_looks == 0


LIMITS = ("--min-accuracy", "0.9", "--min-printed", "0.1", "--max-ece", "0.2")


def test_check_passes(ziffern, trained) -> None:
    result = ziffern("check", "latest", *LIMITS, "--json")
    assert result.code == 0
    found = result.json
    assert found["model"] == trained.name
    assert found["passed"] is True
    assert all(item.keys() >= {"name", "passed", "reason"} for item in found["criteria"])
    lines = ziffern("check", trained, *LIMITS).out.splitlines()
    assert all(line.startswith("pass  ") for line in lines[:-2])
    assert lines[-1] == f"{trained.name} passes"
    assert Run.open("latest").test_looks == 2


def test_check_fails_with_reasons_and_exit_code_1(ziffern, trained) -> None:
    result = ziffern("check", "latest", "--min-accuracy", 1, *LIMITS[2:])
    assert result.code == 1
    lines = result.out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("FAIL")] == ["accuracy"]
    assert lines[-1] == f"{trained.name} does not pass"
    assert result.said == []
    (trained / "model.safetensors").write_bytes(b"torn")
    result = ziffern("check", "latest", *LIMITS, "--json")
    assert result.code == 1
    assert result.json["passed"] is False


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("nothing", "no run 'nothing'"),
        ("nowhere.onnx", "nowhere.onnx"),
        ("latest --min-accuracy 97", "expected a share from 0 to 1"),
        ("latest --data-dir nowhere", "nowhere does not exist"),
    ],
)
def test_what_cannot_be_checked(ziffern, trained, options: str, mistake: str) -> None:
    assert mistake in ziffern("check", *options.split()).mistake
