"""`ziffern info`: the machine, the versions and the folders."""

from __future__ import annotations

from typing import Any

from ziffern.cli import output
from ziffern.cli.options import Json


def info(*, json: Json = False) -> None:
    """Show versions, devices (GPU found or not, and why), and where data and settings lie."""
    from ziffern import __version__, device
    from ziffern.datasets import cache_folder, catalogue, data_folder

    data = data_folder()
    found: dict[str, Any] = {
        "ziffern": __version__,
        **device.describe(),
        "cache_folder": str(cache_folder()),
        "data_folder": None if data is None else str(data),
        "config_folder": str(catalogue.user_folder().parent),
    }
    if json:
        output.emit_json(found)
        return
    gpu = found["gpu"]
    output.facts(
        [
            ("ziffern", __version__),
            ("python", f"{found['python']} on {found['os']}"),
            ("processor", _processor(found)),
            ("bfloat16", _bfloat16(found["instructions"])),
            ("GPU", gpu["why"] if gpu["found"] else f"not found: {gpu['why']}"),
            ("torch", _torch(found)),
            ("onnxruntime", found["onnxruntime"] or "not installed"),
            ("cache", found["cache_folder"]),
            ("data", data or "– (set ZIFFERN_DATA to a folder that holds datasets)"),
            ("settings", found["config_folder"]),
        ]
    )


def _processor(found: dict[str, Any]) -> str:
    parts = [
        found["cpu"],
        f"{found['cores']} {'core' if found['cores'] == 1 else 'cores'}",
        f"{found['memory_gib']} GiB of memory" if found["memory_gib"] else None,
    ]
    return ", ".join(part for part in parts if part)


def _bfloat16(instructions: list[str] | None) -> str:
    """Say whether the processor computes in bfloat16 by itself, and by which instructions."""
    if instructions is None:
        return "not known on this system"
    amx = "AMX" if "amx_bf16" in instructions else "no AMX"
    avx = "AVX512-BF16" if "avx512_bf16" in instructions else "no AVX512-BF16"
    native = {"amx_bf16", "avx512_bf16"} & set(instructions)
    return f"{'yes' if native else 'no'} ({amx}, {avx})"


def _torch(found: dict[str, Any]) -> str:
    if found["torch"] is None:
        return "not installed; training needs it: pip install 'ziffern[train]'"
    threads = f"{found['threads']} {'thread' if found['threads'] == 1 else 'threads'}"
    return f"{found['torch']}, {threads}, trains in {found['precision']}"
