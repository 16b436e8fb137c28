"""Reading pages for clients, in processes of their own.

    reading = await Readers(limits).read(content, "cheque.jpg", pictures=False)

Files of strangers are opened by `ziffern.reading.many.Worker`, whose process starts when the first
page comes: a decoder that crashes or never ends costs its file only.
"""

from __future__ import annotations

import asyncio
import base64
import tempfile
from pathlib import Path
from typing import Any

from ziffern import device
from ziffern.reading.many import Worker
from ziffern.reading.worker import of_page
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, busy


class Readers:
    """Processes that read files; each one file at a time, others wait."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        count = max(1, device.threads() // 2)  # the other half answers meanwhile
        self._workers = [Worker(None, threads=1) for _ in range(count)]
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._asked = 0

    async def read(
        self, content: bytes, name: str, *, model: Path | None = None, pictures: bool
    ) -> dict[str, Any]:
        """Return the reading of a file.

        Args:
            content: of the file.
            name: what it is called in the answer.
            model: where the model lies that reads; the reader's own if not given.
            pictures: whether each page comes as a picture too.

        Raises:
            Problem: it cannot be read, or too many wait.
        """
        if self._asked >= self._limits.readings + len(self._workers):
            most = self._limits.readings
            raise busy(f"{most} documents are waiting to be read", what="readings", most=most)
        self._asked += 1
        try:
            worker = await self._idle.get()
        except asyncio.CancelledError:
            self._asked -= 1
            raise

        async def work() -> dict[str, Any]:
            try:
                return await asyncio.to_thread(self._read, worker, content, name, model, pictures)
            finally:
                self._asked -= 1
                self._idle.put_nowait(worker)

        # to the end, even if the client leaves: the process reads one file at a time
        return await asyncio.shield(asyncio.create_task(work()))

    def _read(
        self, worker: Worker, content: bytes, name: str, model: Path | None, pictures: bool
    ) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="ziffern-") as folder:
            file, copy = Path(folder, "file"), Path(folder, "page.jpg")
            file.write_bytes(content)
            seconds = self._limits.reading_seconds
            wanted = copy if pictures else None
            found: Any = worker.read(str(file), copy=wanted, model=model, seconds=seconds)
            if "error" in found:
                detail = str(found["error"]).replace(str(file), name)
                values = {"what": "page" if content else "empty", "file": name}
                raise Problem("unusable", 422, detail, values=values)
            reading: dict[str, Any] = {**found, "file": name}
            if pictures:
                for number, page in enumerate(reading["pages"], 1):
                    picture = base64.b64encode(of_page(copy, number).read_bytes()).decode()
                    page["picture"] = f"data:image/jpeg;base64,{picture}"
            return reading

    def stop(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.stop()
