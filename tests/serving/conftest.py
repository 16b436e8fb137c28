"""One server for all tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from made_server import served

from ziffern.datasets.catalogue import entry
from ziffern.datasets.sources import read_sample


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server with two models; its folder of runs is empty."""
    runs: Path = tmp_path_factory.mktemp("runs")
    with served("flagship", "tiny", runs=str(runs)) as found:
        yield found


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """Test digits of the packaged sample, uint8 (1000, 28, 28)."""
    return read_sample(entry("mnist"), "test").images
