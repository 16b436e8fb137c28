"""The models that a server has loaded: by name, each with its thread and what is told about it.

    models = Models(["flagship", "tiny"], runs="runs", limits=Limits())
    served = models.get("flagship")
    probabilities = await served.ask(pictures)

ONNX Runtime answers. A run has to be written for it once, which needs the extra `export`; where
that is missing, PyTorch answers if it is installed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ziffern import modelfile, shipped
from ziffern.errors import InputError, RunError, WorkError, did_you_mean
from ziffern.evaluation import ensemble
from ziffern.evaluation.ensemble import Answerer, Ensemble
from ziffern.evaluation.model import folder, is_onnx, saved_of
from ziffern.layers import Network
from ziffern.modelfile import SavedModel
from ziffern.pictures import Pixels
from ziffern.serving.batching import Batcher, Floats
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, Values

FIRST = "universal"
"""The shipped model that is asked first, where it ships: it reads any hand."""


def default_names() -> list[str]:
    """Return the models that are served if none are named: all shipped ones."""
    return sorted(shipped.names(), key=lambda name: (name != FIRST, name))


class Served:
    """One loaded model: `given` is what it was asked for by, `where` its folder or file."""

    def __init__(self, given: str, where: Path, model: Answerer, limits: Limits) -> None:
        self.given, self.where, self.model = given, where, model
        self.version = _version(where)
        self._limits = limits
        self._batchers: dict[bool, Batcher] = {}

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.model.name

    @property
    def digits(self) -> list[int | str]:
        """What each class is called in answers: a number where it is called by one."""
        return [int(name) if name.isdecimal() else name for name in self.model.class_names]

    @cached_property
    def saved(self) -> SavedModel:
        """Layers and weights, for looks inside.

        Raises:
            Problem: it is no single network, or its file holds no weights for others.
        """
        if isinstance(self.model, Ensemble):
            raise Problem(
                "unusable", 422, f"{self.name} is several networks; look into one of them"
            )
        if is_onnx(self.where):
            raise Problem("unusable", 422, f"{self.name} is an ONNX file, which answers only")
        return saved_of(self.where)

    @cached_property
    def entry(self) -> dict[str, Any]:
        """What is told about the model, as JSON can hold it."""
        model, network = self.model, self._network
        ships = self.where.parent == shipped.FOLDER
        whole = model if isinstance(model, Ensemble) else network
        assert whole is not None
        return {
            "name": self.name,
            "shipped": ships,
            "class_names": list(model.class_names),
            "parameters": whole.parameters,
            "multiply_adds": whole.multiply_adds,
            "averaging": model.averaging,
            "temperature": model.temperature,
            "background_class": model.background_class,
            "thresholds": model.thresholds.to_dict(),
            "contract": model.contract.to_dict(),
            "layers": None if network is None else layers(network),
            "card": shipped.card(self.name) if ships else None,
        }

    @property
    def _network(self) -> Network | None:
        return None if isinstance(self.model, Ensemble) else self.model.network

    async def ask(self, pictures: Pixels, *, averaging: bool = True) -> Floats:
        """Return probabilities (N, C) for uint8 (N, 28, 28), together with what others ask.

        Raises:
            Problem: too much is waiting.
        """
        averaging = averaging or self.model.averaging == 1
        if averaging not in self._batchers:
            model = self.model if averaging else self.model.alone
            self._batchers[averaging] = Batcher(
                model.predict, f"answers of {self.name}", waiting=self._limits.waiting
            )
        return await self._batchers[averaging].ask(pictures)

    def stop(self) -> None:
        """End the model's threads once everything asked is answered."""
        for batcher in self._batchers.values():
            batcher.stop()


class Models:
    """The models of a server, in the order in which they were loaded.

    Args:
        names: shipped models, runs by name or path, folders or ONNX files, as in `ziffern.load`.
        runs: the folder in which runs are looked for.
        limits: how many there may be, and how many pictures may wait for one.

    Raises:
        RunError: no such model, or it is damaged.
        InputError: none is named, or one twice.
        WorkError: what is needed to answer is not installed.
    """

    def __init__(self, names: Sequence[str], *, runs: str | Path, limits: Limits) -> None:
        if not names:
            raise InputError("no model to serve: name one")
        self._runs, self._limits = runs, limits
        self._served: dict[str, Served] = {}
        self._loading = threading.Lock()
        for given in names:
            found = _load(given, runs, limits)
            if found.name in self._served:
                raise InputError(f"the model {found.name} is named twice")
            self._served[found.name] = found

    def __iter__(self) -> Iterator[Served]:
        return iter(list(self._served.values()))

    def get(self, name: str) -> Served:
        """Return a loaded model.

        Raises:
            Problem: it is not loaded.
        """
        found = self._served.get(name)
        if found is None:
            near = did_you_mean(name[:100], self._served)
            raise Problem(
                "unknown-model", 404, f"no model {name[:100]!r} is loaded{near}",
                values={"what": "loaded", "name": name[:100]},
            )  # fmt: skip
        return found

    def chosen(self, names: Sequence[str] | None) -> list[Served]:
        """Return the models of these names, all if None; errors as for `get`."""
        return list(self) if names is None else [self.get(name) for name in dict.fromkeys(names)]

    def load(self, name: str) -> tuple[Served, bool]:
        """Load a shipped model or a run of the runs folder, and say whether it is new.

        A run that was trained further since it was loaded is new.

        Raises:
            Problem: no such model, or too many are loaded.
        """
        with self._loading:
            known = next((each for each in self if name in (each.name, each.given)), None)
            if known is not None and known.version == _version(known.where):
                return known, False
            if known is None and len(self._served) >= self._limits.models:
                most = f"{self._limits.models} models are loaded; unload one first"
                values: Values = {"what": "models", "most": self._limits.models}
                raise Problem("too-large", 413, most, values=values)
            if name != Path(name).name or name.startswith(".") or is_onnx(Path(name)):
                raise Problem("unknown-model", 404, "give the name of a run or of a shipped model")
            try:
                found = _load(name, self._runs, self._limits, inside=True)
            except RunError as error:
                values = {"what": "run", "name": name[:100]}
                raise Problem("unknown-model", 404, str(error), values=values) from error
            former = self._served.get(found.name)
            self._served[found.name] = found  # in the place of what it was before more training
            if former is not None:
                former.stop()
            return found, True

    def unload(self, name: str) -> None:
        """Forget a model; what it was asked is answered still. Errors as for `get`."""
        self.get(name)
        if len(self._served) == 1:
            raise Problem(
                "unusable", 422, f"{name} is the only model; load another one first",
                values={"what": "only-model", "name": name},
            )  # fmt: skip
        self._served.pop(name).stop()

    def stop(self) -> None:
        """End all threads once everything asked is answered."""
        for served in self:
            served.stop()


def _version(where: Path) -> int:
    """Return what changes when a model is trained further."""
    weights = where if where.is_file() else where / modelfile.WEIGHTS
    return weights.stat().st_mtime_ns if weights.exists() else 0


def layers(network: Network) -> list[dict[str, Any]]:
    """Return the layers of a network as JSON can hold them."""
    return [
        {
            "name": stage.name,
            "kind": stage.kind,
            "text": str(stage.layer),
            "shape": list(stage.output_shape),
            "parameters": stage.parameters,
            "multiply_adds": stage.multiply_adds,
        }
        for stage in network.stages
    ]


def _load(given: str, runs: str | Path, limits: Limits, *, inside: bool = False) -> Served:
    """Load a model; with `inside` only a shipped one, or one that lies in the runs folder."""
    where = folder(given, runs)
    at_home = shipped.FOLDER, Path(runs).resolve()
    if inside and where.resolve().parent not in at_home:
        raise RunError(f"no run {given!r} lies in the folder of runs")
    with _one_thread():
        try:
            model = ensemble.load(where, engine="onnxruntime")
        except WorkError as error:
            if find_spec("onnxruntime") and find_spec("torch") and not find_spec("onnx"):
                model = ensemble.load(where, engine="torch", precision="float32")
            else:
                raise WorkError(f"cannot serve {given}: {error}") from error
    return Served(given, where, model, limits)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let sessions that start inside compute with one thread each, unless the user says otherwise.

    Each model has a thread of its own already, and the program that hands out pictures needs a
    core too.
    """
    name = "OMP_NUM_THREADS"
    given = os.environ.get(name)
    os.environ.setdefault(name, "1")
    try:
        yield
    finally:
        if given is None:
            del os.environ[name]
