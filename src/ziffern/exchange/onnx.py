"""Running an ONNX file of another program as it is, with ONNX Runtime on the CPU.

    model = read(Path("marvin.onnx"))
    model.predict(images)      # uint8 (N, 28, 28) → float32 (N, C)

The layout of the input is found from its shape, and whether the network answers with probabilities
or logits from what it answers. What scale of pixels it wants is not written in such files:
`with_contract` gives the same network another one, and `ziffern.evaluation.foreign` finds out which
fits. Files that Ziffern wrote say all that: `ziffern.evaluation.runtime` runs them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ziffern import device
from ziffern.contract import Contract
from ziffern.errors import RunError, WorkError
from ziffern.layers import Shape

BATCH = 512
FORMS: tuple[Shape, ...] = ((1, 28, 28), (28, 28, 1), (28, 28), (784,))
"""Inputs that one picture fits, without the batch; the first one that an open shape allows."""
TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
ROUNDING = 1e-3  # how far sums of probabilities may be from 1


class OnnxModel:
    """A network in an ONNX Runtime session, with the contract under which it is asked."""

    def __init__(self, name: str, session: Any, contract: Contract | None = None) -> None:
        self.name = name
        self.contract = contract or Contract()
        self.session = session

    def with_contract(self, contract: Contract) -> OnnxModel:
        """Return the same network asked under another contract."""
        return OnnxModel(self.name, self.session, contract)

    @property
    def takes_bytes(self) -> bool:
        """Whether the input is uint8, which leaves only grey values 0…255 to be fed."""
        return bool(self._input[1] is np.uint8)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Numbers, one for each output: ONNX has no names for them."""
        return tuple(str(number) for number in range(self._probe.shape[1]))

    @cached_property
    def gives_probabilities(self) -> bool:
        """Whether answers are probabilities already: none below 0, and each row sums to 1."""
        sums = self._probe.sum(axis=1)
        return bool((self._probe >= 0).all() and (abs(sums - 1) < ROUNDING).all())

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), for uint8 pictures (N, 28, 28), white on black.

        Raises:
            InputError: another type or shape.
            RunError: the network does not take pictures of 28×28 or does not answer with one row
                for each.
        """
        outputs = self._outputs(self.contract.checked(images))
        return outputs if self.gives_probabilities else softmax(outputs)

    @cached_property
    def _probe(self) -> NDArray[np.float32]:
        """The answers to a few pictures of noise, to see what answers look like."""
        noise = np.random.Generator(np.random.PCG64(0)).integers(0, 256, (8, 28, 28), np.uint8)
        return self._outputs(noise)

    @cached_property
    def _input(self) -> tuple[str, Any, Shape, int | None]:
        """The input's name, type, shape without the batch, and size of the batch if it is fixed."""
        inputs = self.session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(item.name for item in inputs)
            raise RunError(
                f"{self.name} has {len(inputs)} inputs ({names}), expected one: a picture"
            )
        item = inputs[0]
        if item.type not in TYPES:
            raise RunError(f"{self.name} takes {item.type}, expected one of {', '.join(TYPES)}")
        shape = [size if isinstance(size, int) else None for size in item.shape]
        for form in FORMS:
            if len(form) + 1 == len(shape) and all(
                size in (None, own) for size, own in zip(shape[1:], form, strict=True)
            ):
                return item.name, TYPES[item.type], form, shape[0]
        raise RunError(
            f"{self.name} takes an input of shape {item.shape}, expected a batch of "
            f"{', '.join(map(str, FORMS))}"
        )

    @cached_property
    def _output(self) -> str:
        """The first output with a row of numbers for each picture."""
        for item in self.session.get_outputs():
            if item.type in TYPES and len(item.shape) == 2:
                return str(item.name)
        shapes = ", ".join(f"{item.name} {item.shape}" for item in self.session.get_outputs())
        raise RunError(f"{self.name} answers with {shapes}, expected a row of numbers per picture")

    def _outputs(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return what the network itself answers, float32 (N, C)."""
        name, kind, form, fixed = self._input
        contract = Contract("raw") if kind is np.uint8 else self.contract
        batch = fixed or BATCH
        found = []
        for start in range(0, len(pictures), batch):
            part = pictures[start : start + batch]
            values = contract.scaled(part).reshape(-1, *form).astype(kind)
            missing = (fixed or len(part)) - len(part)
            values = np.pad(values, [(0, missing), *[(0, 0)] * len(form)])
            rows = answers(self.session, self.name, self._output, {name: values})
            if rows.ndim != 2 or len(rows) != len(values):
                raise RunError(f"{self.name} answers {len(values)} pictures with {rows.shape}")
            found.append(rows[: len(part)].astype(np.float32))
        return np.concatenate(found) if found else np.empty((0, len(self.class_names)), np.float32)


def read(path: Path) -> OnnxModel:
    """Open an ONNX file.

    Raises:
        RunError: no such file, or no network that ONNX Runtime can run.
        WorkError: ONNX Runtime is not installed.
    """
    return OnnxModel(path.name, session(path))


def session(source: Path | bytes, name: str = "") -> Any:
    """Start ONNX Runtime on a file, or on the content of one under a name for messages.

    Raises:
        RunError: no such file, or no network that ONNX Runtime can run.
        WorkError: ONNX Runtime is not installed.
    """
    # from 1.29 on, ONNX Runtime reports its use over the network unless it is told not to
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise WorkError("ONNX files need onnxruntime: pip install 'ziffern[read]'") from error

    if isinstance(source, Path):
        name = str(source)
        if not source.is_file():
            raise RunError(f"{name}: there is no such file")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong comes as an exception, once
    options.intra_op_num_threads = device.threads()
    try:
        return onnxruntime.InferenceSession(
            name if isinstance(source, Path) else source,
            options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # its exceptions have no base of their own
        raise RunError(f"{name} is no usable ONNX file: {_reason(error)}") from error


def answers(session: Any, name: str, output: str, inputs: Mapping[str, Any]) -> NDArray[Any]:
    """Return one output of a session for inputs by name.

    Raises:
        RunError: ONNX Runtime cannot compute it; the message begins with `name`.
    """
    try:
        (found,) = session.run([output], dict(inputs))
    except Exception as error:
        raise RunError(f"{name} cannot answer pictures: {_reason(error)}") from error
    return np.asarray(found)


def _reason(error: Exception) -> str:
    """Return the message on one line, without the numbers and path that ONNX Runtime puts first."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(
        r"^\[ONNXRuntimeError\] : \d+ : \w+ : (Load model from .* failed:)?", "", lines[0]
    )


def softmax(
    logits: NDArray[np.float32], temperature: float = 1.0, *, background_class: bool = False
) -> NDArray[np.float32]:
    """Turn logits (N, C), divided by a temperature, into probabilities (N, C).

    The largest logit is subtracted first, so that no power overflows. With a background class, a
    further logit of 0, rows sum to 1 less the probability of that.
    """
    with np.errstate(invalid="ignore"):  # infinite logits become NaN, which is seen later
        logits = logits / np.float32(temperature)
        if background_class:
            logits = np.pad(logits, [(0, 0), (0, 1)])
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    return shares[:, :-1] if background_class else shares
