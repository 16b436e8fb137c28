"""What all tests share: a home of their own, no network, and small real data."""

from __future__ import annotations

import os
from pathlib import Path

# networks in tests are small: a second thread costs more than it brings
os.environ.setdefault("OMP_NUM_THREADS", "1")

import little as little_recipe
import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the user's cache and settings, from other data and from the network."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ZIFFERN_CACHE", str(home / "cache"))
    monkeypatch.setenv("ZIFFERN_CONFIG", str(home / "config"))
    monkeypatch.setenv("ZIFFERN_OFFLINE", "1")
    monkeypatch.delenv("ZIFFERN_DATA", raising=False)


@pytest.fixture
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def little(in_tmp: Path) -> Path:
    """A recipe file for a network that trains in a second, in an empty working folder."""
    path = in_tmp / "little.toml"
    path.write_text(little_recipe.RECIPE)
    return path
