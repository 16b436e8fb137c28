"""Several processes of one server: one count, and no process is left behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from made_server import started
from prometheus_client.parser import text_string_to_metric_families

PICTURE = [[0] * 28] * 28
SEVERAL = ("--models", "tiny", "--workers", "2")


def asked(address: str) -> httpx.Response:
    """Ask for an answer over a connection of its own."""
    return httpx.post(f"{address}/v1/predict", json={"images": [PICTURE, PICTURE]}, timeout=60)


def figures(address: str) -> dict[str, float]:
    """Return what /metrics tells of predictions, asked over a connection of its own."""
    text = httpx.get(f"{address}/metrics", timeout=60).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("route", "/v1/predict") == "/v1/predict"
    }


def until(found: Callable[[], bool]) -> None:
    """Wait for what takes a moment."""
    for _ in range(600):
        if found():
            return
        time.sleep(0.1)
    raise AssertionError(found)


def at_work(folder: Path) -> set[int]:
    """Return the processes that keep figures in a folder."""
    return {int(file.stem.rpartition("_")[2]) for file in folder.glob("*/gauge_*.db")}


def test_several_processes_answer_count_together_and_stop(tmp_path: Path) -> None:
    with started(*SEVERAL, TMPDIR=str(tmp_path)) as (process, address):
        until(lambda: len(at_work(tmp_path)) == 2)
        assert {asked(address).status_code for _ in range(20)} == {200}
        # a request is counted when its answer is out
        until(lambda: figures(address).get("ziffern_requests_total") == 20)
        for _ in range(20):
            found = figures(address)
            assert found["ziffern_requests_total"] == 20
            assert found["ziffern_request_seconds_count"] == 20
            assert found["ziffern_answers_total"] == 40
            assert found["ziffern_pictures_waiting"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert not list(tmp_path.iterdir())


def test_a_process_that_dies_is_replaced_and_what_it_counted_stays(tmp_path: Path) -> None:
    with started(*SEVERAL, TMPDIR=str(tmp_path)) as (process, address):
        until(lambda: len(at_work(tmp_path)) == 2)
        for _ in range(10):
            asked(address)
        until(lambda: figures(address).get("ziffern_requests_total") == 10)
        before = at_work(tmp_path)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(at_work(tmp_path) - before) == 1)
        until(lambda: len(at_work(tmp_path)) == 2)  # what the dead one had waiting is gone
        assert figures(address)["ziffern_requests_total"] == 10
        assert asked(address).status_code == 200
        until(lambda: figures(address).get("ziffern_requests_total") == 11)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert not list(tmp_path.iterdir())


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    with started(*SEVERAL, TMPDIR=str(tmp_path)) as (process, address):
        until(lambda: len(at_work(tmp_path)) == 2)
        assert asked(address).status_code == 200
        process.kill()
        until(lambda: not list(tmp_path.iterdir()))
        where = ("127.0.0.1", int(address.rpartition(":")[2]))

        def refused() -> bool:
            with socket.socket() as other:
                return other.connect_ex(where) != 0

        until(refused)
