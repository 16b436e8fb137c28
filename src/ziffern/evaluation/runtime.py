"""A trained network of ours in ONNX Runtime: the same answers as in PyTorch, without PyTorch.

    model = read(Path("marvin.onnx"))          # a file that `ziffern export` wrote
    model.predict(images)                      # uint8 (N, 28, 28) → float32 (N, C)

It can do what `ziffern.evaluation.model.Model` can, in float32 on the CPU. Which of the two is used
is decided by `ziffern.evaluation.model.load`; ONNX files of other programs are run by
`ziffern.exchange.onnx`.
"""

from __future__ import annotations

import dataclasses
import html
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ziffern import modelfile
from ziffern.averaging import Copies, averaged
from ziffern.contract import Contract
from ziffern.errors import RunError
from ziffern.exchange import onnx, onnx_writer
from ziffern.exchange.onnx import softmax
from ziffern.exchange.onnx_metadata import Metadata
from ziffern.exchange.onnx_writer import IMAGES, LOGITS
from ziffern.layers import Network
from ziffern.memory import explained
from ziffern.modelfile import SavedModel
from ziffern.pictures import Pixels
from ziffern.states import Thresholds

BATCH = 64  # of pictures whose activations stay in the processor's cache


class RuntimeModel:
    """A trained network in a session of ONNX Runtime, with what its file says about it."""

    def __init__(self, about: Metadata, session: Any) -> None:
        self.about = about
        self._session = session

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.about.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each output."""
        return self.about.class_names

    @property
    def contract(self) -> Contract:
        """How a picture becomes the network's input; its scale is part of the graph."""
        return self.about.contract

    @cached_property
    def network(self) -> Network:
        """The layers with shapes, parameters and cost."""
        return self.about.network

    @property
    def temperature(self) -> float:
        """What logits are divided by to become probabilities."""
        return self.about.temperature

    @property
    def background_class(self) -> bool:
        """Whether it has learnt that a logit of 0 stands for no class at all."""
        return self.about.background_class

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on an answer is sure, and from which on it is a digit at all."""
        return self.about.thresholds

    @property
    def averaging(self) -> int:
        """How many pictures are answered for each one: 1, or more with its copies."""
        return self.about.copies.pictures

    @cached_property
    def alone(self) -> RuntimeModel:
        """The same network without averaging."""
        return RuntimeModel(dataclasses.replace(self.about, copies=Copies()), self._session)

    @explained("give fewer pictures at once, or free memory")
    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return logits, float32 (N, C), for uint8 pictures (N, 28, 28), white on black.

        Where the model averages over copies, these are the mean logits.

        Raises:
            InputError: another type or shape.
            OutOfMemoryError: there is not enough memory.
        """
        pictures = self.contract.checked(images)
        found = np.empty((len(pictures), len(self.class_names)), np.float32)
        for start in range(0, len(pictures), BATCH):
            part = pictures[start : start + BATCH]
            found[start : start + BATCH] = averaged(self._answer, part, self.about.copies)
        return found

    def _answer(self, pictures: Pixels) -> NDArray[np.float32]:
        """Return the network's own logits for one batch of pictures."""
        return onnx.answers(self._session, self.name, LOGITS, {IMAGES: pictures})

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), for pictures as in `logits`.

        Rows sum to 1, with a background class to what is left beside the probability of that.
        """
        return softmax(
            self.logits(images), self.temperature, background_class=self.background_class
        )

    def _repr_html_(self) -> str:
        return f"<b>{html.escape(self.name)}</b>: {self.network._repr_html_()}"


def of_session(session: Any, path: Path) -> RuntimeModel | None:
    """Return the model in an opened file; None where another program wrote it.

    Raises:
        RunError: the file is ours, and what it says about itself cannot be.
    """
    try:
        about = Metadata.read(session.get_modelmeta().custom_metadata_map)
    except RunError as error:
        raise RunError(f"{path} is no usable ONNX file: {error}") from error
    if about is None:
        return None
    size, classes = about.contract.size, len(about.class_names)
    values = [
        (item.name, item.shape[1:]) for item in (*session.get_inputs(), *session.get_outputs())
    ]
    if values != [(IMAGES, [size, size]), (LOGITS, [classes])]:
        raise RunError(f"{path} is no usable ONNX file: its metadata are of another network")
    return RuntimeModel(about, session)


def read(path: Path) -> RuntimeModel:
    """Open an ONNX file that `ziffern.exchange.onnx_writer` wrote.

    Raises:
        RunError: no such file, damaged, or another program's.
        WorkError: ONNX Runtime is not installed.
    """
    found = of_session(onnx.read(path).session, path)
    if found is None:
        raise RunError(
            f"{path} does not say which scale of pixels it wants: Ziffern did not write it. "
            f"To judge it, use: ziffern check {path}"
        )
    return found


def compiled(model: SavedModel) -> RuntimeModel:
    """Bring a model into ONNX Runtime, without a file.

    Raises:
        WorkError: onnx or ONNX Runtime is not installed.
    """
    session = onnx.session(onnx_writer.content(model), model.name)
    return RuntimeModel(Metadata.of(model), session)


def in_folder(folder: Path) -> RuntimeModel:
    """Open the model of a folder with `model.json`.

    `model.onnx` beside it is used where it was made from just these weights; otherwise the network
    is written anew, in memory.

    Raises:
        RunError: a file is missing or damaged.
        WorkError: ONNX Runtime is not installed, or there is no such file and onnx is not either.
    """
    saved = modelfile.read(folder)
    beside = folder / onnx_writer.FILE
    if beside.is_file():
        found = of_session(onnx.read(beside).session, beside)
        if found is not None and found.about == Metadata.of(saved):
            return found
    return compiled(saved)
