"""How much the server bears, under a real load generator on the same machine.

    python benchmarks/serving.py                         # loads: requests/s, digits/s, latencies
    python benchmarks/serving.py --peer ENVIRONMENTS     # beside plain FastAPI + Keras predict
    python benchmarks/serving.py --mixed 600             # mixed load: memory and failures
    python benchmarks/serving.py --bad 10000             # bad requests: no 500, nothing leaks

wrk makes the load: 32 connections, each waiting for its answer. Server, wrk and whatever else runs
share the cores, so this wants a quiet machine. ENVIRONMENTS is a folder in which the peer's is made
where it is missing (`peers_environments.py`).
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

import peers_environments
from ziffern.datasets.catalogue import entry
from ziffern.datasets.sources import read_sample

HERE = Path(__file__).resolve().parent
CONNECTIONS = 32
SCRIPT = """
local requests = {}
local kind, folder, count = os.getenv("KIND"), os.getenv("BODIES"), tonumber(os.getenv("COUNT"))
function init(args)
  for i = 0, count - 1 do
    local file = io.open(folder .. "/" .. i, "rb")
    requests[#requests + 1] = wrk.format("POST", nil, {["content-type"] = kind}, file:read("*a"))
    file:close()
  end
end
local i = 0
function request() i = i % #requests + 1; return requests[i] end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nRESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d, "lost": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, e.status, e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """Bodies that are sent in turn, each with some digits."""

    name: str
    bodies: Sequence[bytes]
    digits: int = 1
    kind: str = "application/json"


def png(picture: np.ndarray) -> bytes:
    """Return a picture as a PNG file."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def in_json(images: list[Any], **options: Any) -> bytes:
    return json.dumps({"images": images, **options}, separators=(",", ":")).encode()


def loads(model: str) -> list[Load]:
    """Return what is asked of a model: single digits and batches, in every form."""
    digits = read_sample(entry("mnist"), "test").images
    large = [255 - np.kron(digit, np.ones((10, 10), np.uint8)) for digit in digits[:100]]
    own: dict[str, Any] = {"models": [model]}
    texts = [base64.b64encode(png(digit)).decode() for digit in digits]
    head = b'--X\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    tail = b'\r\n--X\r\ncontent-disposition: form-data; name="models"\r\n\r\n%s\r\n--X--\r\n'
    found = []
    for how, more in (("", {}), (", alone", {"averaging": False})):
        single = [in_json([digit.tolist()], **own, **more) for digit in digits[:100]]
        hundreds = [digits[start : start + 100].tolist() for start in range(0, 1000, 100)]
        batches = [in_json(hundred, **own, **more) for hundred in hundreds]
        found += [Load(f"one, numbers{how}", single), Load(f"100, numbers{how}", batches, 100)]
    alone = {**own, "averaging": False}
    hundred_texts = [texts[start : start + 100] for start in range(0, 1000, 100)]
    return [
        *found,
        Load("one, PNG, alone", [in_json([text], **alone) for text in texts[:100]]),
        Load("100, PNG, alone", [in_json(each, **alone) for each in hundred_texts], 100),
        Load(
            "one, canvas of 280×280, alone",
            [in_json([base64.b64encode(png(one)).decode()], **alone) for one in large],
        ),
        Load(
            "one, form",
            [head + png(digit) + tail % model.encode() for digit in digits[:100]],
            kind="multipart/form-data; boundary=X",
        ),
    ]


def wrk(load: Load, address: str, seconds: float, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Send a load for some seconds; return counts, and latencies in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(load.bodies):
            Path(folder, str(number)).write_bytes(body)
        script = Path(folder, "load.lua")
        script.write_text(SCRIPT)
        variables = {"KIND": load.kind, "BODIES": folder, "COUNT": str(len(load.bodies))}
        command = [
            "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s",
            "-s", str(script), f"{address}/v1/predict",
        ]  # fmt: skip
        done = subprocess.run(
            command, env=os.environ | variables, capture_output=True, text=True, check=True
        )
    found: dict[str, Any] = json.loads(done.stdout.rpartition("RESULT ")[2])
    return found


@contextmanager
def serving(command: Sequence[str | Path], **variables: str) -> Iterator[tuple[str, int]]:
    """Start a server that prints its address; give that and its process."""
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, env=os.environ | variables
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the server did not start"
        for _ in range(600):
            try:
                if httpx.get(f"{found[0]}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait(60)


def ours(model: str, workers: int) -> list[str | Path]:
    return [
        sys.executable, "-m", "ziffern", "serve", "--port", "0", "--models", model,
        "--workers", str(workers),
    ]  # fmt: skip


def measure(models: Sequence[str], workers: Sequence[int], seconds: float, rounds: int) -> None:
    print("| model | processes | load | requests/s | digits/s | p50, ms | p99, ms | not 200 |")
    print("|---|---|---|---|---|---|---|---|")
    for model in models:
        for count in workers:
            with serving(ours(model, count)) as (address, _):
                for load in loads(model):
                    wrk(load, address, 2)
                    found = [wrk(load, address, seconds) for _ in range(rounds)]
                    row(f"{model} | {count}", load, found)


def row(name: str, load: Load, found: Sequence[dict[str, Any]]) -> None:
    """Print the median round, with the range of rates."""
    rates = [each["requests"] / each["seconds"] for each in found]
    p50, p99 = (float(np.median([each[key] for each in found])) for key in ("p50", "p99"))
    bad = sum(each["failed"] + each["lost"] for each in found)
    rate = float(np.median(rates))
    spread = f" ({min(rates):,.0f}–{max(rates):,.0f})" if len(rates) > 1 else ""
    print(
        f"| {name} | {load.name} | {rate:,.0f}{spread} | {rate * load.digits:,.0f} | {p50:.1f} | "
        f"{p99:.1f} | {bad} |",
        flush=True,
    )


def beside_keras(model: str, environments: Path, seconds: float, rounds: int) -> None:
    """Take turns with a plain FastAPI server around Keras, on the same network and digits."""
    python = peers_environments.python("fastapi-keras", environments)
    chosen = [load for load in loads(model) if load.name.endswith("numbers, alone")]
    variables = peers_environments.ENVIRONMENTS["fastapi-keras"].variables
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        layers = Path(folder, "layers.json")
        with serving(ours(model, 1)) as (address, _):
            about = httpx.get(f"{address}/v1/models/{model}").json()
            layers.write_text(json.dumps([layer["text"] for layer in about["layers"]]))
        peer = [python, HERE / "peer_serving.py", layers]
        for _ in range(rounds):
            for name, command in (("Ziffern", ours(model, 1)), ("FastAPI + Keras", peer)):
                more = variables if name != "Ziffern" else {}
                with serving(command, **more) as (address, _):
                    for load in chosen:
                        wrk(load, address, 3)
                        found.setdefault((name, load.name), []).append(wrk(load, address, seconds))
    print("| server | load | requests/s | digits/s | p50, ms | p99, ms | not 200 |")
    print("|---|---|---|---|---|---|---|")
    for load in chosen:
        for name in ("Ziffern", "FastAPI + Keras"):
            row(name, load, found[name, load.name])


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process and its children (Linux)."""
    listed = subprocess.run(
        ["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)], capture_output=True, text=True
    )
    return sum(map(int, listed.stdout.split())) / 1024


def mixed(model: str, seconds: float) -> None:
    """Single digits, batches, forms, pages and looks at once: memory each tenth, and failures."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()
    picture = read_sample(entry("mnist"), "test").images[0]
    page = png(255 - np.kron(np.hstack([picture] * 6), np.ones((3, 3), np.uint8)))

    def others(address: str) -> None:
        """Pages, looks and mistakes, one after the other."""
        with httpx.Client(base_url=address, timeout=60) as client:
            while not stop.is_set():
                image = {"image": picture.tolist()}
                for answer in (
                    client.post("/v1/read", files={"files": ("page.png", page)}),
                    client.post(f"/v1/models/{model}/activations", json=image),
                    client.post(f"/v1/models/{model}/why", json=image),
                    client.post("/v1/predict", content=b"{", headers={"content-type": "text/x"}),
                    client.get("/v1/models"),
                    client.get("/metrics"),
                ):
                    statuses[answer.status_code] += 1
                stop.wait(0.2)

    with serving(ours(model, 1)) as (address, pid):
        chosen = [load for load in loads(model) if load.name != "100, numbers"]
        results: list[dict[str, Any]] = []

        def press(load: Load) -> None:
            results.append(wrk(load, address, seconds, connections=4))

        threads = [threading.Thread(target=press, args=(load,)) for load in chosen]
        threads.append(threading.Thread(target=others, args=(address,)))
        for thread in threads:
            thread.start()
        for tenth in range(10):
            print(f"{tenth * seconds / 10:5.0f} s: {memory_mib(pid):.0f} MiB", flush=True)
            time.sleep(seconds / 10)
        stop.set()
        for thread in threads:
            thread.join()
        print(f"{seconds:5.0f} s: {memory_mib(pid):.0f} MiB")
    asked = sum(each["requests"] for each in results)
    bad = sum(each["failed"] for each in results)
    lost = sum(each["lost"] for each in results)
    print(f"{asked:,} requests by wrk, {bad} not 200, {lost} lost; others by status: {statuses}")


def bad(count: int) -> None:
    """Send requests that are wrong in every way we thought of; none may make the server fail."""
    rng = random.Random(0)
    picture = png(read_sample(entry("mnist"), "test").images[0])
    paths = ("/v1/predict", "/v1/read", "/v1/models", "/v1/models/tiny/activations",
             "/v1/models/tiny/unit", "/v1/models/tiny/why", "/v1/models/tiny/steps",
             "/v1/models/../../x", "/v1/nothing", "/%2e%2e/%2e%2e/etc/passwd")  # fmt: skip
    kinds = ("application/json", "multipart/form-data; boundary=X", "text/plain", "", "a/b")
    values: tuple[Any, ...] = (
        None, True, -1, 1e300, "", "x", "AAAA", [], [[]], {}, [[0] * 28] * 28, "\x00", "é" * 300,
        [None] * 28, [[256] * 28] * 28, base64.b64encode(picture[:-20]).decode(), "../../etc",
    )  # fmt: skip
    keys = ("images", "image", "models", "averaging", "layer", "unit", "place", "target", "name")

    def body() -> bytes:
        kind = rng.randrange(4)
        if kind == 0:
            return rng.randbytes(rng.randrange(300))
        if kind == 1:
            file = bytearray(picture)
            for _ in range(rng.randrange(9)):
                file[rng.randrange(len(file))] = rng.randrange(256)
            cut = bytes(file[: rng.randrange(1, len(file) + 1)])
            name = rng.choice([b"files", b"file", b"images", b"", b'"\x00'])
            return (
                b'--X\r\ncontent-disposition: form-data; name="%s"; filename="a"\r\n\r\n' % name
                + cut
                + rng.choice([b"\r\n--X--\r\n", b"", b"\r\n--X"])
            )
        chosen = {key: rng.choice(values) for key in rng.sample(keys, rng.randrange(1, 4))}
        if "images" in chosen and rng.random() < 0.7:
            chosen["images"] = [rng.choice(values) for _ in range(rng.randrange(3))]
        text = json.dumps(chosen).encode()
        return text[: rng.randrange(len(text))] if kind == 2 else text

    statuses: Counter[int] = Counter()
    leaks = Counter[str]()
    secrets = (str(Path.home()), str(HERE.parent), tempfile.gettempdir() + "/", "Traceback")
    with (
        serving(ours("tiny", 1)) as (address, pid),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        before = memory_mib(pid)
        for _ in range(count):
            method = rng.choice(["POST"] * 6 + ["GET", "PUT", "DELETE", "PATCH"])
            path = rng.choice(paths)
            answer = client.request(
                method, path, content=body(), headers={"content-type": rng.choice(kinds)}
            )
            statuses[answer.status_code] += 1
            leaks.update(secret for secret in secrets if secret in answer.text)
            if answer.status_code >= 500:
                print(f"{method} {path}: {answer.text}")
        print(f"{count:,} bad requests, by status: {dict(sorted(statuses.items()))}")
        print(f"leaks: {dict(leaks) or 'none'}; memory {before:.0f} → {memory_mib(pid):.0f} MiB")
        assert client.get("/readyz").status_code == 200


def main() -> None:
    """Read the arguments and do what is asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["flagship", "tiny"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--seconds", type=float, default=10, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", type=Path, metavar="ENVIRONMENTS")
    parser.add_argument("--mixed", type=float, metavar="SECONDS")
    parser.add_argument("--bad", type=int, metavar="N")
    given = parser.parse_args()
    if given.mixed:
        mixed(given.models[0], given.mixed)
    elif given.bad:
        bad(given.bad)
    elif given.peer:
        for model in given.models:
            print(f"\n**{model}**\n")
            beside_keras(model, given.peer, given.seconds, given.rounds)
    else:
        measure(given.models, given.workers, given.seconds, given.rounds)


if __name__ == "__main__":
    main()
