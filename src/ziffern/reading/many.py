"""Reading many files: on all cores, in the order given, whatever is wrong with some of them.

    for found in read_many(["a.jpg", "b.pdf", "c.tif"]):
        print(found["file"], "error" if "error" in found else len(found["pages"]))

Files are read in processes of their own (`ziffern.reading.worker`): threads would share one
interpreter and brought nothing, and a decoder that crashes or never ends costs its file only.
However many files there are, little more than one page a process is in memory.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypedDict, cast

from ziffern import device, errors
from ziffern.errors import WorkError
from ziffern.reading.structure import Reading

COMMAND = (sys.executable, "-P", "-m", "ziffern.reading.worker")
PATIENCE = 120.0
"""Seconds for a page, or for the start; whoever needs more is taken for stuck."""
_AHEAD = 4  # files a process that are read while the first of them is waited for

log = logging.getLogger(__name__)


class Failure(TypedDict):
    """A file that could not be read."""

    file: str
    error: str
    """One line, which names the file."""


def read_many(
    files: Sequence[str | Path],
    model: str | Path | None = None,
    *,
    pictures: Sequence[Path] | None = None,
    processes: int | None = None,
) -> Generator[Reading | Failure, None, None]:
    """Yield the reading of each file, or why there is none, in the order given.

    Args:
        files: paths of pictures, TIFFs, PDFs.
        model: as in `ziffern.load`; the reader's own if not given.
        pictures: for each file where to draw what was read, ending in .png or .jpg; further pages
            get names of their own (`worker.of_page`).
        processes: how many; one a core if not given.

    Raises:
        RunError: no such model.
        WorkError: something that reading needs is not installed, or its process does not start.
    """
    cores = device.threads()
    count = max(1, min(processes or cores, len(files)))
    workers = [Worker(model, threads=max(1, cores // count)) for _ in range(count)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def read(file: str | Path, picture: Path | None) -> Reading | Failure:
        worker = idle.get()
        try:
            return worker.read(str(file), picture)
        finally:
            idle.put(worker)

    waiting: deque[Future[Reading | Failure]] = deque()
    with ThreadPoolExecutor(count) as threads:
        try:
            for number, file in enumerate(files):
                picture = None if pictures is None else pictures[number]
                waiting.append(threads.submit(read, file, picture))
                if len(waiting) > _AHEAD * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # at the end, and when nobody wants the rest
            for future in waiting:
                future.cancel()
            for worker in workers:
                worker.stop()


class Worker:
    """A process that reads one file after the other, started when needed, and again if it died."""

    def __init__(self, model: str | Path | None, *, threads: int) -> None:
        self._arguments = () if model is None else (str(model),)
        self._threads = threads
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._late = False

    def read(
        self,
        file: str,
        picture: Path | None = None,
        *,
        copy: Path | None = None,
        model: Path | None = None,
        seconds: float = math.inf,
    ) -> Reading | Failure:
        """Read one file; what goes wrong with it is the answer too.

        Args:
            file: its path.
            picture: where to draw what was read.
            copy: where to write the page itself, for those who cannot open the file.
            model: another one than the worker's own, for this file.
            seconds: for all pages together; `PATIENCE` for each holds too.
        """
        process = self._process or self._start()
        task = {
            "file": file, "picture": _text(picture), "copy": _text(copy), "model": _text(model),
        }  # fmt: skip
        end = time.monotonic() + seconds
        with contextlib.suppress(BrokenPipeError):  # then it does not answer either
            process.stdin.write(json.dumps(task) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        while True:
            left = end - time.monotonic()
            message = self._hear(process, min(PATIENCE, max(left, 0.0)))
            if message is None:
                self._end()
                late = f"took more than {PATIENCE:.0f} s for a page"
                if left < PATIENCE:
                    late = f"took more than {seconds:.0f} s"
                reason = late if self._late else "its decoder crashed, or memory ran out"
                return {"file": file, "error": f"{file}: given up: {reason}"}
            if "note" in message:
                log.warning("%s", message["note"])
            elif "error" in message:
                return {"file": file, "error": message["error"]}
            elif "reading" in message:
                return cast(Reading, message["reading"])

    def stop(self) -> None:
        """End the process whatever it does, for good."""
        self._stopped = True
        self._end()

    def _start(self) -> subprocess.Popen[str]:
        if self._stopped:
            raise WorkError("reading was stopped")
        # the package is found where it was found for this process
        found = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        self._process = process = subprocess.Popen(
            [*COMMAND, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries complain there of each odd file
            encoding="utf-8",
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(filter(None, found)),
                "OMP_NUM_THREADS": str(self._threads),
            },
            start_new_session=True,  # Ctrl-C reaches this process, which ends that one
        )
        message = self._hear(process) or {}
        if "refused" in message:
            kind = getattr(errors, message["kind"], WorkError)
            raise kind(message["refused"])
        if "ready" not in message:
            raise WorkError("the process that reads files did not start")
        return process

    def _hear(
        self, process: subprocess.Popen[str], patience: float | None = None
    ) -> dict[str, Any] | None:
        """Return the next message; None if the process died, which it has to if it is late."""

        def give_up() -> None:
            self._late = True
            process.kill()

        self._late = False
        timer = threading.Timer(PATIENCE if patience is None else patience, give_up)
        timer.start()
        try:
            line = process.stdout.readline()  # type: ignore[union-attr]
        finally:
            timer.cancel()
        return json.loads(line) if line.endswith("\n") else None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
