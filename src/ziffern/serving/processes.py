"""Several processes that answer for one server: one that dies is replaced, and they count together.

    with counting() as folder:
        Processes(config, [listening], folder).run()

How one of them serves is `ziffern.serving.server`'s business, what is counted
`ziffern.serving.metrics`'s.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus_client when it is imported; then figures are kept in files of that folder."""


@contextmanager
def counting() -> Iterator[str]:
    """Yield a new folder in which all processes started meanwhile count; it goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="ziffern-", ignore_cleanup_errors=True) as folder:
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = folder
        try:
            yield folder
        finally:
            del os.environ[VARIABLE]
            if before is not None:
                os.environ[VARIABLE] = before


def end_with_parent(folder: str) -> None:
    """Stop this process, and remove the folder, should the one that started it be killed."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


class Processes(Multiprocess):
    """uvicorn's processes; what waited in one that died is no longer told."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], folder: str) -> None:
        super().__init__(config, sockets)
        self._folder = folder

    def keep_subprocess_alive(self) -> None:
        """Replace processes that died."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid, self._folder)  # type: ignore[no-untyped-call]
