"""tools/make_venv.sh: the environment is made on any machine, or one line says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "make_venv.sh"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell script")


def fake(folder: Path, name: str, *lines: str) -> None:
    """Make a program on the only PATH there is; `real` in it is this Python."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", f"real={sys.executable}", *lines]) + "\n")
    path.chmod(0o755)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing but the fake programs to be found."""
    shell = shutil.which("sh")
    assert shell
    return subprocess.run(
        [shell, str(SCRIPT), str(folder / "environment"), *arguments],
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    return tmp_path


def test_says_that_python_is_missing(folder: Path) -> None:
    done = make(folder)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no Python of at least 3.11 found" in done.stderr


def test_passes_over_what_is_too_old_or_does_not_run(folder: Path) -> None:
    fake(folder / "bin", "python3.12", "exit 127")
    fake(folder / "bin", "python3", "exit 1")  # what the check of an old version answers
    assert "no Python of at least 3.11" in make(folder).stderr


def test_says_that_the_venv_module_is_missing(folder: Path) -> None:
    # Debian's Python without python3-venv: version 3.11, but no ensurepip
    fake(
        folder / "bin",
        "python3",
        'case "$2" in *ensurepip*) exit 1 ;; esac',
        'exec "$real" "$@"',
    )
    done = make(folder)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"apt install python{version}-venv" in done.stderr


def test_makes_an_environment_and_keeps_one_that_works(folder: Path) -> None:
    # making a real one takes seconds; what counts is what is asked for
    fake(
        folder / "bin",
        "python3",
        'if [ "$1" = -m ]; then echo "$@"; exit 0; fi',
        'exec "$real" "$@"',
    )
    done = make(folder)
    assert done.returncode == 0
    assert f"-m venv --clear {folder / 'environment'}" in done.stdout
    (folder / "environment" / "bin").mkdir(parents=True)
    (folder / "environment" / "bin" / "python").symlink_to(folder / "bin" / "python3")
    again = make(folder)
    assert (again.returncode, again.stdout) == (0, "")


def test_takes_the_python_that_is_named(folder: Path) -> None:
    fake(
        folder / "bin", "mine", 'if [ "$1" = -m ]; then echo mine; exit 0; fi', 'exec "$real" "$@"'
    )
    assert "mine" in make(folder, "mine").stdout
    done = make(folder, "other")
    assert done.returncode == 1
    assert "(other)" in done.stderr
