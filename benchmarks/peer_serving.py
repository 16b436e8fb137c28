"""The usual way to put a Keras model behind REST, FastAPI and `predict`, measured beside ours.

    python benchmarks/peer_serving.py layers.json

Runs in an environment of its own (`peers_environments.py`). Takes the same JSON as ours, 28×28
numbers, and answers with digit and probabilities. The weights are those that Keras starts with, for
they have no part in the time. Prints its address, as ours does.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Images(BaseModel):
    """What is asked; other keys are left aside."""

    images: list[list[list[int]]]


def main() -> None:
    """Build the network from its lines and serve it."""
    lines = json.loads(Path(sys.argv[1]).read_text())
    layers = [eval(line, vars(keras.layers)) for line in lines]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.predict(np.zeros((2, 28, 28, 1), np.float32), verbose=0)
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(asked: Images) -> dict[str, Any]:
        images = np.array(asked.images, np.float32)[..., np.newaxis] / 255
        answers = model.predict(images, verbose=0)
        return {
            "predictions": [
                {"digit": int(row.argmax()), "probabilities": row.tolist()} for row in answers
            ]
        }

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"serving at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error"))
        server.run([listening])


if __name__ == "__main__":
    main()
