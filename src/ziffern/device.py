"""The machine: what it has, which device to compute on and in which precision.

Everything is found out without failing: where something cannot be known (another operating system,
no PyTorch, no driver) the answer is None or says why. PyTorch is imported only inside functions.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ziffern.errors import InputError, WorkError, did_you_mean

if TYPE_CHECKING:
    from types import ModuleType

    import torch

Precision = Literal["bfloat16", "float32"]

# The instruction sets that decide how fast training is, as Linux names them.
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")
log = logging.getLogger(__name__)
NO_TORCH = "PyTorch is not installed: pip install 'ziffern[train]'"


def describe() -> dict[str, Any]:
    """Describe machine and versions, ready for JSON.

    Keys: `os`, `python`, `cpu`, `cores` (usable by this process), `memory_gib`, `instructions`
    (of `INSTRUCTIONS`, None if not known), `torch`, `threads`, `precision` (what training on the
    chosen device uses), `gpu` (`found`, `why`, `devices` with `name` and `memory_gib`) and
    `onnxruntime`. What is not there or not known is None.
    """
    torch = _torch()
    return {
        "os": platform.platform(),
        "python": platform.python_version(),
        "cpu": _cpu_name(),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
        "instructions": _instructions(),
        "torch": None if torch is None else str(torch.__version__),
        "threads": None if torch is None else torch.get_num_threads(),
        "precision": None if torch is None else default_precision(choose("auto")),
        "gpu": gpu(),
        "onnxruntime": _version("onnxruntime"),
    }


def gpu() -> dict[str, Any]:
    """Tell whether PyTorch can use a GPU: `found`, `why` in words, `devices`."""
    torch = _torch()
    devices: list[dict[str, Any]] = []
    if torch is None:
        return {"found": False, "why": NO_TORCH, "devices": devices}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CUDA warns of a driver too old; `why` says it
        if torch.cuda.is_available():
            for index in range(torch.cuda.device_count()):
                properties = torch.cuda.get_device_properties(index)
                memory = round(properties.total_memory / 2**30, 1)
                devices.append({"name": properties.name, "memory_gib": memory})
            why = ", ".join(f"{each['name']}, {each['memory_gib']} GiB" for each in devices)
            return {"found": True, "why": why, "devices": devices}
    return {"found": False, "why": _why_no_gpu(torch), "devices": devices}


def choose(requested: str = "auto") -> torch.device:
    """Return the device to compute on; ``"auto"`` is the first CUDA GPU, else the CPU.

    Args:
        requested: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, …, or ``mps`` (Apple).

    Raises:
        InputError: no such device here; the message says why.
        WorkError: PyTorch is not installed.
    """
    library = _torch()
    if library is None:
        raise WorkError(NO_TORCH)
    match = re.fullmatch(r"(auto|cpu|cuda|mps)(?::(\d+))?", requested)
    if match is None or (match[2] and match[1] != "cuda"):
        raise InputError(
            f"unknown device {requested!r}{did_you_mean(requested, ['auto', 'cpu', 'cuda', 'mps'])}"
        )
    kind, index = match[1], int(match[2] or 0)
    found = gpu()
    if kind == "auto":
        kind = "cuda" if found["found"] else "cpu"
    if kind == "cuda" and index >= len(found["devices"]):
        raise InputError(f"there is no device {requested!r}: {found['why']}")
    if kind == "mps" and not library.backends.mps.is_available():
        raise InputError("there is no device 'mps': it needs a Mac with an Apple GPU")
    device: torch.device = library.device(kind, index) if kind == "cuda" else library.device(kind)
    return device


def default_precision(device: torch.device) -> Precision:
    """Return bfloat16 where the device computes in it natively, else float32.

    A CPU needs AMX or AVX512-BF16: with AVX-512 alone PyTorch can do it too, but slower than
    float32.
    """
    torch = _torch()
    if torch is None:
        return "float32"
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if native else "float32"
    if device.type != "cpu":
        return "float32"
    try:
        usable = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # a build without oneDNN
        usable = False
    native = not {"avx512_bf16", "amx_bf16"}.isdisjoint(_instructions() or ())
    return "bfloat16" if usable and native else "float32"


def precision(wanted: str, device: torch.device) -> Precision:
    """Return what to compute in: `float32` or `bfloat16` as wanted, `auto` what is best.

    Where the device has no bfloat16 of its own it is float32, and a warning says so: imitated
    bfloat16 would be less exact and slower.
    """
    native = default_precision(device)
    if wanted == "bfloat16" and native == "float32":
        needs = "; it needs AMX or AVX512-BF16" if device.type == "cpu" else ""
        log.warning("%s has no bfloat16 of its own%s: float32 is used", _called(device), needs)
    return "float32" if wanted == "float32" else native


def _called(device: torch.device) -> str:
    return f"this processor ({_cpu_name()})" if device.type == "cpu" else f"device {str(device)!r}"


def _why_no_gpu(torch: ModuleType) -> str:
    if torch.backends.mps.is_available():
        return "there is no CUDA GPU; the Apple GPU is used only on request, as device 'mps'"
    if torch.version.cuda is None and torch.version.hip is None:
        why = f"this PyTorch ({torch.__version__}) is built for the CPU alone"
        if shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists():
            why += "; there is an NVIDIA driver, so a CUDA build would find the GPU"
        return why
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides every GPU"
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:  # no driver, or one too old: CUDA's own words
        return str(error).strip().partition("\n")[0] or "CUDA cannot start"
    return "no GPU is visible to CUDA"


def _torch() -> ModuleType | None:
    try:
        import torch
    except (ImportError, OSError):  # OSError: a library of it cannot be loaded
        return None
    return torch


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_info() -> str:
    """Return Linux's description of the processor, or an empty text."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _cpu_name() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", _cpu_info(), re.MULTILINE)
    if match:
        return match[1].strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, check=True
            ).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            pass
    return platform.processor() or platform.machine() or "unknown"


def _instructions() -> list[str] | None:
    match = re.search(r"^flags\s*:\s*(.+)$", _cpu_info(), re.MULTILINE)
    if match:
        flags = set(match[1].split())
        return [name for name in INSTRUCTIONS if name in flags]
    torch = _torch()
    if torch is None:
        return None
    # PyTorch asks the processor itself; these names are private and may be missing.
    known = {
        "avx2": "_is_avx2_supported",
        "avx512f": "_is_avx512_supported",
        "avx512_bf16": "_is_avx512_bf16_supported",
        "amx_tile": "_is_amx_tile_supported",
    }
    return [name for name, test in known.items() if getattr(torch.cpu, test, lambda: False)()]


def threads() -> int:
    """Return how many threads to compute with: OMP_NUM_THREADS, as PyTorch has it, else all cores.

    All cores that this process may use, that is; ONNX Runtime by itself counts the machine's.
    """
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if re.fullmatch("[1-9][0-9]*", given) else _cores()


def _cores() -> int:
    """Count the cores that this process may use: allowed by affinity and by a container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # no cgroups, or "max": no quota
        return cores


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next step instead of giving it back.

    A training step frees tens of megabytes and takes them again; glibc returns them to the system
    in between, and then each page costs a fault: 2,400 a step for a small network, a third of its
    time. Does nothing where the C library is another one.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    threshold_of_own_mappings, threshold_of_trimming = -3, -1  # M_MMAP_…, M_TRIM_THRESHOLD
    library = ctypes.CDLL(None)
    library.mallopt(threshold_of_own_mappings, 32 << 20)  # the largest that glibc takes
    library.mallopt(threshold_of_trimming, 1 << 30)
