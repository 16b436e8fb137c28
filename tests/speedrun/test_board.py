"""The board: rows renewed one by one, the page made from them, damage told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ziffern.errors import InputError, RunError
from ziffern.speedrun import board
from ziffern.speedrun.rows import Row, Seed

PAGE = Path("speedrun.md")


def row(name: str = "quick", seconds: float = 20.0, *, seeds: int = 3, **changes: Any) -> Row:
    made = Row(
        name=name,
        recipe=name.partition(",")[0],
        shipped=True,
        command=f"ziffern speedrun {name} --seeds {seeds}",
        data="mnist",
        is_sample=False,
        hardware="AMD EPYC, 2 threads",
        precision="bfloat16",
        parameters=55_114,
        trainable_parameters=54_890,
        multiply_adds=1_887_872,
        averaging=1,
        joules_of=(),
        seeds=tuple(
            Seed(
                seed=seed,
                run=f"20261122-101500-{name}-s{seed}",
                date="2026-11-22",
                accuracy=0.995 + 0.0005 * seed,
                alone=None,
                n=10_000,
                seconds=seconds + seed - 1,
                images_per_second=20_000.0,
                joules=None,
                test_looks=1,
            )
            for seed in range(seeds)
        ),
    )
    return made.model_copy(update=changes)


def with_seeds(found: Row, **changes: Any) -> Row:
    return found.model_copy(
        update={"seeds": tuple(seed.model_copy(update=changes) for seed in found.seeds)}
    )


def lines() -> list[list[str]]:
    """The cells of all rows of the page, without heads."""
    found = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found]
    return [each for each in cells if each[0] != "recipe"]


def test_a_row_tells_everything(in_tmp) -> None:
    averaging = with_seeds(row(averaging=5, joules_of=("package-0",)), alone=0.994, joules=1234.5)
    board.enter(PAGE, [averaging])
    [cells] = lines()
    assert cells == [
        "quick",
        "20.0",
        "99.55 ± 0.05",
        "99.43 to 99.67",
        "99.40 ± 0.00",
        "3",
        "20,000",
        "55,114 (54,890)",
        "1,887,872 × 5",
        "1,234 (package-0)",
        "AMD EPYC, 2 threads, bfloat16",
        "2026-11-22",
        "`ziffern speedrun quick --seeds 3`",
    ]
    board.enter(PAGE, [row(seeds=1)])
    [cells] = lines()
    assert (cells[2], cells[3], cells[4], cells[9]) == ("99.50", "–", "–", "not told")


def test_the_fastest_stands_first_and_a_recipe_renews_only_its_row(in_tmp) -> None:
    gpu = row(seconds=2.0, hardware="NVIDIA H100")
    board.enter(PAGE, [row(), row("sprint", 7.0), gpu])
    assert [cells[0] for cells in lines()] == ["quick", "sprint", "quick"]
    board.enter(PAGE, [row(seconds=5.0)])
    assert [(cells[0], cells[1]) for cells in lines()] == [
        ("quick", "2.0"), ("quick", "5.0"), ("sprint", "7.0"),
    ]  # fmt: skip
    assert board.read(PAGE) == (gpu, row(seconds=5.0), row("sprint", 7.0))
    board.enter(PAGE, [row("quick, train.epochs=1", 3.0)])
    assert len(lines()) == 4


def test_what_is_not_complete_gives_up_no_row(in_tmp) -> None:
    assert board.enter(PAGE, [row(seeds=1)], partial=True) == [row(seeds=1)]
    board.enter(PAGE, [row()])
    assert board.enter(PAGE, [row(seeds=2), row("sprint", seeds=1)], partial=True) == [
        row("sprint", seeds=1)
    ]
    assert {found.name: found.n for found in board.read(PAGE)} == {"quick": 3, "sprint": 1}


def test_nothing_to_enter_writes_nothing(in_tmp) -> None:
    assert board.enter(PAGE, []) == []
    assert list(Path().iterdir()) == []


def test_the_sample_never_stands_among_the_whole(in_tmp) -> None:
    board.enter(PAGE, [row("sprint", 3.0, data="mnist (sample)", is_sample=True), row()])
    text = PAGE.read_text()
    whole, sample = text.index("## mnist\n"), text.index("## mnist (sample)\n")
    assert whole < text.index("| quick |") < sample < text.index("| sprint |")
    assert "A sample only" in text[sample:]
    assert "A sample only" not in text[:sample]
    pictures = {path.name for path in Path().glob("*.svg")}
    assert pictures == {"speedrun-mnist.svg", "speedrun-mnist-sample.svg"}
    assert all(f"]({name})" in text for name in pictures)


def test_the_page_says_how_often_the_test_set_was_opened(in_tmp) -> None:
    board.enter(PAGE, [row()])
    assert "once for each seed." in PAGE.read_text()
    board.enter(PAGE, [with_seeds(row("sprint"), test_looks=3)])
    assert "once for each seed, but up to 3 times for sprint." in PAGE.read_text()


def test_a_board_in_the_project_links_the_shipped_recipes(in_tmp, monkeypatch) -> None:
    monkeypatch.setattr(board, "PROJECT", in_tmp)
    monkeypatch.setattr(board.recipe, "FOLDER", in_tmp / "src" / "recipes")
    page = Path("docs/speedrun.md")
    board.enter(page, [row(), row("mine", shipped=False)])
    assert "| [quick](../src/recipes/quick.toml) |" in page.read_text()
    assert "| mine |" in page.read_text()


def test_what_would_break_the_table_is_tamed(in_tmp) -> None:
    board.enter(PAGE, [row(command="ziffern speedrun quick --set 'layers=a\n|b'")])
    assert r"--set 'layers=a \|b'" in PAGE.read_text()


def test_the_same_rows_make_the_same_files(in_tmp) -> None:
    board.enter(PAGE, [row(), row("sprint", 7.0)])
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    board.enter(PAGE, [row()])
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Invalid JSON"),
        ('{"format": 2, "rows": []}', "format: Input should be 1"),
        ('{"format": 1, "rows": [{"name": "quick"}]}', r"rows\.0\.recipe: Field required"),
        ("[]", "should be an object"),
    ],
    ids=["torn", "newer", "incomplete", "a list"],
)
def test_damaged_rows_are_told(in_tmp, content: str, message: str) -> None:
    PAGE.with_suffix(".json").write_text(content)
    with pytest.raises(RunError, match=rf"^speedrun\.json is damaged \(.*{message}.*move it away"):
        board.check(PAGE)
    assert not PAGE.exists()


def test_values_that_cannot_be_are_damage_too(in_tmp) -> None:
    board.enter(PAGE, [row()])
    table = json.loads(PAGE.with_suffix(".json").read_text())
    table["rows"][0]["seeds"][1]["accuracy"] = 99.5
    PAGE.with_suffix(".json").write_text(json.dumps(table))
    with pytest.raises(RunError, match=r"rows\.0\.seeds\.1\.accuracy: .*less than or equal to 1"):
        board.read(PAGE)


def test_a_board_is_a_page(in_tmp) -> None:
    with pytest.raises(InputError, match=r"--board speedrun.txt: .* ends in \.md"):
        board.check(Path("speedrun.txt"))
    board.check(PAGE)


@pytest.mark.parametrize(
    ("value", "written"), [(0.123, "0.12"), (9.96, "10.0"), (45.04, "45.0"), (1234.4, "1,234")]
)
def test_seconds_have_the_digits_that_count(value: float, written: str) -> None:
    assert board.seconds(value) == written
