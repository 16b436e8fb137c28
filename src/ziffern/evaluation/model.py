"""A trained network ready to answer: pictures in, probabilities out.

    model = load("20261121-190502-marvin-s0")
    model.predict(images)      # uint8 (N, 28, 28) → float32 (N, 10)

`load` brings a model into PyTorch, or into ONNX Runtime (`ziffern.evaluation.runtime`) where that
is at hand or asked for. PyTorch is imported only when a network is brought into it.

In PyTorch, by default the arithmetic is bfloat16 where the processor is made for it: about twice as
fast, and probabilities move by a hundredth at most. Evaluation always asks for
``precision="float32"``, so that its results do not depend on the machine.
"""

from __future__ import annotations

import dataclasses
import html
from copy import copy
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast, get_args, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ziffern import device, modelfile, shipped
from ziffern.averaging import Copies, averaged
from ziffern.contract import Contract
from ziffern.errors import InputError, RunError, did_you_mean
from ziffern.evaluation import runtime
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.exchange.onnx import softmax as softmax
from ziffern.layers import Network
from ziffern.memory import explained
from ziffern.modelfile import SavedModel
from ziffern.pictures import Pixels
from ziffern.runs import Run
from ziffern.states import Thresholds

if TYPE_CHECKING:
    from ziffern.training.network import TorchNetwork

BATCH = 128  # of pictures whose activations stay in the processor's cache
GPU_BATCH = 4096

Precision = Literal["auto", "float32", "bfloat16"]
Engine = Literal["auto", "torch", "onnxruntime"]


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
    """A trained network in PyTorch with its preprocessing contract and class names."""

    def __init__(
        self, saved: SavedModel, *, on: str = "auto", precision: Precision = "auto"
    ) -> None:
        self.saved = saved
        self.device = device.choose(on)
        self._autocast = device.precision(precision, self.device) == "bfloat16"
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
    def temperature(self) -> float:
        """What logits are divided by to become probabilities."""
        return self.saved.temperature

    @property
    def background_class(self) -> bool:
        """Whether it has learnt that a logit of 0 stands for no class at all."""
        return self.saved.background_class

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on an answer is sure, and from which on it is a digit at all."""
        return self.saved.thresholds

    @property
    def averaging(self) -> int:
        """How many pictures are answered for each one: 1, or more with its copies."""
        return self.saved.copies.pictures

    @cached_property
    def alone(self) -> Model:
        """The same network without averaging."""
        found = copy(self)
        found.saved = dataclasses.replace(self.saved, copies=Copies())
        return found

    @cached_property
    def network(self) -> Network:
        """The layers with shapes, parameters and cost."""
        return self.saved.network

    @cached_property
    def _torch(self) -> TorchNetwork:
        from ziffern.training.network import TorchNetwork

        network = TorchNetwork(self.network)
        network.load_weights(self.saved.weights)
        return network.to(self.device).eval()

    @explained("give fewer pictures at once, or free memory")
    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return logits, float32 (N, C), for uint8 pictures (N, 28, 28), white on black.

        Where the model averages over copies (`saved.copies`), these are the mean logits.

        Raises:
            InputError: another type or shape.
            OutOfMemoryError: there is not enough memory.
        """
        import torch

        pictures = self.contract.checked(images)
        found = np.empty((len(pictures), len(self.class_names)), np.float32)
        batch = BATCH if self.device.type == "cpu" else GPU_BATCH
        bfloat16 = torch.autocast(self.device.type, torch.bfloat16, enabled=self._autocast)
        with torch.inference_mode(), bfloat16:
            for start in range(0, len(pictures), batch):
                part = pictures[start : start + batch]
                found[start : start + batch] = averaged(self._answer, part, self.saved.copies)
        return found

    def _answer(self, pictures: Pixels) -> NDArray[np.float32]:
        """Return the network's own logits for one batch of pictures."""
        import torch

        inputs = torch.from_numpy(self.contract.scaled(pictures))
        answers: NDArray[np.float32] = self._torch(inputs.to(self.device)).cpu().numpy()
        return answers

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), for pictures as in `logits`.

        Rows sum to 1, with a background class to what is left beside the probability of that.
        """
        return softmax(
            self.logits(images), self.temperature, background_class=self.background_class
        )

    def _repr_html_(self) -> str:
        return f"<b>{html.escape(self.name)}</b>: {self.network._repr_html_()}"


@overload
def load(
    model: str | Path | Run,
    *,
    runs: str | Path = "runs",
    on: str = "auto",
    precision: Precision = "auto",
    averaging: bool = True,
    engine: Literal["torch"],
) -> Model: ...


@overload
def load(
    model: str | Path | Run,
    *,
    runs: str | Path = "runs",
    on: str = "auto",
    precision: Precision = "auto",
    averaging: bool = True,
    engine: Engine = "auto",
) -> Model | RuntimeModel: ...


def load(
    model: str | Path | Run,
    *,
    runs: str | Path = "runs",
    on: str = "auto",
    precision: Precision = "auto",
    averaging: bool = True,
    engine: Engine = "auto",
) -> Model | RuntimeModel:
    """Load a trained model.

    Args:
        model: the name of a model that ships with Ziffern; a run by name or path, or ``latest``; a
            folder with `model.json`; or an ONNX file that `ziffern export` wrote.
        runs: the folder in which a run's name is looked for.
        on: `auto`, `cpu` or `cuda`.
        precision: `auto` is bfloat16 where the processor is made for it, else float32; so is
            `bfloat16`, with a warning where it is not.
        averaging: whether a model that averages over copies of each picture does so.
        engine: `torch`, or `onnxruntime`, which computes in float32 on the CPU and is light. `auto`
            is ONNX Runtime for shipped models and ONNX files and PyTorch for others, unless only
            the other one is installed or can do what is asked.

    Raises:
        RunError: no such model, or it is damaged.
        InputError: the engine cannot do what is asked.
        WorkError: the engine is not installed.
    """
    where = folder(model, runs)
    found: Model | RuntimeModel
    if choose_engine(where, engine, on=on, precision=precision) == "torch":
        found = Model(saved_of(where), on=on, precision=precision)
    else:
        found = runtime.read(where) if is_onnx(where) else runtime.in_folder(where)
    return found if averaging else found.alone


def choose_engine(where: Path, engine: Engine, *, on: str, precision: Precision) -> Engine:
    """Return `torch` or `onnxruntime` for a model at `where`; arguments and errors as in `load`."""
    if engine not in get_args(Engine):
        raise InputError(f"unknown engine {engine!r}{did_you_mean(engine, get_args(Engine))}")
    light = on in ("auto", "cpu") and precision != "bfloat16"
    if engine == "auto":
        engine = _at_hand(where) if light else "torch"
    if engine == "onnxruntime" and not light:
        raise InputError(
            f"ONNX Runtime computes in float32 on the CPU, not in {precision} on {on}; "
            "engine='torch' can"
        )
    return engine


def _at_hand(where: Path) -> Engine:
    """Return the engine that a model is ready for, or the other one if only that is installed."""
    if is_onnx(where):
        return "onnxruntime"
    ready, other = "torch", "onnxruntime"
    if where.parent == shipped.FOLDER:
        ready, other = other, ready
    return cast(Engine, ready if find_spec(ready) or not find_spec(other) else other)


def is_onnx(path: Path) -> bool:
    """Whether this is an ONNX file, by its name."""
    return path.suffix.lower() == ".onnx" and not path.is_dir()


def saved_of(model: str | Path | Run, runs: str | Path = "runs") -> SavedModel:
    """Return layers and weights of a model. Arguments and errors as for `load`."""
    where = folder(model, runs)
    if is_onnx(where):
        raise InputError(
            f"{where} is made for ONNX Runtime alone; give the run or folder that it is from"
        )
    return modelfile.read(where)


def folder(model: str | Path | Run, runs: str | Path = "runs") -> Path:
    """Return the folder in which a model lies, or its ONNX file. Arguments and errors as for
    `load`; whether such a file exists is looked at for shipped models only.
    """
    if isinstance(model, Run):
        run = model
    elif isinstance(model, str) and model in shipped.names():
        return shipped.folder(model)
    elif is_onnx(Path(model)) or (Path(model) / modelfile.FACTS).exists():
        return Path(model)
    else:
        run = _run(model, runs)
    status = run.info["status"]
    if status not in ("finished", "stopped early") and not (run.path / modelfile.FACTS).exists():
        hint = "" if status == "diverged" else f"; go on with: ziffern train --resume {run.path}"
        raise RunError(f"{run.name} has no model (status: {status}){hint}")
    return run.path


def _run(given: str | Path, runs: str | Path) -> Run:
    """Open a run; where there is none, name a shipped model that may have been meant."""
    try:
        return Run.open(given, runs)
    except RunError as error:
        near = did_you_mean(str(given), shipped.names())
        if not near.startswith(":"):
            raise
        raise RunError(f"{error}; of the shipped models{near}") from error
