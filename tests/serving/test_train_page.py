"""Train and Runs in a real Chromium: a recipe is typed, trained, watched, stopped and compared."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import little
import made_runs
import pytest
from browser import CHROMIUM, Browser, chromium, serving

from ziffern.evaluation.combine import ensemble
from ziffern.history import EpochRow
from ziffern.runs import Run

for needed in ("fastapi", "uvicorn", "playwright", "axe_playwright_python", "onnxruntime"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium"
)

LONG = little.RECIPE.replace("epochs = 3", "epochs = 900")
DRAWN = ".drawn.{}:not([hidden]) img:not([hidden])"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two finished runs that answered the same validation pictures."""
    history: list[EpochRow] = [
        {
            "epoch": epoch, "loss": 1 / epoch, "accuracy": 1 - 0.4 / epoch,
            "validation_loss": 1.1 / epoch, "validation_accuracy": 1 - 0.5 / epoch,
            "learning_rate": 0.01, "seconds": 1.0, "images_per_second": 900.0,
        }
        for epoch in (1, 2)
    ]  # fmt: skip
    with made_runs.compared(tmp_path_factory.mktemp("page") / "runs", history) as found:
        yield found


@pytest.fixture(scope="module")
def origin(runs: list[Run]) -> Iterator[str]:
    with serving(("tiny",), runs=str(runs[0].path.parent)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def accessible(page: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    serious = [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert not serious, "\n".join(serious)


def fits(page: Any) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels hang out at the right"


def test_a_recipe_is_checked_trained_watched_held_and_stopped(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total")
        page.fill("#toml", LONG.replace("Flatten", "Flaten"))
        page.wait_for_selector(".mistakes li")
        assert "did you mean 'Flatten'" in page.inner_text(".mistakes")
        assert page.inner_text(".gutter .wrong") == "6"
        assert page.is_disabled("button[type=submit]")
        page.fill("#toml", LONG)
        page.wait_for_selector(".checked tbody .total")
        rows = page.locator(".checked tbody tr").all_inner_texts()
        assert rows[0].split("\t")[1:3] == ["8×8×8", "208"]
        accessible(page)

        page.fill("#seed", "5")
        page.wait_for_selector("button[type=submit]:enabled")
        page.click("button[type=submit]")
        page.wait_for_selector('.watched .standing[data-state="running"]')
        for kind in ("curves", "confusion", "wrong"):
            page.wait_for_selector(DRAWN.format(kind))
        before = page.get_attribute(".drawn.curves img", "src")
        page.wait_for_selector(f'.drawn.curves img:not([src="{before}"])')  # it grows
        assert "seed 5" in page.inner_text(".watched h2")

        page.get_by_role("button", name="Pause").click()
        page.wait_for_selector('.watched .standing[data-state="paused"]')
        page.wait_for_selector(".watched :text('It holds its place for 5 minutes')")
        accessible(page)
        page.select_option("#earlier", runs[0].name)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_selector('.watched .standing[data-state="running"]')
        # a second one waits; the view may be left and found again meanwhile
        page.click("button[type=submit]")
        page.wait_for_selector('.jobs .standing[data-state="waiting"]')
        page.click("nav a[href='#runs']")
        page.wait_for_selector(".board tbody tr")
        page.click("nav a[href='#train']")
        page.wait_for_selector('.watched .standing[data-state="running"]')
        page.locator(".jobs li").last.get_by_role("button", name="Take").click()
        page.wait_for_selector('.jobs .standing[data-state="waiting"]', state="detached")
        page.get_by_role("button", name="Stop", exact=True).click()
        page.wait_for_selector('.watched .standing[data-state="interrupted"]')
        page.get_by_role("button", name="Resume").wait_for()
        page.get_by_role("button", name="Open in Runs").click()
        page.wait_for_selector(".full h2")
        assert "stopped" in page.inner_text(".particulars")

    browser.visit(steps, f"{origin}#train")


WITHOUT = LONG.replace("[train]", "[data]\nvalidation = 0\n[train]")


@pytest.mark.parametrize(
    ("language", "title", "told", "stop", "heading", "alt"),
    [
        (
            "en-GB", "Training accuracy", "This recipe holds out no pictures", "Stop",
            "Curves on the training pictures",
            "Training accuracy and loss of both runs over the epochs",
        ),
        (
            "de-DE", "Genauigkeit im Training", "Dieses Rezept legt keine Bilder zurück",
            "Abbrechen", "Kurven auf den Trainingsbildern",
            "Genauigkeit und Verlust im Training beider Läufe über die Epochen",
        ),
    ],
)  # fmt: skip
def test_what_holds_out_nothing_is_watched_beside_an_earlier_run(
    browser: Browser, origin: str, runs: list[Run], language: str, title: str, told: str,
    stop: str, heading: str, alt: str,
) -> None:  # fmt: skip
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total")
        page.fill("#toml", WITHOUT)
        page.wait_for_selector("button[type=submit]:enabled")
        page.click("button[type=submit]")
        page.wait_for_selector(DRAWN.format("curves"))
        page.wait_for_selector(f".watched :text('{told}')")
        with page.expect_request(f"**beside={runs[0].name}**") as drawn:
            page.select_option("#earlier", runs[0].name)
        assert title in page.request.get(drawn.value.url).text()
        page.wait_for_selector(f".drawn.curves h3:text-is('{heading}')")
        assert page.get_attribute(".drawn.curves img", "alt") == alt
        assert page.locator(".drawn.confusion:visible, .drawn.wrong:visible").count() == 0
        accessible(page)
        fits(page)
        page.select_option("#earlier", "")
        page.wait_for_selector(f".drawn.curves h3:not(:text-is('{heading}'))")
        page.get_by_role("button", name=stop, exact=True).click()
        page.wait_for_selector('.watched .standing[data-state="interrupted"]')

    browser.visit(steps, f"{origin}#train", locale=language, width=360, height=740)


def test_runs_with_and_without_validation_are_compared_by_their_training(
    browser: Browser, in_tmp: Path
) -> None:
    made = [made_runs.made(name) for name in ("some", "none")]
    for run, validated in zip(made, (0.9, None), strict=True):
        run.write_history(
            [
                {
                    "epoch": epoch, "loss": 1 / epoch, "accuracy": 1 - 0.4 / epoch,
                    "validation_loss": validated, "validation_accuracy": validated,
                    "learning_rate": 0.01, "seconds": 1.0, "images_per_second": 900.0,
                }
                for epoch in (1, 2)
            ]
        )  # fmt: skip

    def steps(page: Any) -> None:
        page.wait_for_selector(".board tbody tr:nth-child(2)")
        for box in page.locator(".board input").all():
            box.check()
        page.wait_for_selector(DRAWN.format("curves"))
        assert page.inner_text(".drawn.curves h3") == "Curves on the training pictures"
        alt = "Training accuracy and loss of both runs over the epochs"
        assert page.get_attribute(".drawn.curves img", "alt") == alt
        accessible(page)

    with serving(("tiny",), runs=str(in_tmp / "runs")) as origin:
        browser.visit(steps, f"{origin}#runs")


def test_a_run_is_compared_with_one_just_made_and_never_with_itself(
    browser: Browser, in_tmp: Path
) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total")
        page.fill("#toml", LONG)
        for earlier in (0, 1):
            page.wait_for_selector("button[type=submit]:enabled")
            page.click("button[type=submit]")
            page.wait_for_selector(DRAWN.format("curves"))
            page.locator("#earlier option").nth(earlier).wait_for(state="attached")
            assert page.locator("#earlier option").count() == 1 + earlier
            assert page.locator("#earlier").is_visible() == (earlier > 0)
            page.get_by_role("button", name="Stop", exact=True).click()
            page.wait_for_selector('.watched .standing[data-state="interrupted"]')

    with serving(("tiny",), runs=str(in_tmp / "runs")) as origin:
        browser.visit(steps, f"{origin}#train")


def test_the_board_is_sorted_opened_and_compared(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    good, bad = runs

    def steps(page: Any) -> None:
        page.wait_for_selector(".board tbody tr:nth-child(2)")
        page.fill("#search", "nothing of that name")
        page.wait_for_selector(".board tbody tr", state="detached")
        page.fill("#search", "")
        page.get_by_role("button", name="Validierung").click()
        page.wait_for_selector('th.validation[aria-sort="descending"]')
        names = page.locator(".board tbody .choose input").evaluate_all(
            "boxes => boxes.map(box => box.getAttribute('aria-label'))"
        )
        assert names.index(f"{good.name} vergleichen") < names.index(f"{bad.name} vergleichen")
        accessible(page)
        fits(page)

        page.get_by_role("checkbox", name=good.name).check()
        page.get_by_role("checkbox", name=bad.name).check()
        page.wait_for_selector(".verdict .is")
        verdict = page.inner_text(".verdict")
        assert "good ist besser als bad auf diesen 500 Ziffern." in verdict
        assert "35 Ziffern liest nur good richtig, 3 nur bad" in verdict
        page.wait_for_selector(DRAWN.format("curves"))
        accessible(page)

        page.locator("tr", has=page.get_by_role("checkbox", name=good.name)).locator(
            "button.name"
        ).click()
        page.wait_for_selector(DRAWN.format("wrong"))
        assert "99,00" in page.inner_text(".particulars")
        assert "nicht geöffnet" in page.inner_text(".particulars")
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Bericht").click()
        opened.value.wait_for_selector("h1")
        opened.value.close()
        accessible(page)

    browser.visit(steps, f"{origin}#runs", locale="de-DE", color_scheme="dark")


def test_a_run_that_is_opened_has_the_focus_and_the_title(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    def steps(page: Any) -> None:
        page.locator(".board .name").last.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".full h2:focus")
        heading = page.inner_text(".full h2")
        assert page.title() == f"{heading} · Ziffern"
        page.go_back()
        page.wait_for_selector("h1:focus")
        assert page.title() == "Runs · Ziffern"

    browser.visit(steps, f"{origin}#runs")


def test_the_board_keeps_the_focus_while_a_run_trains_and_a_look_fails(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    looks: list[int] = []

    def learning(route: Any) -> None:
        looks.append(1)
        if len(looks) == 1:
            route.fulfill(status=503, json={"title": "busy", "detail": "ask again"})
            return
        answer = route.fetch().json()
        answer["runs"][0] |= {"status": "running", "epochs": len(looks), "of_epochs": 99}
        route.fulfill(json=answer)

    def steps(page: Any) -> None:
        page.route("**/v1/runs", learning)
        page.reload()
        for place in (".board .name", "th.test button"):
            page.locator(place).first.focus()
            before = page.inner_text(".board .standing[data-state=running]")
            page.wait_for_function(
                "before => document.querySelector('.board .standing[data-state=running]')"
                ".textContent !== before", arg=before,
            )  # fmt: skip
            assert page.locator(place).first.evaluate("place => place === document.activeElement")
        assert page.locator("#problem").inner_text() == ""

    browser.visit(steps, f"{origin}#runs", expected=["Failed to load resource"])


def test_a_recipe_is_laid_out_whole_and_its_words_are_english(
    browser: Browser, origin: str
) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total")
        table = "element => element.scrollWidth - element.clientWidth"
        assert page.locator(".checked .scroll").evaluate(table) == 0
        assert page.inner_text(".about [lang=en]").startswith("The demonstration")
        assert "Testdaten" in page.inner_text(".about")

    browser.visit(steps, f"{origin}#train", locale="de-DE")


def test_a_text_of_ones_own_outlives_another_choice(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total")
        shipped = page.input_value("#toml")
        page.fill("#toml", LONG)
        page.select_option("#recipe", "marvin")
        page.wait_for_function("own => document.querySelector('#toml').value !== own", arg=LONG)
        assert "Marvin" in page.input_value("#toml")
        page.click("nav a[href='#runs']")
        page.wait_for_selector(".board tbody tr")
        page.click("nav a[href='#train']")
        page.wait_for_selector(".checked tbody .total")
        assert page.input_value("#recipe") == "marvin"
        page.select_option("#recipe", "quick")
        page.wait_for_function("own => document.querySelector('#toml').value === own", arg=LONG)
        page.get_by_role("button", name="As it was shipped").click()
        assert page.input_value("#toml") == shipped

    browser.visit(steps, f"{origin}#train")


def test_an_ensemble_has_a_report_and_no_epochs(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    made = ensemble(runs, runs=runs[0].path.parent)

    def steps(page: Any) -> None:
        page.wait_for_selector(".full h2")
        assert page.inner_text(".full h2").startswith("Ensemble aus 2 · ")
        told = page.locator(".particulars dt").all_inner_texts()
        assert "Mitglieder" in told
        assert not {"Epochen", "Zeit"} & set(told)
        page.get_by_role("link", name="Bericht öffnen").wait_for()
        page.get_by_role("button", name="Zeichnend ausprobieren").click()
        page.locator(".opinion h2", has_text=made.name).wait_for()

        # an ensemble has no inside of its own, and says so where there is nothing else
        page.get_by_role("button", name="tiny ausspannen").click()
        page.wait_for_selector(".opinions:not(:has(.opinion:nth-child(2)))")
        page.click("nav a[href='#inside']")
        page.wait_for_selector(".layers .blank")
        assert "Ensemble" in page.inner_text(".layers .blank")
        assert page.locator("#network").is_hidden()
        page.request.post(f"{origin}v1/models", data={"name": "tiny"})
        page.request.delete(f"{origin}v1/models/{made.name}")

    try:
        browser.visit(steps, f"{origin}#runs?run={made.name}", locale="de-DE")
    finally:
        shutil.rmtree(made.path)


def test_a_comparison_that_fails_is_asked_for_again(
    browser: Browser, origin: str, runs: list[Run]
) -> None:
    def steps(page: Any) -> None:
        busy = {"title": "busy", "detail": "ask again in a moment"}
        page.route("**/compare/**", lambda route: route.fulfill(status=503, json=busy))
        for run in runs:
            page.get_by_role("checkbox", name=run.name).check()
        page.get_by_role("button", name="Try again").wait_for()
        assert "ask again in a moment" in page.inner_text("#problem")
        page.unroute("**/compare/**")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector(".verdict .is")
        assert page.inner_text("#problem") == ""

    browser.visit(steps, f"{origin}#runs", expected=["Failed to load resource"])


def test_runs_without_common_pictures_do_not_compare(browser: Browser, in_tmp: Path) -> None:
    for seed in range(2):
        made_runs.made("tiny", seed)

    def steps(page: Any) -> None:
        page.wait_for_selector(".board tbody tr:nth-child(2)")
        assert re.fullmatch(r"\d\d/\d\d/\d{4}, \d\d:\d\d", page.inner_text("td.started >> nth=0"))
        for box in page.locator(".board input").all():
            box.check()
        page.wait_for_selector(".verdict .not")
        assert "ziffern evaluate" in page.inner_text(".verdict")
        assert page.locator("#part").count() == 0
        accessible(page)

    with serving(("tiny",), runs=str(in_tmp / "runs")) as origin:
        browser.visit(steps, f"{origin}#runs")


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_a_phone_shows_time_parameters_and_start_in_a_line_of_their_own(
    browser: Browser, origin: str, runs: list[Run], language: str
) -> None:
    def long(route: Any) -> None:
        answer = route.fetch().json()
        for run in answer["runs"]:
            run |= {"seconds": 12_345, "parameters": 19_999_999, "test_looks": 12}
            run["status"] = "stopped early"
            run["test"] = run["validation"]
        route.fulfill(json=answer)

    def steps(page: Any) -> None:
        page.route("**/v1/runs", long)
        page.reload()
        row = page.locator(".board tbody tr", has=page.get_by_role("checkbox", name=runs[0].name))
        row.wait_for()
        above = row.locator("td.validation").bounding_box()
        cells = [row.locator(f"td.{key}") for key in ("time", "parameters", "started")]
        boxes = [cell.bounding_box() for cell in cells]
        assert len({box["y"] for box in boxes}) == 1
        assert boxes[0]["y"] >= above["y"] + above["height"]
        for one, other in itertools.pairwise(boxes):
            assert one["x"] + one["width"] <= other["x"]
        assert boxes[2]["x"] + boxes[2]["width"] <= 360
        count = "19.999.999" if language == "de-DE" else "19,999,999"
        assert [cell.inner_text() for cell in cells[:2]] == ["3:25:45", count]
        for cell in cells:
            label = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
            assert label == f'"{cell.get_attribute("data-name")}"'
        fits(page)
        accessible(page)

    browser.visit(steps, f"{origin}#runs", locale=language, width=360, height=740, has_touch=True)


def test_the_board_is_sorted_on_a_phone(browser: Browser, origin: str, runs: list[Run]) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".board tbody tr")
        heads = page.locator(".board th button:visible")
        assert heads.all_inner_texts() == [
            "Recipe", "Status", "Validation", "Test", "Time", "Parameters", "Started",
        ]  # fmt: skip
        assert all(each.bounding_box()["height"] >= 24 for each in heads.all())
        heads.nth(2).click()
        page.wait_for_selector('th.validation[aria-sort="descending"]')

    browser.visit(steps, f"{origin}#runs", width=360, height=740, has_touch=True)


@pytest.mark.parametrize("view", ["train", "runs"])
def test_both_fit_on_a_phone(browser: Browser, origin: str, view: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".checked tbody .total, .board tbody tr")
        fits(page)
        accessible(page)

    browser.visit(steps, f"{origin}#{view}", width=360, height=740, has_touch=True)


def test_runs_are_clamped_in_and_taken_out(browser: Browser, origin: str, runs: list[Run]) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        assert page.get_by_role("button", name="Take out").count() == 0  # of the last one
        assert page.inner_text(".opinion").endswith("Why?")
        page.locator("#clamp").focus()
        page.keyboard.press("ArrowDown")  # chooses, and does nothing yet
        page.select_option("#clamp", runs[0].name)
        page.wait_for_load_state("networkidle")
        assert page.locator(".opinion").count() == 1
        page.get_by_role("button", name="Clamp in").click()
        page.wait_for_selector(".opinion:nth-child(2) h2:focus")
        assert page.locator(".opinion h2").all_inner_texts() == ["tiny", runs[0].name]
        page.locator("#said", has_text=f"{runs[0].name} is clamped in.").wait_for(state="attached")
        offered = page.locator("#clamp option").all_inner_texts()
        assert runs[0].name not in offered
        accessible(page)
        fits(page)
        page.get_by_role("button", name=f"Take out {runs[0].name}").click()
        page.wait_for_selector(".opinions:not(:has(.opinion:nth-child(2)))")
        page.wait_for_selector(".opinion h2:focus")
        page.locator("#said", has_text=f"{runs[0].name} is taken out.").wait_for(state="attached")
        page.locator("#clamp option", has_text=runs[0].name).wait_for(state="attached")

        # by somebody else, while a digit is drawn here
        page.request.post(f"{origin}v1/models", data={"name": runs[1].name})
        page.locator(".pad").click()
        page.locator(".opinion:nth-child(2) .best").first.wait_for()
        page.request.delete(f"{origin}v1/models/{runs[1].name}")
        page.locator(".pad").click(position={"x": 9, "y": 9})
        page.wait_for_selector(".opinions:not(:has(.opinion:nth-child(2)))")

    browser.visit(steps, f"{origin}#draw", width=360, height=780)
