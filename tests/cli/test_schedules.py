"""`ziffern recipes schedules`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziffern.cli import schedules
from ziffern.figures import schedules as figures


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What was handed to the figure."""
    calls: list[dict[str, object]] = []
    draw = figures.schedules_figure

    def watch(shown, **options):
        calls.append({"shown": shown, **options})
        return draw(shown, **options)

    monkeypatch.setattr(figures, "schedules_figure", watch)
    return calls


def test_schedules_of_one_length_over_epochs(ziffern, in_tmp, drawn) -> None:
    result = ziffern("recipes", "schedules", "codelab-05-decay", "marvin")
    assert result.out.endswith("\npicture: schedules.svg\n")
    assert Path("schedules.svg").read_text().startswith("<?xml")
    [call] = drawn
    assert call["unit"] == "epoch"
    assert list(call["shown"]) == ["codelab-05-decay", "marvin"]
    places, rates = call["shown"]["codelab-05-decay"]
    assert places[-1] == 10
    assert rates[0] == 0.01
    assert rates[-1] == pytest.approx(0.01 * 0.6**9)


def test_others_over_the_share_of_the_training(ziffern, in_tmp, drawn) -> None:
    given = ("recipes", "schedules", "sprint", "marvin", "--out", "rates.png", "--json")
    found = ziffern(*given).json
    assert found["picture"] == "rates.png"
    sprint, marvin = found["schedules"]
    assert (sprint["name"], sprint["epochs"], sprint["schedule"]) == ("sprint", 2, "one_cycle")
    assert sprint["highest"] > sprint["first"] > sprint["last"]
    assert marvin["first"] == marvin["highest"] == marvin["last"] == 0.001
    [call] = drawn
    assert call["unit"] == "share of the training, %"
    assert [places[-1] for places, _ in call["shown"].values()] == [100, 100]


def test_wrong_input(ziffern, in_tmp) -> None:
    assert ziffern("recipes", "schedules").mistake.startswith("give recipes, such as ")
    assert "did you mean 'marvin'" in ziffern("recipes", "schedules", "marvn").mistake
    mistake = ziffern("recipes", "schedules", "marvin", "--out", "rates.doc").mistake
    assert mistake == "--out rates.doc: expected a name that ends in .png, .svg or .pdf"
    assert not list(in_tmp.iterdir())


def test_a_line_of_blocks_is_as_high_as_the_rate() -> None:
    from ziffern import recipe

    assert schedules.line(recipe.load("marvin")) == "0.001"
    curve = schedules.line(recipe.load("codelab-05-decay")).split()[0]
    assert curve[0] == "█"
    assert list(curve) == sorted(curve, reverse=True)
