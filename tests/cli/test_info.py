"""`ziffern info`."""

from __future__ import annotations

import platform

import ziffern as package
from ziffern import device

KEYS = {
    "ziffern",
    "python",
    "os",
    "cpu",
    "cores",
    "memory_gib",
    "instructions",
    "torch",
    "threads",
    "precision",
    "gpu",
    "onnxruntime",
    "cache_folder",
    "data_folder",
    "config_folder",
}


def test_json(ziffern) -> None:
    found = ziffern("info", "--json").json
    assert found.keys() >= KEYS
    assert found["ziffern"] == package.__version__
    assert found["gpu"].keys() == {"found", "why", "devices"}


def test_text(ziffern, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("ZIFFERN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZIFFERN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZIFFERN_CONFIG", str(tmp_path / "config"))
    result = ziffern("info")
    assert result.code == 0
    assert result.err == ""
    facts = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert facts["python"].startswith(platform.python_version())
    assert facts["cache"] == str(tmp_path / "cache" / "datasets")
    assert facts["data"] == str(tmp_path / "data")
    assert facts["settings"] == str(tmp_path / "config")
    assert not any(sign in result.out for sign in "{}[]")


MACHINE = {
    "os": "Linux",
    "python": "3.11.7",
    "cpu": "A processor",
    "cores": 1,
    "memory_gib": None,
    "instructions": ["avx2", "amx_bf16", "avx512_bf16"],
    "torch": "2.13.0",
    "threads": 1,
    "precision": "bfloat16",
    "gpu": {"found": True, "why": "A card, 80 GiB", "devices": [{}]},
    "onnxruntime": None,
}


def test_machines_of_other_kinds(ziffern, monkeypatch) -> None:
    monkeypatch.setattr(device, "describe", lambda: MACHINE)
    shown = ziffern("info").out
    assert "A processor, 1 core\n" in shown
    assert "yes (AMX, AVX512-BF16)" in shown
    assert "GPU          A card, 80 GiB" in shown
    assert "2.13.0, 1 thread, trains in bfloat16" in shown
    other = {"instructions": None, "torch": None, "gpu": {"found": False, "why": "no torch"}}
    monkeypatch.setattr(device, "describe", lambda: MACHINE | other)
    shown = ziffern("info").out
    assert "not known on this system" in shown
    assert "not found: no torch" in shown
    assert "pip install 'ziffern[train]'" in shown
    assert "onnxruntime  not installed" in shown
