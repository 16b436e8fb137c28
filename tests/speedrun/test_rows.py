"""Rows: what several seeds amount to, on which machine, and whether a target is reached."""

from __future__ import annotations

from typing import Any

import made_runs
import pytest
from made_runs import made

from ziffern import datasets, recipe
from ziffern.runs import Run
from ziffern.speedrun.rows import Row, hardware_of, rows
from ziffern.speedrun.trials import plan

EPYC = {"cpu": "AMD EPYC", "gpu": {"devices": []}}


def done(*wrong: int, **about: Any) -> list[tuple[Run, Any]]:
    """Finished runs that read so many of the sample's 1,000 test pictures wrong."""
    labels = datasets.load("mnist").test.labels
    found = []
    for seed, count in enumerate(wrong):
        run = made("quick", seed)
        run.update_info(**{"hardware": EPYC, **about})
        run.count_test_look()
        found.append((run, made_runs.answers(labels, range(count))))
    return found


def only(found: list[tuple[Run, Any]]) -> Row:
    [row] = rows(plan(["quick"])[0], found)
    return row


def test_seeds_are_summed_up(in_tmp) -> None:
    row = only(done(10, 20, 60))
    network = recipe.load("quick").network
    assert (row.name, row.data, row.hardware) == ("quick", "mnist (sample)", "AMD EPYC")
    assert (row.parameters, row.multiply_adds) == (network.parameters, network.multiply_adds)
    assert 0 < row.trainable_parameters < row.parameters
    assert row.accuracy.mean == pytest.approx(0.97)
    assert row.accuracy.sd == pytest.approx(0.0264575)
    assert row.accuracy.interval95 == pytest.approx((0.97 - 0.0657241, 0.97 + 0.0657241))
    assert row.seconds == 2.0  # the median of 1, 2 and 3
    assert row.images_per_second == 100.0
    assert row.alone is None
    assert row.joules is None
    assert row.test_looks == 1
    assert [seed.seed for seed in row.seeds] == [0, 1, 2]


def test_what_the_machine_tells_of_energy_is_a_median(in_tmp) -> None:
    found = done(10, 20)
    for (run, _), joules in zip(found, (300.0, 500.0), strict=True):
        training = run.metrics["training"] | {"joules": joules, "joules_of": ["package-0"]}
        run.update_metrics("training", training)
    assert (only(found).joules, only(found).joules_of) == (400.0, ("package-0",))
    found[0][0].update_metrics("training", found[0][0].metrics["training"] | {"joules": None})
    assert only(found).joules is None


def test_other_machines_and_precisions_are_other_rows(in_tmp) -> None:
    mixed = done(10, 20)
    mixed[1][0].update_info(precision="bfloat16")
    assert [row.precision for row in rows(plan(["quick"])[0], mixed)] == ["float32", "bfloat16"]


@pytest.mark.parametrize(
    ("about", "training", "hardware"),
    [
        ({"hardware": EPYC}, {"threads": 2}, "AMD EPYC, 2 threads"),
        ({"hardware": EPYC}, {"threads": 1}, "AMD EPYC, 1 thread"),
        ({"hardware": EPYC}, {}, "AMD EPYC"),
        ({"hardware": {}}, {}, "unknown processor"),
        (
            {"device": "cuda:1", "hardware": {"gpu": {"devices": [{"name": "A"}, {"name": "B"}]}}},
            {"threads": 2},
            "B",
        ),
        ({"device": "cuda:1", "hardware": EPYC}, {}, "AMD EPYC, GPU"),
        ({"device": "mps", "hardware": {"cpu": "Apple M4"}}, {"threads": 4}, "Apple M4, GPU"),
    ],
)
def test_hardware_is_what_computed(in_tmp, about, training, hardware) -> None:
    run = made()
    run.update_info(**about)
    run.update_metrics("training", run.metrics["training"] | training)
    assert hardware_of(run) == hardware


def test_a_target_is_held_against_mean_and_interval(in_tmp) -> None:
    whole = {"dataset": {**made().dataset, "is_sample": False}}
    row = only(done(10, 20, 30, **whole))  # 98 % ± 1 %, interval 95.5 to 100.5 %
    assert row.reaches(0.95) == (True, True)
    assert row.reaches(0.98) == (True, False)
    assert row.reaches(0.99) == (False, False)
    assert only(done(10, **whole)).reaches(0.98) == (True, None)
    table = row.as_dict(0.98)
    assert (table["mean_reaches_target"], table["interval_reaches_target"]) == (True, False)
    assert table["accuracy"]["mean"] == pytest.approx(0.98)


def test_the_sample_judges_no_target(in_tmp) -> None:
    row = only(done(0, 0))
    assert row.reaches(0.5) is None
    assert row.as_dict(0.5)["mean_reaches_target"] is None
