from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.numpy
from made_models import CONVOLUTIONS, DENSE, NORMALISED, made_model

from ziffern import datasets
from ziffern.album import landscape
from ziffern.album.page import Plate
from ziffern.errors import RunError
from ziffern.evaluation.model import Model
from ziffern.training.listeners.snapshots import FOLDER


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landscape, "POINTS", 5)
    monkeypatch.setattr(landscape, "PICTURES", 40)
    monkeypatch.setattr(landscape, "FEWEST", 20)


def drawn(model: Model, run: Path) -> tuple[dict[str, Plate], dict[str, Any]]:
    part = datasets.load("mnist").train
    numbers: dict[str, Any] = {}
    steps = landscape.steps(model, part.images[:100], part.labels[:100], run, numbers)
    return {plate.name: plate for step in steps for plate in step.make()}, numbers


def keep_epochs(model: Model, run: Path, count: int) -> None:
    (run / FOLDER).mkdir()
    for epoch in range(count):
        weights = {
            name: array * (1 + 0.1 * (count - 1 - epoch) ** (1 + place % 2))
            for place, (name, array) in enumerate(model.saved.weights.items())
        }
        content = safetensors.numpy.save(weights)
        (run / FOLDER / f"epoch-{epoch:03}.safetensors").write_bytes(content)


def test_a_run_without_snapshots_has_a_surface_and_its_sharpness(tmp_path: Path) -> None:
    plates, numbers = drawn(made_model(), tmp_path)
    assert list(plates) == ["loss-surface", "sharpness"]
    surface = numbers["loss_surface"]
    assert surface["pictures"] == 40
    assert surface["least"] <= surface["centre"] <= surface["most"]
    assert "train.snapshots=true" in plates["loss-surface"].text
    assert plates["loss-surface"].figure is not None
    facts = dict(plates["sharpness"].facts)
    assert facts["over"] == "40 validation pictures"
    eigenvalue = float(facts["largest eigenvalue of the Hessian"])
    assert eigenvalue == pytest.approx(numbers["sharpness"]["eigenvalue"], rel=1e-3)
    json.dumps(numbers, allow_nan=False)


@pytest.mark.parametrize("layers", [CONVOLUTIONS, NORMALISED])
def test_snapshots_give_the_path(layers: str, tmp_path: Path) -> None:
    model = made_model(layers)
    keep_epochs(model, tmp_path, 4)
    plates, numbers = drawn(model, tmp_path)
    assert list(plates) == ["loss-surface", "loss-path", "sharpness"]
    assert numbers["loss_path"]["epochs"] == [0, 1, 2, 3]
    assert numbers["loss_path"]["points"][-1] == pytest.approx([0, 0], abs=1e-5)
    assert "train.snapshots" not in plates["loss-surface"].text
    assert plates["loss-path"].alt.endswith("A path of 4 points leads there.")
    assert ("Batch normalisation" in plates["loss-path"].text) == (layers == NORMALISED)
    json.dumps(numbers, allow_nan=False)


def test_too_few_epochs_say_so(tmp_path: Path) -> None:
    model = made_model(DENSE)
    keep_epochs(model, tmp_path, 2)
    plates, numbers = drawn(model, tmp_path)
    assert plates["loss-path"].figure is None
    assert "2 epochs span no plane" in plates["loss-path"].text
    assert "loss_path" not in numbers


def test_a_damaged_snapshot_is_named(tmp_path: Path) -> None:
    model = made_model(DENSE)
    keep_epochs(model, tmp_path, 3)
    (tmp_path / FOLDER / "epoch-001.safetensors").write_bytes(b"no weights")
    with pytest.raises(RunError, match=r"epoch-001\.safetensors is damaged"):
        drawn(model, tmp_path)


def test_costly_networks_get_fewer_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = made_model(DENSE)
    for cost, expected in ((30, 30), (1, 20), (1000, 40)):
        monkeypatch.setattr(landscape, "COST", cost * model.network.multiply_adds)
        assert drawn(model, tmp_path)[1]["sharpness"]["pictures"] == expected
