"""Counters of energy: added up, beginning anew, not there."""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ziffern import energy
from ziffern.energy import Meter


@pytest.fixture
def powercap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages, a part of the first, and the whole platform; no GPU."""
    for folder, name in (
        ("intel-rapl:0", "package-0"),
        ("intel-rapl:0:0", "core"),
        ("intel-rapl:1", "package-1"),
        ("intel-rapl:2", "psys"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "name").write_text(f"{name}\n")
        (tmp_path / folder / "max_energy_range_uj").write_text("65000000\n")
        (tmp_path / folder / "energy_uj").write_text("60000000\n")
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)
    return tmp_path


def count(powercap: Path, package: int, joules: float) -> None:
    (powercap / f"intel-rapl:{package}" / "energy_uj").write_text(f"{joules * 1e6:.0f}\n")


def test_packages_are_added_and_their_parts_not_counted_twice(powercap: Path) -> None:
    meter = Meter()
    assert meter.names == ("package-0", "package-1")
    assert meter.joules() == 0
    count(powercap, 0, 62.5)
    count(powercap, 1, 61)
    (powercap / "intel-rapl:0:0" / "energy_uj").write_text("64000000")
    assert meter.joules() == pytest.approx(3.5)


def test_a_counter_that_begins_anew_goes_on(powercap: Path) -> None:
    meter = Meter()
    count(powercap, 0, 2)  # 5 J to the end, then 2
    assert meter.joules() == pytest.approx(7)
    count(powercap, 0, 3)
    assert meter.joules() == pytest.approx(8)


def test_what_only_root_may_read_is_left_out(powercap: Path) -> None:
    for path in powercap.glob("*/energy_uj"):
        path.unlink()
    assert (Meter().names, Meter().joules()) == ((), None)


def test_a_counter_that_is_lost_on_the_way_keeps_its_sum(powercap: Path) -> None:
    meter = Meter()
    count(powercap, 0, 61)
    meter.joules()
    (powercap / "intel-rapl:0" / "energy_uj").write_text("?")
    assert meter.joules() == pytest.approx(1)


def test_a_machine_without_counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "POWERCAP", tmp_path / "missing")
    assert Meter().joules() is None

    def no_driver(name: str) -> Any:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", no_driver)
    assert Meter("1234-5678").names == ()


@pytest.mark.parametrize("uuid", ["1234-5678", "GPU-1234-5678"])
def test_nvidias_driver_is_asked_by_uuid(
    uuid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(millijoules=1_000_000)

    def handle(name: bytes, _: Any) -> int:
        return 0 if name == b"GPU-1234-5678" else 6

    def total(_: Any, into: Any) -> int:
        into._obj.value = now.millijoules
        return 0

    library = SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlDeviceGetHandleByUUID=handle,
        nvmlDeviceGetTotalEnergyConsumption=total,
    )
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    meter = Meter(uuid)
    assert meter.names == ("GPU",)
    now.millijoules += 2500
    assert meter.joules() == pytest.approx(2.5)
    assert Meter("another").names == ()


def test_a_gpu_that_does_not_count_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlDeviceGetHandleByUUID=lambda *_: 0,
        nvmlDeviceGetTotalEnergyConsumption=lambda *_: 3,  # not supported
    )
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    assert Meter("1234").joules() is None
