import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ziffern import device
from ziffern.errors import InputError, WorkError

XEON = """processor : 0
model name\t: Intel(R) Xeon(R)
flags\t\t: fpu avx2 avx512f amx_tile amx_bf16
"""


def fake_torch(**changes: Any) -> Any:
    """A CUDA build without a driver, changed as told."""

    def no_driver() -> None:
        raise RuntimeError("Found no NVIDIA driver on your system.\nPlease check …")

    cuda: dict[str, Any] = {
        "is_available": lambda: False,
        "init": no_driver,
        "device_count": lambda: 0,
        "is_bf16_supported": lambda including_emulation: False,
    }
    cuda.update(changes.pop("cuda", {}))
    torch: dict[str, Any] = {
        "__version__": "2.13.0+cu130",
        "version": SimpleNamespace(cuda="13.0", hip=None),
        "cuda": SimpleNamespace(**cuda),
        "backends": SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False)),
        "cpu": SimpleNamespace(),
        "ops": SimpleNamespace(mkldnn=SimpleNamespace(_is_mkldnn_bf16_supported=lambda: True)),
        "device": lambda kind, index=None: SimpleNamespace(type=kind, index=index),
        "get_num_threads": lambda: 2,
    }
    return SimpleNamespace(**{**torch, **changes})


GPUS = {
    "is_available": lambda: True,
    "device_count": lambda: 2,
    "get_device_properties": lambda index: SimpleNamespace(
        name=f"GPU {index}", total_memory=80 * 2**30
    ),
    "is_bf16_supported": lambda including_emulation: True,
}


@pytest.fixture
def with_torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(torch: Any) -> None:
        monkeypatch.setattr(device, "_torch", lambda: torch)

    return use


@pytest.fixture
def with_cpu_info(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(text: str) -> None:
        monkeypatch.setattr(device, "_cpu_info", lambda: text)

    return use


def test_this_machine_is_described_for_json() -> None:
    found = device.describe()
    assert json.loads(json.dumps(found)) == found
    assert found["python"] == platform.python_version()
    assert found["cores"] >= 1
    assert found["cpu"]
    assert found["gpu"]["why"]


def test_this_machine_has_a_device_and_a_precision() -> None:
    torch = pytest.importorskip("torch")
    assert device.choose("cpu") == torch.device("cpu")
    chosen = device.choose()
    assert device.default_precision(chosen) in ("bfloat16", "float32")
    assert device.describe()["torch"] == torch.__version__
    torch.zeros(1, device=chosen)


def test_without_torch_everything_but_computing_works(with_torch: Any, with_cpu_info: Any) -> None:
    with_torch(None)
    with_cpu_info("")
    found = device.describe()
    assert (found["torch"], found["threads"], found["precision"]) == (None, None, None)
    assert found["instructions"] is None
    assert found["gpu"] == {"found": False, "why": device.NO_TORCH, "devices": []}
    with pytest.raises(WorkError, match="PyTorch is not installed: pip install"):
        device.choose()
    assert device.default_precision(SimpleNamespace(type="cpu")) == "float32"  # type: ignore[arg-type]


def test_a_torch_that_cannot_be_loaded_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert device._torch() is None


def test_gpus_are_named_and_chosen(with_torch: Any) -> None:
    with_torch(fake_torch(cuda=GPUS))
    found = device.gpu()
    assert found["found"]
    assert found["devices"][1] == {"name": "GPU 1", "memory_gib": 80.0}
    assert found["why"] == "GPU 0, 80.0 GiB, GPU 1, 80.0 GiB"
    assert (device.choose().type, device.choose().index) == ("cuda", 0)
    assert device.choose("cuda:1").index == 1
    assert device.choose("cpu").type == "cpu"
    assert device.default_precision(device.choose()) == "bfloat16"
    with pytest.raises(InputError, match="there is no device 'cuda:2': GPU 0"):
        device.choose("cuda:2")


def test_an_old_gpu_computes_in_float32(with_torch: Any) -> None:
    old = {**GPUS, "is_bf16_supported": lambda including_emulation: including_emulation}
    with_torch(fake_torch(cuda=old))
    assert device.default_precision(device.choose()) == "float32"


@pytest.mark.parametrize(
    ("torch", "why"),
    [
        (fake_torch(), "Found no NVIDIA driver on your system."),
        (fake_torch(cuda={"init": lambda: None}), "no GPU is visible to CUDA"),
        (
            fake_torch(version=SimpleNamespace(cuda=None, hip=None)),
            "this PyTorch (2.13.0+cu130) is built for the CPU alone",
        ),
        (
            fake_torch(backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: True))),
            "there is no CUDA GPU; the Apple GPU is used only on request, as device 'mps'",
        ),
    ],
)
def test_without_a_gpu_it_says_why(
    torch: Any, why: str, with_torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with_torch(torch)
    found = device.gpu()
    assert not found["found"]
    assert found["why"].startswith(why)
    assert device.choose().type == "cpu"
    with pytest.raises(InputError, match="there is no device 'cuda'"):
        device.choose("cuda")


def test_a_driver_without_a_cuda_build_is_pointed_out(
    with_torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with_torch(fake_torch(version=SimpleNamespace(cuda=None, hip=None)))
    assert "a CUDA build would find the GPU" in device.gpu()["why"]


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_are_pointed_out(
    hidden: str, with_torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    with_torch(fake_torch())
    assert device.gpu()["why"] == "CUDA_VISIBLE_DEVICES hides every GPU"


def test_an_apple_gpu_is_used_on_request(with_torch: Any) -> None:
    mps = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: True))
    with_torch(fake_torch(backends=mps))
    assert device.choose("mps").type == "mps"
    assert device.default_precision(device.choose("mps")) == "float32"
    with_torch(fake_torch())
    with pytest.raises(InputError, match="needs a Mac"):
        device.choose("mps")


@pytest.mark.parametrize("name", ["cudda", "gpu0", "", "cpu:1", "auto:1", "cuda:", "cuda:-1"])
def test_an_unknown_device_is_answered_with_the_known_ones(name: str, with_torch: Any) -> None:
    with_torch(fake_torch())
    with pytest.raises(InputError, match=r"unknown device .*(cuda|'cpu'|'auto')"):
        device.choose(name)


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        ("avx2 avx512f avx512_bf16", "bfloat16"),
        ("avx2 avx512f amx_tile amx_bf16", "bfloat16"),
        ("avx2 avx512f", "float32"),
        ("", "float32"),
    ],
)
def test_a_cpu_needs_native_bfloat16(
    flags: str, precision: str, with_torch: Any, with_cpu_info: Any
) -> None:
    with_torch(fake_torch())
    with_cpu_info(f"flags\t: {flags} sse\n")
    assert device.default_precision(device.choose("cpu")) == precision


@pytest.mark.parametrize(
    ("wanted", "flags", "used", "said"),
    [
        ("auto", "avx512_bf16", "bfloat16", ""),
        ("bfloat16", "avx512_bf16", "bfloat16", ""),
        ("float32", "avx512_bf16", "float32", ""),
        ("auto", "avx512f", "float32", ""),
        (
            "bfloat16",
            "avx512f",
            "float32",
            "this processor (Old) has no bfloat16 of its own; it needs AMX or AVX512-BF16: "
            "float32 is used",
        ),
    ],
)
def test_bfloat16_falls_back_and_says_so(
    wanted: str, flags: str, used: str, said: str, with_torch: Any, with_cpu_info: Any, caplog: Any
) -> None:
    with_torch(fake_torch())
    with_cpu_info(f"model name\t: Old\nflags\t: {flags} sse\n")
    assert device.precision(wanted, device.choose("cpu")) == used
    assert caplog.messages == ([said] if said else [])


def test_an_apple_gpu_falls_back_by_its_own_name(with_torch: Any, caplog: Any) -> None:
    torch = pytest.importorskip("torch")
    with_torch(fake_torch())
    assert device.precision("bfloat16", torch.device("mps")) == "float32"
    assert caplog.messages == ["device 'mps' has no bfloat16 of its own: float32 is used"]


def test_a_build_without_onednn_computes_in_float32(with_torch: Any, with_cpu_info: Any) -> None:
    with_cpu_info(XEON)
    with_torch(fake_torch(ops=SimpleNamespace(mkldnn=SimpleNamespace())))
    assert device.default_precision(device.choose("cpu")) == "float32"


def test_linux_tells_name_and_instructions(with_cpu_info: Any) -> None:
    with_cpu_info(XEON)
    assert device._cpu_name() == "Intel(R) Xeon(R)"
    assert device._instructions() == ["avx2", "avx512f", "amx_tile", "amx_bf16"]


def test_elsewhere_torch_is_asked_for_the_instructions(with_torch: Any, with_cpu_info: Any) -> None:
    with_cpu_info("")
    with_torch(fake_torch(cpu=SimpleNamespace(_is_avx2_supported=lambda: True)))
    assert device._instructions() == ["avx2"]


@pytest.mark.parametrize("failure", [None, FileNotFoundError, subprocess.CalledProcessError])
def test_the_processor_has_a_name_on_a_mac_too(
    failure: type[Exception] | None, with_cpu_info: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sysctl(*_: object, **__: object) -> Any:
        if failure is FileNotFoundError:
            raise FileNotFoundError("sysctl")
        if failure:
            raise subprocess.CalledProcessError(1, "sysctl")
        return SimpleNamespace(stdout="Apple M4\n")

    with_cpu_info("")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", sysctl)
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert device._cpu_name() == ("arm" if failure else "Apple M4")


def test_where_nothing_is_known_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: no /proc, no sysconf, no affinity."""

    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.delattr(os, "sysconf", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "")
    assert device._cpu_info() == ""
    assert device._cpu_name() == "unknown"
    assert device._cores() == 1
    assert device._memory_gib() is None
    assert device._version("no-such-package") is None


@pytest.mark.parametrize(
    ("limit", "cores"), [("150000 100000", 1), ("50000 100000", 1), ("max 100000", 8)]
)
def test_a_containers_quota_limits_the_cores(
    limit: str, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: limit)
    assert device._cores() == cores


@pytest.mark.parametrize(
    ("given", "threads"), [(None, 8), ("3", 3), ("0", 8), ("4,2", 8), ("", 8), ("many", 8)]
)
def test_threads_are_those_asked_for_or_all_cores(
    given: str | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_cores", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert device.threads() == threads


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, ziffern.device; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
