"""Live curves in a notebook: one figure below the cell, drawn anew at the end of each epoch.

What is drawn is given as a function, because training knows nothing of figures:

    LiveCurves(curves_figure)
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ziffern.history import EpochRow
from ziffern.training.events import Listener, TrainingState

log = logging.getLogger(__name__)


class LiveCurves(Listener):
    """Shows `draw(history)` and replaces it epoch by epoch; without a notebook it only says so."""

    def __init__(self, draw: Callable[[Sequence[EpochRow]], Any]) -> None:
        self._draw = draw
        self._handle: Any = None
        self._notebook = False

    def on_train_begin(self, state: TrainingState) -> None:
        """Find out whether there is a notebook; show the epochs of a resumed training."""
        self._handle, self._notebook = None, in_notebook()
        if not self._notebook:
            log.warning("live curves are shown in a notebook only; the training goes on without")
        elif state.history:
            self._show(state.history)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Draw all epochs so far in place of the figure before."""
        if self._notebook:
            self._show(state.history)

    def _show(self, history: Sequence[EpochRow]) -> None:
        from IPython.display import display

        figure = self._draw(history)
        if self._handle is None:
            self._handle = display(figure, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(figure)


def in_notebook() -> bool:
    """Tell whether pictures can be shown: IPython runs, and not in a terminal."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    kinds = () if shell is None else type(shell).__mro__
    return bool(kinds) and "TerminalInteractiveShell" not in [kind.__name__ for kind in kinds]
