from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ziffern.figures.curves import curves_figure
from ziffern.training.events import TrainingState
from ziffern.training.listeners import LiveCurves
from ziffern.training.listeners.live import in_notebook

VALIDATION = [(0.5, 0.8), (0.3, 0.9), (0.2, 0.95)]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """What a real IPython shell publishes to its frontend."""
    pytest.importorskip("IPython")
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance(
        user_module=ModuleType("notebook"), config=Config({"HistoryManager": {"enabled": False}})
    )
    shell.display_pub = CapturingDisplayPublisher(parent=shell)
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


def drawn_epochs(history: Any) -> str:
    return f"epochs {[row['epoch'] for row in history]}"


def test_one_figure_is_drawn_anew_at_the_end_of_each_epoch(published, state, drive) -> None:
    assert in_notebook()
    drive(state, [LiveCurves(drawn_epochs)], VALIDATION)
    shown = [output["data"]["text/plain"] for output in published]
    assert shown == ["'epochs [1]'", "'epochs [1, 2]'", "'epochs [1, 2, 3]'"]
    assert [output["update"] for output in published] == [False, True, True]
    assert len({output["transient"]["display_id"] for output in published}) == 1


def test_a_resumed_training_shows_its_earlier_epochs_at_once(published, state, drive) -> None:
    drive(state, [], VALIDATION[:2])
    drive(state, [LiveCurves(drawn_epochs)], VALIDATION[2:])
    shown = [output["data"]["text/plain"] for output in published]
    assert shown == ["'epochs [1, 2]'", "'epochs [1, 2, 3]'"]


def test_curves_show_themselves_without_pyplot(published, state, drive) -> None:
    drive(state, [LiveCurves(curves_figure)], VALIDATION)
    assert len(published) == 3
    picture = published[-1]["data"]["image/png"]
    assert published[-1]["metadata"] == {"image/png": {"width": 768}}
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["no IPython", "not running", "terminal"])
def test_without_a_notebook_it_says_so_once_and_draws_nothing(
    kind: str, state: TrainingState, drive, caplog, monkeypatch
) -> None:
    if kind == "no IPython":
        monkeypatch.delitem(sys.modules, "IPython", raising=False)
    else:
        pytest.importorskip("IPython")
        shell = type("TerminalInteractiveShell", (), {})() if kind == "terminal" else None
        monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)

    def refuse(history: Any) -> None:
        raise AssertionError("drawn")

    with caplog.at_level(logging.WARNING, "ziffern"):
        drive(state, [LiveCurves(refuse)], VALIDATION)
    assert [record.getMessage() for record in caplog.records] == [
        "live curves are shown in a notebook only; the training goes on without"
    ]
