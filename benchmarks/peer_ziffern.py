"""Ziffern itself among the peers: its recipes, and the networks of the others.

    python benchmarks/peer_ziffern.py train marvin torch FOLDER

A network is a file in `benchmarks/networks` or a recipe's name. The variant is the engine that
answers: torch, onnxruntime, or int8, which is ONNX Runtime on an exported file that
onnxruntime.quantization has brought into 8-bit whole numbers, calibrated with training digits.
Training is `ziffern.train`, with the precision that it chooses by itself.

Pixels are not prepared before the clock starts: scaling them is part of every answer. In a whole
training the accuracy after the last epoch is the model's own, with averaging over moved copies
where the recipe has it; after the others it is the bare network's.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import peer
import ziffern
from ziffern import modelfile
from ziffern.contract import Contract
from ziffern.evaluation import runtime
from ziffern.evaluation.model import Predictor
from ziffern.exchange import onnx_writer
from ziffern.modelfile import SavedModel
from ziffern.training.events import Listener, TrainingState

if TYPE_CHECKING:
    from ziffern.recipe import Recipe

NETWORKS = Path(__file__).resolve().parent / "networks"
EPOCHS = {"cnn-101": 41}  # where its source stopped
CALIBRATION = 512  # training digits


class Clock(Listener):
    """Hands on what the engine has measured of each epoch."""

    def __init__(self, after_epoch: peer.AfterEpoch) -> None:
        self.after_epoch = after_epoch

    def on_epoch_end(self, state: TrainingState) -> None:
        """Tell seconds of training, and validation accuracy if there is any."""
        row = state.history[-1]
        self.after_epoch(row["seconds"], row["validation_accuracy"])


class Ziffern(peer.Peer):
    """A recipe, trained and answered by Ziffern."""

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        super().__init__(network, variant, folder, seed)
        self.packages = tuple(
            name for name in ("ziffern", "torch", "onnxruntime") if find_spec(name)
        )
        self.result: Path | None = None
        self.model: Predictor | None = None

    @cached_property
    def recipe(self) -> Recipe:
        """A network of the folder `networks` or a recipe of the package."""
        from ziffern import recipe as recipes  # not needed to answer

        path = NETWORKS / f"{self.network}.toml"
        return recipes.load(path if path.exists() else self.network)

    @property
    def batch_size(self) -> int:
        return self.recipe.train.batch_size

    @property
    def epochs(self) -> int:
        return EPOCHS.get(self.network, self.recipe.train.epochs)

    def train(
        self,
        images: peer.Pixels,
        labels: peer.Labels,
        epochs: int,
        after_epoch: peer.AfterEpoch,
        validation: tuple[peer.Pixels, peer.Labels] | None,
    ) -> None:
        scratch = self._scratch()
        changes: dict[str, Any] = {"train.epochs": epochs, "train.early_stopping": None}
        if validation is None:
            np.savez(scratch / "digits.npz", x_train=images, y_train=labels)
            changes |= {"data.dataset": str(scratch / "digits.npz"), "data.validation": 0}
            changes |= {"augment": {}, "schedule": {}, "train.focus": None}
        else:  # the split that has put the validation part aside
            changes |= {"data.dataset": str(self.folder / "digits.npz"), "data.split_seed": 0}
            changes |= {"data.validation": len(validation[1])}
        run = ziffern.train(
            self.recipe,
            changes=changes,
            seed=self.seed,
            runs=scratch,
            listeners=[Clock(after_epoch)],
            tensorboard=False,
            quiet=True,
        )
        self.result = run.path
        self.model = ziffern.load(run, engine="torch")

    def prepared(self, images: peer.Pixels) -> peer.Pixels:
        return images

    def answer(self, prepared: peer.Pixels) -> np.ndarray:
        assert self.model is not None
        return self.model.predict(prepared)

    def save(self, folder: Path) -> None:
        saved = modelfile.read(self.result) if self.result else self._untrained()
        modelfile.save(folder, saved)
        onnx_writer.write(folder / onnx_writer.FILE, saved)

    def _untrained(self) -> SavedModel:
        return SavedModel(
            name=self.network,
            layers=tuple(str(layer) for layer in self.recipe.layer_list),
            weights=self.recipe.network.initial_weights(self.seed),
            contract=Contract("unit"),
            class_names=tuple("0123456789"),
            copies=self.recipe.predict.copies,
        )

    def load(self, folder: Path) -> None:
        if self.variant == "int8":
            self.model = self.quantised()
        else:
            self.model = ziffern.load(
                folder, engine="torch" if self.variant == "torch" else "onnxruntime"
            )

    def quantised(self) -> runtime.RuntimeModel:
        """Return the kept model in 8-bit whole numbers; the trained one where there is one."""
        from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

        pictures = peer.read(self.folder, "train")[0][:CALIBRATION]
        batches = iter([{onnx_writer.IMAGES: part} for part in np.array_split(pictures, 8)])

        class Digits(CalibrationDataReader):  # type: ignore[misc]
            def get_next(self) -> dict[str, peer.Pixels] | None:
                return next(batches, None)

        source = self._best() / onnx_writer.FILE
        target = self._scratch() / "int8.onnx"
        quantize_static(
            source,
            target,
            Digits(),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        self.bytes = target.stat().st_size
        return runtime.read(target)

    def _scratch(self) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _best(self) -> Path:
        trained = self.kept(trained=True)
        return trained if (trained / onnx_writer.FILE).exists() else self.kept()

    def facts(self) -> dict[str, Any]:
        if self.variant != "int8" or self._best() == self.kept():
            return {}
        digits = peer.read(self.folder, "validation")
        found: dict[str, Any] = {"accuracy": peer.accuracy_of(self, *digits), "bytes": self.bytes}
        exact = self._best() / onnx_writer.FILE
        self.model = runtime.read(exact)
        found["accuracy_float32"] = peer.accuracy_of(self, *digits)
        return found | {"bytes_float32": exact.stat().st_size}


if __name__ == "__main__":
    assert __doc__
    peer.run(Ziffern, __doc__)
