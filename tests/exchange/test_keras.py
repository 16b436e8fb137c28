"""Files that the real Keras saved are read with the same answers; bad ones give one clear line."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from ziffern import modelfile
from ziffern.contract import Contract
from ziffern.errors import RunError, WorkError
from ziffern.exchange import keras
from ziffern.modelfile import SavedModel
from ziffern.training.network import TorchNetwork

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "keras_models.zip"
SCALES = {"conv": "raw", "rows": "unit"}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that Keras wrote, and what it answered."""
    folder = tmp_path_factory.mktemp("keras")
    with zipfile.ZipFile(GOLDEN) as archive:
        archive.extractall(folder)
    return folder


def answers(model: SavedModel, pictures: np.ndarray, scale: Any) -> np.ndarray:
    network = TorchNetwork(model.network, as_written=True)
    network.load_weights(model.weights)
    with torch.inference_mode():
        found: np.ndarray = network.eval()(
            torch.from_numpy(Contract(scale).scaled(pictures))
        ).numpy()
    return found


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", list(SCALES))
def test_answers_are_those_of_keras(saved: Path, name: str, suffix: str) -> None:
    with np.load(saved / "outputs.npz") as golden:
        model = keras.read(saved / f"{name}{suffix}")
        found = answers(model, golden["pictures"], SCALES[name])
        np.testing.assert_allclose(found, golden[name], atol=1e-5)
    assert model.name == f"{name}{suffix}"
    assert model.class_names == tuple("0123456789")
    assert model.facts["keras"].startswith("3.")


def test_model_that_was_read_can_be_saved_as_ours(saved: Path, tmp_path: Path) -> None:
    model = keras.read(saved / "rows.keras")
    modelfile.save(tmp_path, model)
    again = modelfile.read(tmp_path)
    assert again.layers == model.layers
    assert again.layers[:2] == ("Input((784,))", "Reshape((28, 28))")
    np.testing.assert_array_equal(again.weights["gru/bias"], model.weights["gru/bias"])


def changed(saved: Path, tmp_path: Path, change: Change, name: str = "conv.keras") -> Path:
    """Copy a `.keras` file with another configuration."""
    path = tmp_path / name
    with zipfile.ZipFile(saved / name) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            content = old.read(item)
            if item == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(item, content)
    return path


def layer(config: dict[str, Any], name: str) -> dict[str, Any]:
    found = next(item for item in config["config"]["layers"] if item["config"]["name"] == name)
    assert isinstance(found, dict)
    return found


def weights_of(saved: Path, tmp_path: Path, change: Callable[[Any], None]) -> Path:
    """Copy `conv.keras` with other weights."""
    path = tmp_path / "conv.keras"
    with zipfile.ZipFile(saved / "conv.keras") as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            content = io.BytesIO(old.read(item))
            if item == "model.weights.h5":
                with h5py.File(content, "r+") as file:
                    change(file["layers"])
            new.writestr(item, content.getvalue())
    return path


def keras_2(tmp_path: Path, config: Any, arrays: dict[str, list[np.ndarray]]) -> Path:
    """Write a file as Keras 2 did: text as bytes, the names of weights with their number."""
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = np.bytes_(json.dumps(config))
        file.attrs["keras_version"] = np.bytes_("2.2.4")
        groups = file.create_group("model_weights")
        for name, values in arrays.items():
            names = [f"{name}/{number}:0".encode() for number in range(len(values))]
            groups.create_group(name).attrs["weight_names"] = names
            for where, value in zip(names, values, strict=True):
                groups[name][where] = value
    return path


DENSE_2 = {
    "class_name": "Dense",
    "config": {
        "name": "dense_7",
        "trainable": True,
        "batch_input_shape": [None, 784],
        "dtype": "float32",
        "units": 10,
        "activation": "softmax",
        "use_bias": True,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "bias_regularizer": None,
    },
}


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Sequential", "config": [DENSE_2]},
        {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": [DENSE_2]}},
        {
            "class_name": "Model",
            "config": {
                "layers": [
                    {
                        "class_name": "InputLayer",
                        "name": "input_1",
                        "config": {"name": "input_1", "batch_input_shape": [None, 784]},
                        "inbound_nodes": [],
                    },
                    DENSE_2 | {"name": "dense_7", "inbound_nodes": [[["input_1", 0, 0, {}]]]},
                ],
                "input_layers": [["input_1", 0, 0]],
                "output_layers": [["dense_7", 0, 0]],
            },
        },
    ],
    ids=["list", "sequential", "functional"],
)
def test_forms_of_keras_2(tmp_path: Path, config: Any) -> None:
    kernel = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32)
    model = keras.read(keras_2(tmp_path, config, {"dense_7": [kernel, np.arange(10.0)]}))
    assert model.layers == ("Input((784,))", "Dense(10, activation='softmax')")
    assert model.facts["keras"] == "2.2.4"
    np.testing.assert_array_equal(model.weights["dense/kernel"], kernel)
    np.testing.assert_array_equal(model.weights["dense/bias"], np.arange(10))


@pytest.mark.parametrize(("built", "first"), [([None, 784], "Input((784,))"), (None, "Flatten()")])
def test_input_that_only_the_model_states_or_nothing(
    tmp_path: Path, built: Any, first: str
) -> None:
    flatten = {"class_name": "Flatten", "config": {"name": "flatten"}}
    dense = {"class_name": "Dense", "config": {"name": "dense", "units": 10}}
    config = {"layers": [flatten, dense]} | ({"build_input_shape": built} if built else {})
    path = keras_2(
        tmp_path,
        {"class_name": "Sequential", "config": config},
        {"dense": [np.ones((784, 10)), np.ones(10)]},
    )
    assert keras.read(path).layers[0] == first


def test_open_sizes_are_those_of_our_pictures(saved: Path, tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        layer(config, "input_layer")["config"]["batch_shape"] = [None, None, None, 1]

    assert keras.read(changed(saved, tmp_path, change)).layers[0].startswith("Rescaling")


@pytest.mark.parametrize(
    ("kind", "config", "named"),
    [
        ("MultiHeadAttention", {}, "MultiHeadAttention"),
        ("Lambda", {"function": "code"}, "Lambda"),
        ("Conv2D", {"filters": 3, "kernel_size": [3, 3], "data_format": "channels_first"},
         "data_format='channels_first'"),
        ("GRU", {"units": 3, "reset_after": False}, "reset_after=False"),
        ("LSTM", {"units": 3, "activation": "relu"}, "activation='relu'"),
        ("LSTM", {"units": 3, "recurrent_activation": "hard_sigmoid", "stateful": True},
         "recurrent_activation='hard_sigmoid', stateful=True"),
        ("LayerNormalization", {"axis": [1, 2, 3]}, r"axis=\(1, 2, 3\)"),
        ("BatchNormalization", {"axis": [1]}, r"axis=\(1,\)"),
        ("LeakyReLU", {"negative_slope": 0.3}, "LeakyReLU with negative_slope=0.3"),
        ("Dense", {"units": 3, "activation": "mish"}, "mish"),
        ("Dense", {"units": 3, "magic": 1}, "magic=1"),
    ],
)  # fmt: skip
def test_what_the_vocabulary_does_not_know_is_named(
    saved: Path, tmp_path: Path, kind: str, config: dict[str, Any], named: str
) -> None:
    def change(whole: dict[str, Any]) -> None:
        whole["config"]["layers"][1] = {"class_name": kind, "config": {"name": "odd", **config}}

    with pytest.raises(RunError, match=named) as caught:
        keras.read(changed(saved, tmp_path, change))
    assert "layer 'odd'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_branches_are_refused(saved: Path, tmp_path: Path) -> None:
    def skip_one(config: dict[str, Any]) -> None:
        history = layer(config, "digits")["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
        history[0] = "gru"

    with pytest.raises(RunError, match=r"layer 'digits': the network branches here.*onnx"):
        keras.read(changed(saved, tmp_path, skip_one, "rows.keras"))

    def more_outputs(config: dict[str, Any]) -> None:
        config["config"]["output_layers"] = [["digits", 0, 0], ["gru", 0, 0]]

    with pytest.raises(RunError, match="further outputs"):
        keras.read(changed(saved, tmp_path, more_outputs, "rows.keras"))


def test_other_classes_of_models_are_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="class MyModel"):
        keras.read(changed(saved, tmp_path, lambda config: config.update(class_name="MyModel")))


def test_shapes_that_do_not_fit_are_named(saved: Path, tmp_path: Path) -> None:
    def colour(config: dict[str, Any]) -> None:
        layer(config, "input_layer")["config"]["batch_shape"] = [None, 32, 32, 3]

    with pytest.raises(RunError, match=r"\(32, 32, 3\)"):
        keras.read(changed(saved, tmp_path, colour))

    def wider(config: dict[str, Any]) -> None:
        layer(config, "dense")["config"]["units"] = 12

    with pytest.raises(
        RunError, match=r"'dense': kernel has shape \(45, 10\), expected \(45, 12\)"
    ):
        keras.read(changed(saved, tmp_path, wider))

    def without_bias(config: dict[str, Any]) -> None:
        layer(config, "dense")["config"]["use_bias"] = False

    with pytest.raises(RunError, match="'dense' has 2 weights, expected 1: kernel"):
        keras.read(changed(saved, tmp_path, without_bias))

    def no_row(config: dict[str, Any]) -> None:
        del config["config"]["layers"][-3:]

    with pytest.raises(RunError, match=r"ends in \(3, 3, 5\)"):
        keras.read(changed(saved, tmp_path, no_row))

    with pytest.raises(RunError, match="no layers"):
        keras.read(changed(saved, tmp_path, lambda config: config["config"].update(layers=[])))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(saved: Path, tmp_path: Path, value: float) -> None:
    def change(layers: Any) -> None:
        layers["dense/vars/1"][3] = value

    with pytest.raises(RunError, match="layer 'dense': bias holds NaN or infinity"):
        keras.read(weights_of(saved, tmp_path, change))


def test_missing_weights(saved: Path, tmp_path: Path) -> None:
    def change(layers: Any) -> None:
        del layers["dense"]

    with pytest.raises(RunError, match="dense"):
        keras.read(weights_of(saved, tmp_path, change))


@pytest.mark.parametrize("name", ["conv.keras", "conv.h5"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_truncated_files(saved: Path, tmp_path: Path, name: str, share: float) -> None:
    content = (saved / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(RunError, match=f"{name}") as caught:
        keras.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["conv.keras", "conv.h5"])
def test_damaged_bytes_never_end_in_another_error(saved: Path, tmp_path: Path, name: str) -> None:
    content = bytearray((saved / name).read_bytes())
    rng = np.random.default_rng(1)
    path = tmp_path / name
    for _ in range(40):
        bad = content.copy()
        for place in rng.integers(0, len(bad), 30):
            bad[place] ^= 0xFF
        path.write_bytes(bad)
        with contextlib.suppress(RunError):
            keras.read(path)


@pytest.mark.parametrize("name", ["text.h5", "text.keras"])
def test_text_is_no_model(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Marvin is 99 % right.\n" * 100)
    with pytest.raises(RunError, match=r"no Keras model: neither a \.keras"):
        keras.read(path)


def test_pickle_is_never_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "exploded",))

    path = tmp_path / "model.keras"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(RunError, match="no Keras model"):
        keras.read(path)
    assert not (tmp_path / "exploded").exists()


def test_other_zip_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(RunError, match=r"config\.json"):
        keras.read(path)


def test_weights_alone_are_no_model(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    with zipfile.ZipFile(saved / "conv.keras") as archive, path.open("wb") as file:
        shutil.copyfileobj(archive.open("model.weights.h5"), file)
    with pytest.raises(RunError, match="weights without their network"):
        keras.read(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file"):
        keras.read(tmp_path / "none.h5")


def test_without_h5py(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(WorkError, match=r"pip install 'ziffern\[export\]'"):
        keras.read(saved / "conv.h5")
