"""Calling the command line inside the test's process, on a run that is trained once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ziffern.cli import main


@dataclass(frozen=True)
class Result:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that stands alone on standard output."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def said(self) -> list[str]:
        """The lines on standard error, without the library's notes."""
        return [line for line in self.err.splitlines() if not line.startswith("note: ")]

    @property
    def mistake(self) -> str:
        """What a command said that was given something wrong: one line, and nothing else."""
        assert self.code == 2
        assert self.out == ""
        [line] = self.said
        assert line.startswith("ziffern: ")
        return line.removeprefix("ziffern: ")

    @property
    def failure(self) -> str:
        """What a command said whose work failed: one line, and nothing else."""
        assert self.code == 1
        assert self.out == ""
        [line] = self.said
        assert line.startswith("ziffern: ")
        return line.removeprefix("ziffern: ")


Ziffern = Callable[..., Result]


@pytest.fixture
def ziffern(capsys: pytest.CaptureFixture[str]) -> Ziffern:
    """Run a command line in this process."""

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one run of `quick`, trained for a few epochs on the sample."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZIFFERN_CACHE", str(folder / "cache"))
        patch.setenv("ZIFFERN_CONFIG", str(folder / "config"))
        patch.setenv("ZIFFERN_OFFLINE", "1")
        patch.delenv("ZIFFERN_DATA", raising=False)
        changes = ["--set", "train.epochs=5", "--set", "train.batch_size=100"]
        changes += ["--set", "predict.shifts=0"]
        runs = folder / "runs"
        assert main(["train", "quick", *changes, "--runs", str(runs), "--no-tensorboard"]) == 0
    return runs


@pytest.fixture
def trained(trained_once: Path, in_tmp: Path) -> Path:
    """A copy of that run in `runs`, in an empty working folder."""
    shutil.copytree(trained_once, "runs")
    [run] = (path for path in Path("runs").iterdir() if path.is_dir())
    return run
