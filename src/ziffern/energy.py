"""The energy that processor and GPU take, by their own counters.

    meter = Meter()
    …
    meter.joules()      # since it was made; None where the machine does not tell

Linux keeps a counter for each processor package (RAPL, of Intel's and AMD's alike) under
`/sys/class/powercap`, which many systems let only root read; NVIDIA's driver keeps one for each GPU
since Volta. They count whatever runs there, other programs included. Nothing here fails: what
cannot be read is left out.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Counter:
    """A counter that only grows: what it is about, and how to read it.

    read: joules since some moment, None where it cannot be read (any more).
    limit: joules at which it begins anew at 0, None for never.
    """

    name: str
    read: Callable[[], float | None]
    limit: float | None = None


class Meter:
    """Adds up what all counters have counted since it was made.

    To be read every few minutes: a processor's counter may begin anew after five, and a second
    time would not be noticed.
    """

    def __init__(self, gpu: str | None = None) -> None:
        """Start measuring the processor and, by its UUID as PyTorch gives it, a GPU."""
        found = [*_packages(), *([] if gpu is None else _nvidia(gpu))]
        starts = [(counter, counter.read()) for counter in found]
        self._last = {counter.name: start for counter, start in starts if start is not None}
        self._counters = [counter for counter in found if counter.name in self._last]
        self._sum = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """What is measured, such as ``("package-0", "GPU")``; empty where nothing can be."""
        return tuple(counter.name for counter in self._counters)

    def joules(self) -> float | None:
        """Return the energy of all counters so far, None where there are none."""
        for counter in self._counters:
            now = counter.read()
            if now is None:
                continue
            used = now - self._last[counter.name]
            self._sum += used if used >= 0 or counter.limit is None else used + counter.limit
            self._last[counter.name] = now
        return self._sum if self._counters else None


def _packages() -> list[Counter]:
    """Return a counter for each processor package; the parts within them would count twice."""
    found = []
    for folder in sorted(POWERCAP.glob("intel-rapl:*")):
        try:
            name = (folder / "name").read_text().strip()
            limit = int((folder / "max_energy_range_uj").read_text()) / 1e6
        except (OSError, ValueError):
            continue
        if name.startswith("package"):
            found.append(Counter(name, _reader(folder / "energy_uj"), limit))
    return found


def _reader(path: Path) -> Callable[[], float | None]:
    def read() -> float | None:
        try:
            return int(path.read_text()) / 1e6
        except (OSError, ValueError):
            return None

    return read


def _nvidia(uuid: str) -> list[Counter]:
    """Return the counter of one GPU, asked of the library that comes with NVIDIA's driver."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return []
    handle = ctypes.c_void_p()
    name = (uuid if uuid.startswith("GPU-") else f"GPU-{uuid}").encode()
    if library.nvmlInit_v2() or library.nvmlDeviceGetHandleByUUID(name, ctypes.byref(handle)):
        return []

    def read() -> float | None:
        millijoules = ctypes.c_ulonglong()
        refused = library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules))
        return None if refused else millijoules.value / 1e3

    return [Counter("GPU", read)]
