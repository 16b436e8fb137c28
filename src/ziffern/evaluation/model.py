"""A trained network ready to answer: pictures in, probabilities out.

    model = load("20261121-190502-marvin-s0")
    model.predict(images)      # uint8 (N, 28, 28) → float32 (N, 10)

By default the arithmetic is bfloat16 where the processor is made for it: about twice as fast, and
probabilities move by a hundredth at most. Evaluation always asks for ``precision="float32"``, so
that its results do not depend on the machine.
"""

from __future__ import annotations

import dataclasses
import html
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from ziffern import device, modelfile
from ziffern.averaging import averaged
from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.layers import Network
from ziffern.modelfile import SavedModel
from ziffern.pictures import Pixels
from ziffern.runs import Run
from ziffern.training.network import TorchNetwork

BATCH = 128  # of pictures whose activations stay in the processor's cache
GPU_BATCH = 4096


Precision = Literal["auto", "float32", "bfloat16"]


class Predictor(Protocol):
    """Anything that answers pictures: our own models and those of other programs."""

    @property
    def name(self) -> str:
        """What the model is called."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each output."""

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), for uint8 pictures (N, 28, 28), white on black."""


class Model:
    """A trained network with its preprocessing contract and class names."""

    def __init__(
        self, saved: SavedModel, *, on: str = "auto", precision: Precision = "auto"
    ) -> None:
        self.saved = saved
        self.device = device.choose(on)
        fast = device.default_precision(self.device) if precision == "auto" else precision
        self._autocast = fast == "bfloat16"
        device.keep_freed_memory()

    @property
    def name(self) -> str:
        """What the model is called: the run's name."""
        return self.saved.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each output."""
        return self.saved.class_names

    @property
    def contract(self) -> Contract:
        """How a picture becomes the network's input."""
        return self.saved.contract

    @property
    def averaging(self) -> int:
        """How many pictures are answered for each one: 1, or with its moved copies 5 or 9."""
        return 1 + self.saved.shifts

    @cached_property
    def alone(self) -> Model:
        """The same network without averaging."""
        found = copy(self)
        found.saved = dataclasses.replace(self.saved, shifts=0)
        return found

    @cached_property
    def network(self) -> Network:
        """The layers with shapes, parameters and cost."""
        return self.saved.network

    @cached_property
    def _torch(self) -> TorchNetwork:
        network = TorchNetwork(self.network)
        network.load_weights(self.saved.weights)
        return network.to(self.device).eval()

    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return logits, float32 (N, C), for uint8 pictures (N, 28, 28), white on black.

        Where the model averages over moved copies (`saved.shifts`), these are the mean logits.

        Raises:
            InputError: another type or shape.
        """
        pictures = np.asarray(images)
        size = self.contract.size
        if pictures.dtype != np.uint8 or pictures.ndim != 3 or pictures.shape[1:] != (size, size):
            raise InputError(
                f"expected uint8 pictures of shape (N, {size}, {size}), white ink on black, not "
                f"{pictures.dtype} {pictures.shape}; ziffern.normalise makes such pictures"
            )
        found = np.empty((len(pictures), len(self.class_names)), np.float32)
        batch = BATCH if self.device.type == "cpu" else GPU_BATCH
        bfloat16 = torch.autocast(self.device.type, torch.bfloat16, enabled=self._autocast)
        with torch.inference_mode(), bfloat16:
            for start in range(0, len(pictures), batch):
                part = pictures[start : start + batch]
                found[start : start + batch] = averaged(self._answer, part, self.saved.shifts)
        return found

    def _answer(self, pictures: Pixels) -> NDArray[np.float32]:
        """Return the network's own logits for one batch of pictures."""
        inputs = torch.from_numpy(self.contract.scaled(pictures))
        answers: NDArray[np.float32] = self._torch(inputs.to(self.device)).cpu().numpy()
        return answers

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), rows sum to 1, for pictures as in `logits`."""
        return softmax(self.logits(images))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(stage.name)}</td><td>{html.escape(str(stage.layer))}</td>"
            f"<td>{stage.output_shape}</td><td>{stage.parameters:,}</td></tr>"
            for stage in self.network.stages
        )
        return (
            f"<b>{html.escape(self.name)}</b>: {self.network.parameters:,} parameters"
            "<table><tr><th>name</th><th>layer</th><th>output shape</th><th>parameters</th></tr>"
            f"{rows}</table>"
        )


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits (N, C) into probabilities; the largest is subtracted first, so none overflows."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def load(
    run_or_path: str | Path | Run,
    *,
    runs: str | Path = "runs",
    on: str = "auto",
    precision: Precision = "auto",
    averaging: bool = True,
) -> Model:
    """Load a trained model: a run by name or path, ``latest``, or a folder with `model.json`.

    Args:
        run_or_path: which model.
        runs: the folder in which a name is looked for.
        on: `auto`, `cpu` or `cuda`.
        precision: `auto` is bfloat16 where the processor is made for it, else float32.
        averaging: whether a model that averages over moved copies of each picture does so.

    Raises:
        RunError: no such run, or its model is missing or damaged.
    """
    model = Model(modelfile.read(folder(run_or_path, runs)), on=on, precision=precision)
    return model if averaging else model.alone


def folder(run_or_path: str | Path | Run, runs: str | Path = "runs") -> Path:
    """Return the folder in which a model lies. Arguments and errors as for `load`."""
    if not isinstance(run_or_path, Run) and (Path(run_or_path) / modelfile.FACTS).exists():
        return Path(run_or_path)
    run = run_or_path if isinstance(run_or_path, Run) else Run.open(run_or_path, runs)
    status = run.info["status"]
    if status not in ("finished", "stopped early") and not (run.path / modelfile.FACTS).exists():
        hint = "" if status == "diverged" else f"; go on with: ziffern train --resume {run.path}"
        raise RunError(f"{run.name} has no model (status: {status}){hint}")
    return run.path
