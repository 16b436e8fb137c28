from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ziffern import measured, recipe


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(measured, "PATH", tmp_path / "measured.json")
    measured._table.cache_clear()
    yield tmp_path / "measured.json"
    measured._table.cache_clear()


def row(seed: int, accuracy: float) -> dict[str, float]:
    return {"seed": seed, "epochs": 10, "accuracy": accuracy, "loss": 1 - accuracy}


def test_mean_and_spread_over_seeds(results: Path) -> None:
    rows = [row(0, 0.98), row(1, 0.99)]
    results.write_text(json.dumps({"marvin": {"runs": rows, "seconds_per_epoch": 7.5}}))
    found = measured.of("marvin")
    assert found is not None
    assert found["accuracy"] == pytest.approx(0.985)
    assert found["accuracy_sd"] == pytest.approx(0.00707, abs=1e-5)  # of a sample: n - 1
    assert found["loss"] == pytest.approx(0.015)
    assert (found["n"], found["epochs"], found["seconds_per_epoch"]) == (2, [10, 10], 7.5)
    assert found["hardware"] is None


def test_one_seed_has_no_spread(results: Path) -> None:
    results.write_text(json.dumps({"marvin": {"runs": [row(0, 0.98)]}}))
    found = measured.of("marvin")
    assert found is not None
    assert found["accuracy_sd"] is None


def test_what_was_not_measured_is_none(results: Path) -> None:
    assert measured.of("marvin") is None
    measured._table.cache_clear()
    results.write_text(json.dumps({"marvin": {"runs": [], "seconds_per_epoch": 7.5}}))
    assert measured.of("marvin") is None


def test_what_ships_is_of_recipes_that_ship() -> None:
    table = measured._table()
    assert set(table) <= set(recipe.names())
    for name, results in table.items():
        for run in results["runs"]:
            assert 0.05 < run["accuracy"] <= 1, name
            assert run["test_looks"] == 1, f"{name}: the test set is opened once"
