"""Measuring in fresh processes, and keeping each answer as a line of JSON.

    results = run(measurements, Path("peers.jsonl"))

A measurement is a command that prints one JSON object as its last line. What is in the file is not
measured again, so that an interrupted call goes on where it stopped; a failure is kept with its
message and tried again by the next call. To measure something again, use another file: ratios are
taken within rounds, and a line of another hour does not belong to them.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peer import STARTED

Key = dict[str, Any]
Answer = dict[str, Any]
HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass(frozen=True)
class Measurement:
    """One process to run: what identifies its answer, its command, and about how long it takes."""

    key: Key
    command: Sequence[str | Path]
    expected: float
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The key in words."""
        return " ".join(str(value) for value in self.key.values() if value is not None)


class MeasurementError(Exception):
    """A program failed or took too long."""


def read(path: Path) -> list[Answer]:
    """Return the lines of a file of results; a last line that is torn is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            print(f"{path}: a damaged line is left out", file=sys.stderr)
    return found


def answers(path: Path, measurements: Sequence[Measurement]) -> list[Answer]:
    """Return what is known of some measurements: their keys and answers, failures as `error`."""
    known = {_text(line["key"]): line for line in read(path)}  # a later line counts
    lines = [known[_text(each.key)] for each in measurements if _text(each.key) in known]
    return [line["key"] | line.get("answer", {"error": line.get("error")}) for line in lines]


def run(measurements: Sequence[Measurement], path: Path, *, timeout: float) -> list[Answer]:
    """Measure what is missing in the file, tell how it goes, and return `answers`.

    Ctrl-C ends the measurement at work and the call; what is in the file stays.
    """
    lines = read(path)
    done = {_text(line["key"]) for line in lines if "answer" in line}
    missing = [each for each in measurements if _text(each.key) not in done]
    pace = {_pace(line["key"]): float(line["wall_seconds"]) for line in lines if "answer" in line}
    print(
        f"{len(missing)} of {len(measurements)} measurements to do, about {_left(missing, pace)}",
        file=sys.stderr,
    )
    for place, each in enumerate(missing):
        clock = f"{datetime.now():%H:%M}"
        left = _left(missing[place:], pace)
        print(f"{clock} {place + 1}/{len(missing)}, {left} to go: {each.name}", file=sys.stderr)
        started = time.perf_counter()
        line: Answer = {"key": each.key, "machine": machine()}
        try:
            line["answer"] = measure(each, timeout)
        except MeasurementError as error:
            line["error"] = str(error)
            print(f"  failed: {error}", file=sys.stderr)
        line["wall_seconds"] = round(time.perf_counter() - started, 1)
        pace[_pace(each.key)] = line["wall_seconds"]
        _append(path, line)
    return answers(path, measurements)


def measure(wanted: Measurement, timeout: float) -> Answer:
    """Run one measurement and return its answer.

    Raises:
        MeasurementError: the program failed or took longer than `timeout` seconds.
    """
    environment = os.environ | HIDDEN | wanted.environment | {STARTED: repr(time.time())}
    try:
        done = subprocess.run(
            [str(part) for part in wanted.command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise MeasurementError(f"not finished after {timeout:.0f} s") from error
    if done.returncode:
        said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()
        raise MeasurementError(said[-1][:300])
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def machine() -> dict[str, Any]:
    """Return what the numbers are taken on."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), name)
    return {"processor": name, "cores": os.cpu_count(), "system": platform.platform()}


def _append(path: Path, line: Answer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if torn else "") + json.dumps(line) + "\n")


def _text(key: Key) -> str:
    return json.dumps(key, sort_keys=True)


def _pace(key: Key) -> str:
    return _text({name: value for name, value in key.items() if name != "round"})


def _left(measurements: Sequence[Measurement], pace: dict[str, float]) -> str:
    seconds = sum(pace.get(_pace(each.key), each.expected) for each in measurements)
    return str(timedelta(seconds=round(seconds)))
