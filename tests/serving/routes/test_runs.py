"""Runs over REST: board, details, figures, reports, comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import made_runs
import pytest
from made_server import problem, served

from ziffern.history import EpochRow
from ziffern.runs import Run

HISTORY: list[EpochRow] = [
    {
        "epoch": epoch, "loss": 1 / epoch, "accuracy": 1 - 0.4 / epoch,
        "validation_loss": 1.1 / epoch, "validation_accuracy": 1 - 0.5 / epoch,
        "learning_rate": 0.01, "seconds": 1.0, "images_per_second": 900.0,
    }
    for epoch in (1, 2, 3)
]  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, list[Run]]]:
    """A server and three runs: two that read the same validation pictures, one without answers."""
    folder = tmp_path_factory.mktemp("bench") / "runs"
    with made_runs.compared(folder, HISTORY) as runs:
        runs.append(made_runs.made("bare", runs=str(folder)))
        with served(runs=str(folder)) as client:
            yield client, runs


def test_board_and_details(bench: tuple[httpx.Client, list[Run]]) -> None:
    client, runs = bench
    found = client.get("/v1/runs").json()
    assert {row["name"] for row in found["runs"]} == {run.name for run in runs}
    told = client.get(f"/v1/runs/{runs[0].name}").json()
    assert told["validation"]["accuracy"] == 1 - 5 / 500
    assert [row["epoch"] for row in told["history"]] == [1, 2, 3]
    assert "no run" in problem(client.get("/v1/runs/latest"), 404, "not-found")
    assert client.get("/v1/runs/..%2F..%2Fx/report").status_code == 404


def test_figures_are_svg_in_both_languages(bench: tuple[httpx.Client, list[Run]]) -> None:
    client, (good, bad, bare) = bench

    def figure(kind: str, run: Run = good, **options: object) -> httpx.Response:
        return client.get(f"/v1/runs/{run.name}/figures/{kind}", params=options)  # type: ignore[arg-type]

    curves = figure("curves")
    assert curves.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in curves.headers["content-security-policy"]
    assert "Loss (nats)" in curves.text
    assert not re.search(r'(?:href|src)="(?!#|data:)', curves.text)
    german = figure("curves", language="de", narrow=True).text
    assert "Verlust (Nats)" in german
    assert "beste Epoche 3" in german
    assert "good-s0" in figure("curves", beside=bad.name).text
    assert "vorhergesagt" in figure("confusion", language="de").text
    assert figure("wrong").text.count("≠") == 5
    detail = problem(figure("wrong", bare), 422, "unusable")
    assert "not answered its validation pictures" in detail
    problem(figure("curves", bare), 422, "unusable")
    problem(figure("art"), 422, "invalid")
    problem(figure("curves", beside="nobody"), 404, "not-found")


def test_beside_a_run_that_held_out_nothing_both_show_their_training(tmp_path: Path) -> None:
    some, none = (made_runs.made(name, runs=str(tmp_path)) for name in ("some", "none"))
    some.write_history(HISTORY)
    none.write_history(
        [{**row, "validation_loss": None, "validation_accuracy": None} for row in HISTORY]
    )
    with served(runs=str(tmp_path)) as client:

        def drawn(run: Run, beside: Run, **options: object) -> str:
            query = {"beside": beside.name, **options}
            return client.get(f"/v1/runs/{run.name}/figures/curves", params=query).text  # type: ignore[arg-type]

        for run, beside in ((some, none), (none, some)):
            figure = drawn(run, beside)
            assert "Training loss (nats)" in figure
            assert "Without validation pictures: none-s0." in figure
            german = drawn(run, beside, language="de", narrow=True)
            assert "Genauigkeit im Training" in german
            assert "Verlust im Training (Nats)" in german
            assert "Ohne Bilder zur Validierung: none-s0." in german
            assert not re.search("pictures|Training accuracy", german)


def test_a_comparison_says_whether_a_difference_is_shown(
    bench: tuple[httpx.Client, list[Run]],
) -> None:
    client, (good, bad, bare) = bench
    found = client.get(f"/v1/runs/{good.name}/compare/{bad.name}").json()
    (pair,) = found["pairs"]
    assert (pair["better"], pair["shown"], pair["test"]) == ("good", True, "mcnemar")
    assert (pair["only_better"], pair["only_worse"]) == (35, 3)
    assert [group["runs"][0]["run"] for group in found["groups"]] == [good.name, bad.name]
    # the test set stays closed: what was not evaluated on it does not compare there
    refused = client.get(f"/v1/runs/{good.name}/compare/{bad.name}", params={"split": "test"})
    detail = problem(refused, 404, "not-found")
    assert f"ziffern evaluate {good.name}" in detail
    assert good.metrics["test_looks"] == 0
    problem(client.get(f"/v1/runs/{good.name}/compare/{good.name}"), 422, "unusable")
    problem(client.get(f"/v1/runs/{good.name}/compare/{bare.name}"), 404, "not-found")


def test_the_report_stands_for_itself_and_tells_no_path(
    bench: tuple[httpx.Client, list[Run]],
) -> None:
    client, (good, *_) = bench
    place = str(good.path.parents[1] / "secret" / "mnist")
    info = good.info
    good.update_info(dataset={**info["dataset"], "origin": place})
    answer = client.get(f"/v1/runs/{good.name}/report")
    good.update_info(dataset=info["dataset"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "script" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "99.00" in answer.text
    assert "secret" not in answer.text
    assert str(Path(good.path).parent) not in answer.text
