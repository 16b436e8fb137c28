"""The page of a comparison: verdicts, table, and the digits with what they are taken for."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest
from made_runs import made

from ziffern import datasets
from ziffern.album import compare as album
from ziffern.album.compare import write_comparison
from ziffern.errors import RunError
from ziffern.evaluation.comparable import compare

pytestmark = pytest.mark.usefixtures("in_tmp")


def test_two_networks_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = []
    real = album.tiles_figure
    monkeypatch.setattr(
        album, "tiles_figure", lambda *given, **more: tiles.append(given) or real(*given, **more)
    )
    made("quick", 0, wrong=[7, 8])
    made("marvin", 0, wrong=[8, *range(20, 50)])
    found = compare(["quick", "marvin"])
    told: list[str] = []
    page = write_comparison(
        found, "page", progress=lambda done, total, title: told.append(f"{done}/{total} {title}")
    )
    assert told == ["0/3 How accurate", "1/3 quick and marvin", "2/3 the page"]
    names = {path.name for path in Path("page").iterdir()}
    assert names == {
        "index.html",
        "accuracies.png",
        "accuracies.svg",
        "pair-1-better.png",
        "pair-1-worse.png",
    }
    text = html.unescape(page.read_text())
    assert found.pairs[0].sentence in text
    assert "30 digits that quick reads right and marvin does not." in text
    assert "Shown are the 24 on which they differ most." in text
    assert "<h2>marvin right, quick wrong</h2>" in text

    digits = datasets.load("mnist").test
    (better, captions), (worse, alone) = tiles
    np.testing.assert_array_equal(better, digits.images[20:44])
    np.testing.assert_array_equal(worse, digits.images[[7]])
    true = int(digits.labels[7])
    assert alone == [f"{true}, not {(true + 1) % 10}\nno. 7"]
    assert [int(re.search(r"no\. (\d+)", each)[1]) for each in captions] == list(range(20, 44))


def test_groups_say_how_many_seeds_are_right() -> None:
    for seed, wrong in enumerate([[1], [1, 2]]):
        made("quick", seed, wrong=wrong)
        made("marvin", seed, wrong=[5, 6, 7 + seed, *range(30, 40 + seed)])
    made("lenet", 0, wrong=range(60, 90))
    found = compare(["quick", "marvin", "lenet"])
    plates = {
        plate.name: plate
        for plate in album._digits("pair-1", datasets.load("mnist").test, *found.groups[:2])
    }
    texts = [text.get_text() for text in plates["pair-1-better"].figure.axes[0].texts]
    assert texts[0].endswith("\n2/2 : 0/2")
    assert texts[-1].endswith("\n2/2 : 1/2")
    text = plates["pair-1-better"].text
    assert "15 digits that quick reads right more often than marvin, over their seeds." in text
    page = html.unescape(write_comparison(found, "page").read_text())
    for pair in found.pairs:
        assert pair.sentence in page
    # the best against each other one
    assert len(list(Path("page").glob("pair-*.png"))) == 4


def test_without_digits_to_show() -> None:
    for seed in (0, 1):
        made("quick", seed, wrong=range(9 + seed), split="validation")
        made("marvin", seed, wrong=range(30 + seed), split="validation")
    write_comparison(compare(["quick", "marvin"], split="validation"), "page")
    assert {path.stem for path in Path("page").iterdir()} == {"index", "accuracies"}


def test_networks_that_do_not_differ() -> None:
    made("quick", 0, wrong=[7])
    made("marvin", 0, wrong=[7])
    page = write_comparison(compare(["quick", "marvin"]), "page").read_text()
    assert page.count("There is no such digit.") == 2


def test_other_data_at_hand() -> None:
    made("quick", 0, wrong=[7])
    made("marvin", 0, wrong=[8])
    digits = datasets.load("mnist").test
    np.savez("own.npz", x_test=digits.images[:90], y_test=digits.labels[:90])
    with pytest.raises(RunError, match=r"holds other pictures than .*quick-s0 was evaluated on"):
        write_comparison(compare(["quick", "marvin"]), "page", data_dir="own.npz")
