"""Trainings over REST: real ones, of a little network on the packaged sample."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import little
import numpy as np
import pytest
from made_server import problem, served

from ziffern import recipe as recipes
from ziffern.errors import RecipeError
from ziffern.evaluation.result import Evaluation
from ziffern.runs import Run, create
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem
from ziffern.serving.training import orders
from ziffern.serving.training.orders import Order
from ziffern.serving.training.queue import Training, Trainings
from ziffern.serving.training.worker import LIVE

PATIENCE = 120.0  # seconds; the machine may be busy
LONG = {"recipe": "little", "text": little.RECIPE, "changes": {"train.epochs": 900}}
SHORT = {"recipe": "little", "text": little.RECIPE, "changes": {"train.epochs": 2, "train.seed": 7}}


def wait_for(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def reaches(client: httpx.Client, name: str, *states: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        entry = client.get(f"/v1/trainings/{name}").json()
        return entry if entry["status"] in states else None

    return dict(wait_for(found))


def learns(client: httpx.Client, name: str, epochs: int = 1) -> None:
    wait_for(lambda: len(client.get(f"/v1/trainings/{name}").json()["history"]) >= epochs)


def started(client: httpx.Client, what: dict[str, Any]) -> str:
    answer = client.post("/v1/trainings", json=what)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def told(client: httpx.Client, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the events of a training."""
    with client.stream("GET", f"/v1/trainings/{name}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                kind = value
            elif field == "data":
                yield kind, json.loads(value)


def test_start_watch_queue_pause_stop_and_resume(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with served(runs=str(runs)) as client:
        first, second = started(client, LONG), started(client, SHORT)
        entries = client.get("/v1/trainings").json()["trainings"]
        assert [(entry["id"], entry["place"]) for entry in entries] == [(first, None), (second, 1)]
        assert entries[1]["status"] == "waiting"

        seen = {"epoch": 0, "progress": 0}
        for kind, values in told(client, first):
            if kind == "epoch":
                seen["epoch"] += 1
                assert values["epoch"] == seen["epoch"]
                assert 0 <= values["validation_accuracy"] <= 1
            elif values["progress"]:
                seen["progress"] += 1
                assert 0 < values["progress"]["batch"] <= values["progress"]["batches"]
            if min(seen.values()) >= 2:
                break
        entry = client.get(f"/v1/trainings/{first}").json()
        assert (entry["status"], entry["is_sample"], entry["seed"]) == ("running", True, 0)
        run = Run(runs / entry["run"])
        assert run.info["status"] == "running"
        answers = np.load(run.path / LIVE)
        assert answers.shape == (entry["validation_size"], 10)
        assert np.allclose(answers.sum(axis=1), 1, atol=1e-4)

        client.post(f"/v1/trainings/{first}/pause").raise_for_status()
        epochs = len(reaches(client, first, "paused")["history"])
        time.sleep(0.5)
        assert len(client.get(f"/v1/trainings/{first}").json()["history"]) == epochs
        client.post(f"/v1/trainings/{first}/resume").raise_for_status()
        learns(client, first, epochs + 2)
        # the time that it was held is no training
        seconds = [row["seconds"] for row in run.history]
        assert max(seconds) < 0.5 + 20 * float(np.median(seconds))

        assert client.post(f"/v1/trainings/{first}/stop").json()["status"] == "stopping"
        stopped = reaches(client, first, "interrupted")
        assert stopped["resumable"]
        assert stopped["problem"] is None
        assert len(run.history) == run.info["epochs"] == len(stopped["history"]) > 0
        assert (run.path / "model.safetensors").exists()
        assert not (run.path / LIVE).exists()

        client.post(f"/v1/trainings/{first}/resume").raise_for_status()
        assert client.get(f"/v1/trainings/{first}").json()["place"] in (1, None)
        finished = [values for kind, values in told(client, second) if kind == "training"][-1]
        assert (finished["status"], finished["seed"]) == ("finished", 7)
        done = Run(runs / finished["run"])
        assert done.metrics["test_looks"] == 0
        found = Evaluation.load(done.path / "evaluations" / "mnist-validation.npz")
        assert found.accuracy == done.metrics["validation"]["accuracy"]
        learns(client, first, len(stopped["history"]) + 1)
        assert client.get(f"/v1/trainings/{first}").json()["run"] == run.name

        detail = problem(client.delete(f"/v1/trainings/{first}"), 409, "conflict")
        assert "stop it first" in detail
        assert client.delete(f"/v1/trainings/{second}").status_code == 204
        problem(client.get(f"/v1/trainings/{second}"), 404, "not-found")
        text = client.get("/v1/trainings").text + client.get("/v1/runs").text
        assert str(tmp_path) not in text
    # the server has stopped, and with it the training, as by Ctrl-C
    assert run.info["status"] == "interrupted"
    assert len(run.history) == run.info["epochs"] > len(stopped["history"])

    with served(runs=str(runs)) as client:
        kept = run.info["epochs"]
        problem(client.post("/v1/trainings", json={"resume": done.name}), 409, "conflict")
        again = started(client, {"resume": run.name})
        learns(client, again, kept + 1)
        problem(client.post("/v1/trainings", json={"resume": run.name}), 409, "conflict")
    assert run.info["epochs"] > kept


def test_what_cannot_be_trained_is_refused_before_it_starts(client: httpx.Client) -> None:
    def refused(what: dict[str, Any], status: int = 422, kind: str = "unusable") -> httpx.Response:
        answer = client.post("/v1/trainings", json=what)
        problem(answer, status, kind)
        return answer

    assert "did you mean 'marvin'" in refused({"recipe": "marvn"}).text
    broken = "title = 'x'\nlayers = '''\nFlaten()\n'''\n[train]\nepochs = 0\n"
    errors = refused({"text": broken}).json()["errors"]
    assert [error["detail"].partition(":")[0] for error in errors] == ["line 3", "line 6"]
    assert "not TOML" in refused({"text": "title = "}).text
    many = {"recipe": "quick", "changes": {"train.epochs": 10**6}}
    assert "train.epochs is 1,000,000" in refused(many).text
    secret = {"recipe": "quick", "changes": {"data.dataset": "/etc/ssl"}}
    assert "'ssl' is not in the catalogue" in refused(secret).text
    assert "at most 32,768" in refused({"text": "#" * 70_000}).text
    large = little.RECIPE.replace("Dense(10", "Dense(99999)\nDense(10")
    assert "parameters" in refused({"text": large}).text
    refused({}, kind="invalid")
    refused({"recipe": "quick", "resume": "x"}, kind="invalid")
    refused({"recipe": ["quick"]}, kind="invalid")
    refused({"resume": "../runs"}, 404, "not-found")
    for way in ("pause", "resume", "stop"):
        problem(client.post(f"/v1/trainings/nobody/{way}"), 404, "not-found")
    problem(client.get("/v1/trainings/nobody/events"), 404, "not-found")
    assert client.get("/v1/trainings").json() == {"trainings": [], "lacking": None}


def test_without_the_extra_it_says_so(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "NEEDED", ("nothing_of_that_name",))
    orders.lacking.cache_clear()
    try:
        assert "pip install 'ziffern[train]'" in client.get("/v1/trainings").json()["lacking"]
        answer = client.post("/v1/trainings", json={"recipe": "quick"})
        assert "nothing_of_that_name" in problem(answer, 501, "lacking")
    finally:
        orders.lacking.cache_clear()


def test_of_several_processes_none_trains() -> None:
    with served(training=False) as client:
        assert "--workers 1" in client.get("/v1/trainings").json()["lacking"]
        problem(client.post("/v1/trainings", json={"recipe": "quick"}), 501, "lacking")


# who trains when: with processes that do nothing but wait, or fail at once

SILENT = ("python3", "-c", "import sys; sys.stdin.read()")
DYING = ("python3", "-c", "raise SystemExit(3)")
OBEYING = (
    "python3",
    "-c",
    """
import json, sys
def tell(**news): print(json.dumps(news), flush=True)
sys.stdin.readline()
tell(begun={}, history=[])
for word in map(str.strip, sys.stdin):
    if word == "stop": break
    tell(state={"pause": "paused", "resume": "running"}[word])
tell(end="interrupted")
""",
)


def order(name: str = "little") -> Order:
    return Order(recipes.parse(little.RECIPE, name=name))


def states(trainings: Trainings) -> list[str]:
    return [training.status for training in trainings]


def test_one_at_a_time_a_user_and_a_queue_beyond(tmp_path: Path) -> None:
    async def play() -> None:
        limits = Limits(trainings=2, queue=2)
        trainings = Trainings(tmp_path, limits, command=SILENT)
        first = trainings.add(order(), "ada")
        second = trainings.add(order(), "ada")
        third = trainings.add(order(), "bea")
        assert states(trainings) == ["starting", "waiting", "starting"]
        fourth = trainings.add(order(), "cem")
        assert [trainings.entry(each)["place"] for each in (second, fourth)] == [1, 2]
        with pytest.raises(Problem, match="2 trainings are waiting"):
            trainings.add(order(), "dan")
        with pytest.raises(Problem, match="only a running training"):
            trainings.pause(fourth)
        trainings.remove(fourth)
        assert fourth.status == "removed"
        assert first.process is not None
        first.process.kill()
        await settled(first)
        assert (first.status, second.status, third.status) == ("failed", "starting", "starting")
        assert "memory may have run out" in (first.problem or "")
        for training in (second, third):
            assert training.process is not None
            training.process.kill()
        await trainings.end()
        assert states(trainings) == ["failed"] * 3

    asyncio.run(play())


def test_a_class_finds_room_in_the_queue(tmp_path: Path) -> None:
    async def play() -> None:
        trainings = Trainings(tmp_path, Limits(), command=SILENT)
        for pupil in range(30):
            trainings.add(order(), f"192.0.2.{pupil}")
        assert states(trainings) == ["starting", *["waiting"] * 29]
        first, *others = trainings
        for training in others:
            trainings.remove(training)
        first.process.kill()
        await trainings.end()

    asyncio.run(play())


def test_a_paused_training_makes_room_for_those_that_wait(tmp_path: Path) -> None:
    async def play() -> None:
        trainings = Trainings(tmp_path, Limits(pause_seconds=0.2), command=OBEYING)
        first = trainings.add(order(), "ada")
        await until(first, "running")
        trainings.pause(first)
        await until(first, "paused")
        await asyncio.sleep(0.5)
        assert first.status == "paused"  # nobody waits
        trainings.resume(first)
        await until(first, "running")
        second = trainings.add(order(), "bea")
        await asyncio.sleep(0.5)
        assert states(trainings) == ["running", "waiting"]
        trainings.pause(first)
        await until(second, "running")
        assert first.status == "interrupted"
        await trainings.end()

    asyncio.run(play())


def test_a_process_that_dies_leaves_its_run_to_be_resumed(tmp_path: Path) -> None:
    async def play() -> None:
        trainings = Trainings(tmp_path, Limits(), command=DYING)
        run = create(tmp_path, "little", 0)
        training = trainings.add(Order(order().recipe, run.name), "ada")
        with pytest.raises(Problem, match="being trained already"):
            trainings.add(Order(order().recipe, run.name), "bea")
        news = [entry["status"] async for kind, entry in trainings.watch(training) if kind]
        assert news[-1] == training.status == run.info["status"] == "interrupted"
        assert trainings.entry(training)["resumable"]

    asyncio.run(play())


def test_watchers_are_limited_and_leave_when_the_server_stops(tmp_path: Path) -> None:
    async def play() -> None:
        trainings = Trainings(tmp_path, Limits(watchers=1), command=SILENT)
        training = trainings.add(order(), "ada")
        watched = trainings.watch(training)
        assert (await anext(watched))[0] == "training"
        with pytest.raises(Problem, match="are watching"):
            await anext(trainings.watch(training))
        await watched.aclose()  # type: ignore[attr-defined]
        assert [kind async for kind, _ in trainings.watch(training, alive=lambda: False)] == []
        assert training.process is not None
        training.process.kill()
        await trainings.end()

    asyncio.run(play())


async def settled(training: Training) -> None:
    while not training.ended:
        await asyncio.sleep(0.02)


async def until(training: Training, status: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while training.status != status:
            await asyncio.sleep(0.02)


def test_only_an_interrupted_run_can_be_resumed(tmp_path: Path) -> None:
    run = create(tmp_path, "little", 0)
    run.write_recipe(order().recipe.to_toml())
    with pytest.raises(Problem, match="is running") as error:
        orders.of_run(run, Limits())
    assert (error.value.kind, error.value.status) == ("conflict", 409)
    run.update_info(status="interrupted")
    assert orders.of_run(run, Limits()).title == "Little"
    with pytest.raises(RecipeError, match="this server trains 2"):
        orders.of_run(run, Limits(epochs=2))


def test_names_and_joined_datasets() -> None:
    parsed = recipes.parse(little.RECIPE, name="a/b")
    several = parsed.changed({"ensemble.networks": 2})
    assert any(each.startswith("ensemble: a server") for each in orders.beyond(several, Limits()))
    assert orders.beyond(parsed, Limits())[0].startswith("name: expected")
    joined = parsed.changed({"name": "x", "data.dataset": "mnist+2xusps"})
    assert orders.beyond(joined, Limits()) == []
    unknown = parsed.changed({"name": "x", "data.dataset": "mnist+../x"})
    with pytest.raises(Exception, match="names no dataset"):
        orders.beyond(unknown, Limits())
