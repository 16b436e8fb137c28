"""The environments of the peers: made by pip where they are missing, and how large they are.

Each peer has a virtual environment of its own, with pinned versions. Ziffern has two: all of it,
and what is enough to answer with its models. An environment whose requirements or, for Ziffern,
whose source have changed is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ziffern.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
READY = "ready.json"  # written last: a broken installation is made anew
TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" else "tensorflow"


@dataclass(frozen=True)
class Environment:
    """Requirements, the module that its programs import, and variables to run them with."""

    requirements: tuple[str, ...]
    module: str
    variables: dict[str, str] = field(default_factory=dict)


ENVIRONMENTS = {
    "ziffern": Environment((f"{ROOT}[all]",), "ziffern"),
    "ziffern-reader": Environment((f"{ROOT}[read]",), "ziffern"),
    "keras-tensorflow": Environment(
        ("keras==3.15.1", f"{TENSORFLOW}==2.21.0"), "keras", {"KERAS_BACKEND": "tensorflow"}
    ),
    "fastapi-keras": Environment(
        ("keras==3.15.1", f"{TENSORFLOW}==2.21.0", "fastapi==0.165.0", "uvicorn[standard]==0.54.0"),
        "keras",
        {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
    ),
    "keras-jax": Environment(("keras==3.15.1", "jax==0.10.2"), "keras", {"KERAS_BACKEND": "jax"}),
    "pytorch": Environment(("torch==2.13.0", "numpy==2.4.6"), "torch"),
    "scikit-learn": Environment(("scikit-learn==1.9.1",), "sklearn.neural_network"),
    "neural-network-digits": Environment(
        ("neural-network-digits==1.2.2",), "nn_digits.neural_net.training"
    ),
}


def python(name: str, folder: Path) -> Path:
    """Return the Python of an environment, which is made in `folder` where it is not ready."""
    home = folder / name
    found = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = _wanted(name)
    if (home / READY).exists() and read_json(home / READY)["wanted"] == wanted:
        return found
    print(f"making the environment {name} in {home}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    before = _size(found)
    packages = ENVIRONMENTS[name].requirements
    subprocess.run([str(found), "-m", "pip", "install", "--quiet", *packages], check=True)
    write_json(home / READY, {"wanted": wanted, "mib": (_size(found) - before) / 2**20})
    return found


def size_mib(name: str, folder: Path) -> float | None:
    """Return what the installation has added to the empty environment, in MiB, if it is ready."""
    path = folder / name / READY
    return float(read_json(path)["mib"]) if path.exists() else None


def _wanted(name: str) -> str:
    requirements = ENVIRONMENTS[name].requirements
    if not requirements[0].startswith(str(ROOT)):
        return "\n".join(requirements)
    source = hashlib.sha256()
    for path in sorted([ROOT / "pyproject.toml", *(ROOT / "src").rglob("*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            source.update(path.read_bytes())
    return "\n".join([*requirements, source.hexdigest()])


def _size(python: Path) -> int:
    """Return the bytes of an environment's site-packages."""
    asked = "import sysconfig, json; print(json.dumps(sysconfig.get_path('purelib')))"
    done = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True)
    folder = Path(json.loads(done.stdout))
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
