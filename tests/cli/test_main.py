"""The frame of the command line: help, exit codes, quiet starts, output that cannot be written."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

import ziffern as package
from ziffern import cli
from ziffern.errors import WorkError

COMMANDS = {"train", "evaluate", "predict", "report", "check", "runs", "recipes", "data", "info"}


def test_help_names_every_command(ziffern) -> None:
    result = ziffern("--help")
    assert result.code == 0
    assert all(f" {command} " in result.out for command in COMMANDS)
    assert ziffern().out == result.out
    assert ziffern("runs").out == ziffern("runs", "--help").out


def test_version(ziffern) -> None:
    assert ziffern("--version").out == f"{package.__version__}\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (WorkError("the disk is full"), 1, "ziffern: the disk is full"),
        (KeyboardInterrupt(), 1, "ziffern: interrupted"),
        (MemoryError(), 1, "ziffern: out of memory; lower train.batch_size"),
        (RuntimeError("CUDA out of memory. Tried …"), 1, "ziffern: out of memory; lower"),
        (RuntimeError("not enough memory: you can't allocate memory"), 1, "ziffern: out of memory"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 1, "ziffern: torch is not"),
        (PermissionError(13, "Permission denied", "a/b"), 1, "ziffern: a/b: Permission denied"),
    ],
)
def test_what_goes_wrong_is_one_line(ziffern, monkeypatch, error, code, line) -> None:
    def fail(_runs: str) -> None:
        raise error

    monkeypatch.setattr("ziffern.runs.listing", fail)
    result = ziffern("runs", "list")
    assert result.code == code
    assert result.out == ""
    assert result.err.startswith(line)
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("a fault of ours"), ModuleNotFoundError("no", name="ziffern.nowhere")]
)
def test_our_own_faults_are_not_hidden(ziffern, monkeypatch, error) -> None:
    def fail(_runs: str) -> None:
        raise error

    monkeypatch.setattr("ziffern.runs.listing", fail)
    with pytest.raises(type(error)):
        ziffern("runs", "list")


def test_the_handling_of_signals_is_put_back(ziffern) -> None:
    before = signal.getsignal(signal.SIGTERM)
    ziffern("--version")
    assert signal.getsignal(signal.SIGTERM) is before


def test_arguments_come_from_the_process(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["ziffern", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out == f"{package.__version__}\n"


def test_another_thread_leaves_signals_alone() -> None:
    results = []
    thread = threading.Thread(target=lambda: results.append(cli.main(["--version"])))
    thread.start()
    thread.join()
    assert results == [0]
