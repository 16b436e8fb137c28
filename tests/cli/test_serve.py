"""`ziffern serve`: wrong input is one line; real servers are started by serving/test_server.py."""

from __future__ import annotations

from typing import Any

import pytest

from ziffern.cli import main
from ziffern.serving import server


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--models", "flagshp"], "of the shipped models: did you mean 'flagship'?"),
        (["--port", "70000"], "port 70000: expected 0 to 65535"),
        (["--port", "x"], "--port"),
        (["--workers", "0"], "--workers 0: expected 1 or more"),
        (["--host", "no.such.host.invalid"], "unknown host 'no.such.host.invalid'"),
        (["--models", "tiny", "tiny"], "the model tiny is named twice"),
    ],
)
def test_wrong_input(
    arguments: list[str], line: str, in_tmp: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--port" in arguments else [*arguments, "--port", "0"]
    assert main(["serve", *given]) == 2
    told = capsys.readouterr()
    assert line in told.err
    assert told.err.count("\n") == 1
    assert not told.out


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the server was asked to do, which it does not."""
    found: list[dict[str, Any]] = []

    def run(listening: Any, models: Any, **options: Any) -> None:
        options.pop("started")()
        found.append({"models": models, **options})

    monkeypatch.setattr(server, "run", run)
    return found


def test_what_is_served(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0"]) == 0
    assert set(asked[0]["models"]) >= {"flagship", "tiny"}
    assert asked[0]["token"] is None
    told = capsys.readouterr()
    assert "at http://127.0.0.1:" in told.out
    assert "(Ctrl-C stops)" in told.out
    assert not told.err


def test_open_to_others(
    asked: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", "--host", "0.0.0.0", "--port", "0", "--models", "tiny"]) == 0
    assert capsys.readouterr().err.startswith("warning: everybody who reaches http://localhost:")
    monkeypatch.setenv("ZIFFERN_TOKEN", "secret")
    assert main(["serve", "--host", "0.0.0.0", "--port", "0", "--models", "tiny"]) == 0
    assert not capsys.readouterr().err
    assert [each["token"] for each in asked] == [None, "secret"]
