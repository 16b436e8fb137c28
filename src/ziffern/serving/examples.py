"""Examples of the OpenAPI document: what is sent to each endpoint, and what is answered.

They are real answers of shipped models to one picture, long lists cut short. A server that has
`flagship` and `tiny` loaded accepts all of them.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from ziffern.classes import DIGITS

JSON = "application/json"
FORM = "multipart/form-data"

ROWS = [[0] * 28] * 4 + [[0] * 12 + [255] * 3 + [0] * 13] * 20 + [[0] * 28] * 4
"""A picture of a 1."""
FILE = "P1 28 28\n" + "".join("".join("01"[bool(ink)] for ink in row) + "\n" for row in ROWS)
"""The same as a picture file that is text (plain PBM), so that a document can show it."""
BASE64 = base64.b64encode(FILE.encode()).decode()
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAG0lEQVR4nGNgoD9gROH9"
    "RxVgwqdzVHJUcuAAAOxDASipOH8uAAAAAElFTkSuQmCC"
)
RUN, OTHER, TRAINING = "20261121-190502-marvin-s0", "20261121-191044-lenet5-s0", "8c1f0e6b2a44"


@dataclass(frozen=True)
class Example:
    """Of one operation: bodies by their media types, what is answered, and as what."""

    answer: Any = None
    request: dict[str, Any] = field(default_factory=dict)
    media: str = JSON


LAYER = {
    "name": "conv2d", "kind": "Conv2D",
    "text": "Conv2D(16, 4, strides=2, padding='same', use_bias=False)",
    "shape": [14, 14, 16], "parameters": 256, "multiply_adds": 50176,
}  # fmt: skip
MODEL = {
    "name": "flagship", "shipped": True, "class_names": list(DIGITS), "parameters": 98634,
    "multiply_adds": 3257984, "averaging": 5, "temperature": 0.514,
    "background_class": False, "thresholds": {"sure": 0.99, "digit": 0.5},
    "contract": {
        "scale": "unit", "mean": 0.0, "deviation": 1.0, "size": 28, "box": 20, "centre": "mass",
    },
    "layers": [LAYER], "card": None,
}  # fmt: skip
SEEN = {"model": "flagship", "normalised": ROWS}
ACTIVATIONS = {
    **SEEN, "digit": 1, "state": "sure",
    "layers": [
        {
            "name": "dense", "kind": "Dense", "text": "Dense(10, activation='softmax')",
            "shape": [10], "low": -0.82, "high": 4.68, "maps": None,
            "values": [-0.23, 4.68, -0.71, -0.82, -0.8, -0.58, -0.31, -0.63, -0.63, -0.54],
            "left_out": 0,
        },
    ],
    "softmax": {
        "class_names": list(DIGITS),
        "logits": [-0.23, 4.68, -0.71, -0.82, -0.8, -0.58, -0.31, -0.63, -0.63, -0.54],
        "temperature": 0.514,
        "shifted": [-9.56, 0, -10.49, -10.69, -10.67, -10.23, -9.71, -10.32, -10.33, -10.16],
        "exp": [7.1e-5, 1, 2.8e-5, 2.3e-5, 2.3e-5, 3.6e-5, 6.1e-5, 3.3e-5, 3.3e-5, 3.9e-5],
        "sum": 1.000346,
        "probabilities": [
            7.1e-5, 0.999655, 2.8e-5, 2.3e-5, 2.3e-5, 3.6e-5, 6.1e-5, 3.3e-5, 3.3e-5, 3.9e-5,
        ],
    },
}  # fmt: skip
UNIT = {
    "model": "flagship", "layer": "conv2d", "unit": 3, "place": [5, 8], "kind": "Conv2D",
    "channels": [
        {
            "channel": 0,
            "weights": [
                [0.0914, 0.0875, -0.0273, -0.0228], [0.1233, 0.1221, -0.062, -0.1405],
                [0.0865, -0.0553, -0.1283, -0.1682], [0.0641, -0.1243, -0.1346, -0.0174],
            ],
            "inputs": [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
            "sum": 0.3653,
        }
    ],
    "left_out": 0, "rest": 0.0, "bias": 0.0, "sum": 0.3653, "activation": "linear",
    "output": 0.3653,
}  # fmt: skip
WHY = {
    "model": "flagship", "target": 1, "score": 4.68, "occlusion": [[0.0] * 28] * 28,
    "neighbours": [{"digit": 1, "distance": 0.284, "index": 3549, "normalised": ROWS}],
}  # fmt: skip
RECIPE = {
    "name": "marvin", "title": "Marvin", "source": "S1",
    "summary": "The notebook's network: two convolutions, two dense layers",
    "parameters": 497034, "multiply_adds": 2902656, "epochs": 10, "seed": 0, "dataset": "mnist",
}  # fmt: skip
CHECKED = {
    **RECIPE, "epochs": 5, "measured": None, "batch_size": 128, "trainable_parameters": 497034,
    "averaging": 1,
    "layers": [
        {
            "name": "conv2d", "kind": "Conv2D", "text": "Conv2D(32, 3, activation='relu')",
            "shape": [26, 26, 32], "parameters": 320, "multiply_adds": 194688,
        }
    ],
}  # fmt: skip
WISH = {"recipe": "marvin", "changes": {"train.epochs": 5}}
STARTING = {
    "id": TRAINING, "status": "starting", "place": None, "recipe": "marvin", "title": "Marvin",
    "seed": 0, "epochs": 5, "parameters": 497034, "run": None, "resumable": False,
    "dataset": "mnist", "is_sample": None, "train_size": None, "validation_size": None,
    "device": None, "progress": None, "problem": None,
}  # fmt: skip
RUNNING = {
    **STARTING, "status": "running", "run": RUN, "is_sample": False, "train_size": 55000,
    "validation_size": 5000, "device": "cpu",
    "progress": {
        "epoch": 2, "batch": 120, "batches": 430, "loss": 0.08, "accuracy": 0.975,
        "images_per_second": 6100.0, "seconds_left": 30.1,
    },
}  # fmt: skip
EPOCH = {
    "epoch": 1, "loss": 0.31, "accuracy": 0.91, "validation_loss": 0.09,
    "validation_accuracy": 0.97, "learning_rate": 0.001, "seconds": 9.0,
    "images_per_second": 6111.0,
}  # fmt: skip
EVENTS = f"""\
event: epoch
data: {{"epoch": 1, "loss": 0.31, "accuracy": 0.91, "validation_accuracy": 0.97}}

event: training
data: {{"id": "{TRAINING}", "status": "finished", "run": "{RUN}"}}

"""
ENTRY = {
    "name": RUN, "recipe": "marvin", "title": "Marvin", "seed": 0,
    "started": "2026-11-21T19:05:02.114+00:00", "status": "finished", "epochs": 10,
    "of_epochs": 10, "seconds": 41.2, "parameters": 497034, "dataset": "mnist",
    "is_sample": False, "members": 0,
    "validation": {"accuracy": 0.991, "n": 5000, "wilson95": [0.988, 0.993], "loss": 0.031},
    "test": None, "test_looks": 0, "problem": None,
}  # fmt: skip
DETAILS = {
    **ENTRY, "recipe_text": 'title = "Marvin"\n', "member_runs": [], "device": "cpu",
    "precision": "float32", "hardware": "2 cores", "ziffern": "0.1.0", "origin": "MNIST",
    "train_size": 55000, "validation_size": 5000,
    "training": {"seconds_training": 40.1, "images_per_second": 13700.0}, "history": [EPOCH],
}  # fmt: skip
COMPARISON = {
    "dataset": "mnist", "split": "validation",
    "groups": [
        {"name": "Marvin", "runs": [{"run": RUN, "accuracy": 0.991, "n": 5000}]},
        {"name": "LeNet-5", "runs": [{"run": OTHER, "accuracy": 0.988, "n": 5000}]},
    ],
    "pairs": [
        {
            "better": "Marvin", "worse": "LeNet-5", "difference": 0.003, "test": "mcnemar",
            "only_better": 40, "only_worse": 25, "p": 0.082, "shown": False,
        }
    ],
}  # fmt: skip
METRICS = (
    "# HELP ziffern_requests_total Answered requests.\n"
    "# TYPE ziffern_requests_total counter\n"
    'ziffern_requests_total{method="POST",route="/v1/predict",status="200"} 1.0\n'
)

EXAMPLES = {
    "GET /v1/models": Example({"models": [MODEL]}),
    "GET /v1/models/{name}": Example(MODEL),
    "POST /v1/models": Example(MODEL, {JSON: {"name": "flagship"}}),
    "DELETE /v1/models/{name}": Example(),
    "GET /healthz": Example({"status": "ok", "version": "0.1.0"}),
    "GET /readyz": Example({"status": "ready"}),
    "GET /metrics": Example(METRICS, media="text/plain"),
    "POST /v1/predict": Example(
        {
            "predictions": [
                {
                    "model": "tiny",
                    "digit": 1,
                    "probabilities": [0, 0.999936, 1e-6, 0, 1.8e-5, 0, 1e-6, 4.2e-5, 0, 1e-6],
                    "state": "sure",
                    "normalised": ROWS,
                }
            ]
        },
        {
            JSON: {"images": [ROWS, BASE64], "models": ["tiny"], "averaging": True},
            FORM: {"files": [FILE], "models": ["tiny"], "averaging": True},
        },
    ),
    "POST /v1/models/{name}/activations": Example(
        ACTIVATIONS, {JSON: {"image": ROWS}, FORM: {"files": [FILE]}}
    ),
    "GET /v1/models/{name}/activations": Example(ACTIVATIONS),
    "POST /v1/models/{name}/unit": Example(
        UNIT, {JSON: {"image": ROWS, "layer": "conv2d", "unit": 3, "place": [5, 8]}}
    ),
    "POST /v1/models/{name}/why": Example(WHY, {JSON: {"image": ROWS, "target": 1}}),
    "POST /v1/models/{name}/steps": Example(
        {
            **SEEN,
            "steps": [
                {"name": "original", "text": "28×28 pixels", "size": [28, 28], "picture": PNG}
            ],
        },
        {JSON: {"image": BASE64}, FORM: {"files": [FILE]}},
    ),
    "POST /v1/read": Example(
        {
            "file": "one.pbm",
            "pages": [
                {
                    "size": [28, 28],
                    "lines": [
                        {
                            "text": "1",
                            "box": [11, 3, 4, 22],
                            "digits": [
                                {
                                    "digit": 1,
                                    "probability": 0.99982,
                                    "box": [11, 3, 4, 22],
                                    "state": "sure",
                                }
                            ],
                        }
                    ],
                }
            ],
        },
        {FORM: {"files": [FILE], "model": "tiny"}},
    ),
    "GET /v1/recipes": Example(
        {"recipes": [{**RECIPE, "measured": {"accuracy": 0.9914, "accuracy_sd": 0.0002, "n": 3}}]}
    ),
    "GET /v1/recipes/{name}": Example({"name": "marvin", "text": 'title = "Marvin"\n'}),
    "POST /v1/recipes/check": Example({"mistakes": [], "recipe": CHECKED}, {JSON: WISH}),
    "GET /v1/trainings": Example({"trainings": [RUNNING], "lacking": None}),
    "POST /v1/trainings": Example(STARTING, {JSON: WISH}),
    "GET /v1/trainings/{name}": Example({**RUNNING, "history": [EPOCH]}),
    "DELETE /v1/trainings/{name}": Example(),
    "GET /v1/trainings/{name}/events": Example(EVENTS, media="text/event-stream"),
    "POST /v1/trainings/{name}/pause": Example({**RUNNING, "status": "paused"}),
    "POST /v1/trainings/{name}/resume": Example(RUNNING),
    "POST /v1/trainings/{name}/stop": Example({**RUNNING, "status": "stopping"}),
    "GET /v1/runs": Example({"runs": [ENTRY], "left_out": 0}),
    "GET /v1/runs/{name}": Example(DETAILS),
    "GET /v1/runs/{name}/figures/{kind}": Example(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 300"/>', media="image/svg+xml"
    ),
    "GET /v1/runs/{name}/report": Example(
        "<!doctype html><title>Marvin</title>", media="text/html"
    ),
    "GET /v1/runs/{name}/compare/{other}": Example(COMPARISON),
}
"""By method and path."""
PARAMETERS = {
    "/v1/models": {"name": "flagship", "image": BASE64},
    "/v1/recipes": {"name": "marvin"},
    "/v1/trainings": {"name": TRAINING},
    "/v1/runs": {"name": RUN, "other": OTHER, "kind": "curves"},
}
"""Required values of an address, by the path that it begins with."""
