"""The command line as processes of their own: signals, pipes, full disks, races, light imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from little import train, weights

from ziffern.runs import Run

ZIFFERN = [sys.executable, "-m", "ziffern"]
HEAVY = {"torch", "matplotlib", "sklearn", "onnxruntime", "cv2", "tensorboard", "scipy", "pandas"}
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals as POSIX has them")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def imported_after(*commands: Sequence[str]) -> set[str]:
    """The top-level modules that a process has loaded after these commands."""
    code = (
        "import sys, ziffern.cli\n"
        f"for command in {list(commands)!r}:\n"
        "    assert ziffern.cli.main(command) == 0\n"
        "print('modules:', *{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("modules:")[2].split())


def test_help_is_light(in_tmp) -> None:
    loaded = imported_after(["--help"], ["train", "--help"], ["--version"])
    assert not loaded & (HEAVY | {"numpy", "PIL", "pydantic", "safetensors"})


def test_looking_around_is_light(in_tmp) -> None:
    loaded = imported_after(
        ["runs", "list"],
        ["runs", "best", "--json"],
        ["recipes", "list"],
        ["recipes", "show", "marvin"],
        ["data", "list"],
        ["data", "show", "mnist"],
    )
    assert not loaded & HEAVY


def test_importing_the_package_is_light() -> None:
    code = "import sys, ziffern; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & (HEAVY | {"numpy", "PIL", "pydantic", "rich", "cyclopts"})


def interrupt(number: signal.Signals, recipe: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a training and send a signal in the middle of its second epoch."""
    process = subprocess.Popen(
        [*ZIFFERN, "train", str(recipe), "--no-tensorboard"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # a test that runs in the background of a shell may ignore Ctrl-C, and its children with it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    seen = ""
    while "epoch 1/" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    time.sleep(0.1)  # an epoch takes longer
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    return process, seen + rest


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_training(ziffern, little, number: signal.Signals) -> None:
    # small batches and some epochs, so that there is time for the signal to arrive
    text = little.read_text().replace("batch_size = 100", "batch_size = 25")
    little.write_text(text.replace("epochs = 3", "epochs = 6"))
    process, said = interrupt(number, little)
    assert process.returncode == 1
    run = Run.open("latest")
    kept = len(run.history)
    assert said.splitlines()[-1] == (
        f"ziffern: interrupted, epoch {kept} is kept; go on with: ziffern train --resume {run.path}"
    )
    assert "Traceback" not in said
    assert run.info["status"] == "interrupted"
    assert 1 <= kept < 6
    assert weights(run)  # can be used as it is
    if number != signal.SIGINT:
        return
    assert ziffern("train", "--resume", run.path, "--quiet", "--no-tensorboard").code == 0
    assert len(run.history) == 6
    whole = train(little)
    for name, array in weights(whole).items():
        np.testing.assert_array_equal(weights(run)[name], array)


@posix
def test_a_signal_outside_of_a_training(in_tmp) -> None:
    code = (
        "import ziffern.cli, ziffern.runs, os, signal\n"
        "def interrupted(_): os.kill(os.getpid(), signal.SIGTERM)\n"
        "ziffern.runs.listing = interrupted\n"
        "raise SystemExit(ziffern.cli.main(['runs', 'list']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "ziffern: interrupted\n")


def test_runs_started_in_the_same_second(little) -> None:
    """Both are ready before the first begins, so that they meet in one second."""
    code = (
        "import sys, time, pathlib, torch, ziffern.bench, ziffern.cli\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.005)\n"
        "raise SystemExit(ziffern.cli.main("
        "['train', 'little.toml', '--set', 'train.epochs=1', '--no-tensorboard', '--json']))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, f"ready-{number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    deadline = time.monotonic() + 60
    while len(list(Path().glob("ready-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    while time.time() % 1 > 0.2:  # as a second begins
        time.sleep(0.01)
    Path("go").touch()
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    runs = [Run(path) for path in sorted(Path("runs").iterdir()) if path.is_dir()]
    assert len(runs) == 2
    assert all(run.info["status"] == "finished" for run in runs)
    assert all(run.info["name"] == run.name for run in runs)
    one, other = (weights(run) for run in runs)
    for name, array in one.items():
        np.testing.assert_array_equal(other[name], array)


@posix
def test_a_reader_that_goes_away_early(in_tmp) -> None:
    process = subprocess.Popen(
        [*ZIFFERN, "recipes", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(1) == b"{"
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0
    process.stderr.close()


@linux
@pytest.mark.parametrize("command", [("recipes", "list"), ("--help",), ("data", "list")])
def test_output_onto_a_full_disk(in_tmp, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*ZIFFERN, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr == "ziffern: cannot write the output: No space left on device\n"


@posix
def test_a_disk_that_fills_up_during_a_training(ziffern, little) -> None:
    """Files may grow to 20 kB, so the first checkpoint does not fit."""
    import resource

    done = subprocess.run(
        [*ZIFFERN, "train", str(little), "--no-tensorboard", "--quiet"],
        capture_output=True,
        text=True,
        timeout=60,
        # what measures coverage writes large files too
        env={key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ziffern: cannot write runs/")
    assert "Traceback" not in done.stderr
    run = Run.open("latest")
    assert run.info["status"] == "failed"
    assert not [path for path in run.path.rglob(".*") if path.name != ".lock"]  # no leftovers
    assert ziffern("train", "--resume", run.path, "--no-tensorboard", "--quiet").code == 0


def read_only() -> Path | None:
    """A folder in which nobody, not even root, may write."""
    for folder in (Path("/sys"), Path("/proc")):
        if folder.is_dir():
            return folder
    return None


@pytest.mark.skipif(read_only() is None, reason="no read-only folder known here")
def test_a_read_only_folder(ziffern, little) -> None:
    folder = f"{read_only()}/runs"
    failure = ziffern("train", little, "--quiet", "--no-tensorboard", "--runs", folder).failure
    assert failure.startswith(f"cannot make a run in {folder}: ")


def test_as_installed(in_tmp) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("ziffern"), "runs", "list"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "no runs in runs; make one with: ziffern train quick\n"
