"""The page in a real Chromium: drawing, both languages, pen and keyboard, phones, access."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CHROMIUM, Browser, chromium, faults, serving
from rows_of_digits import painted

import ziffern
from ziffern.contract import normalise
from ziffern.pictures import open_picture
from ziffern.serving.limits import Limits

for needed in ("fastapi", "uvicorn", "playwright", "axe_playwright_python", "onnxruntime", "cv2"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium"
)

HERE = Path(__file__).parent
STATIC = Path(ziffern.__file__).parent / "serving" / "static"
STROKES: dict[str, list[list[list[float]]]] = json.loads((HERE / "strokes.json").read_text())
MODELS = ("flagship", "tiny")
VIEWS = ("draw", "inside", "read", "train", "runs")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving(MODELS) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def draw(page: Any, digit: str) -> None:
    """Draw a stored digit with the mouse, and wait until all networks have said what it is."""
    pad = page.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for stroke in STROKES[digit]:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
    settle(page)


def settle(page: Any) -> None:
    """Wait until the networks have answered what is drawn now."""
    page.wait_for_selector("main:not(:has([aria-busy=true]))")


def answers(page: Any) -> list[str]:
    return page.locator(".opinion .answer strong").all_inner_texts()


# texts


def keys(table: Any, prefix: str = "") -> set[str]:
    if not isinstance(table, dict):
        return {prefix}
    return {key for name, value in table.items() for key in keys(value, f"{prefix}.{name}")}


def texts(language: str) -> Any:
    return json.loads((STATIC / "text" / f"{language}.json").read_text(encoding="utf-8"))


def test_both_languages_say_the_same_things() -> None:
    german = texts("de")
    german.pop("problems")  # in English the server's own words are shown
    assert keys(texts("en")) == keys(german)


def test_german_has_a_sentence_for_every_problem_that_a_visitor_meets() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in STATIC.parent.rglob("*.py"))
    kinds = set(re.findall(r'Problem\(\s*"([a-z-]+)"', code))
    of_programs = {"not-json", "not-http", "media-type"}
    german = texts("de")["problems"]
    assert kinds - of_programs == set(german)
    told = {what for group in german.values() if isinstance(group, dict) for what in group}
    whats = set(re.findall(r'(?:"what": |what=)"([a-z-]+)"', code)) | {"page", "empty"}
    assert told - {"other"} == whats
    assert all("other" in group for group in german.values() if isinstance(group, dict))


def test_every_text_that_is_asked_for_exists() -> None:
    known = {key.removeprefix(".") for key in keys(texts("en"))}
    groups = {key.rpartition(".")[0] for key in known} | {key.partition(".")[0] for key in known}
    for path in STATIC.glob("*.js"):
        for key in re.findall(r"""\bt\(\s*"([\w.-]+)\"""", path.read_text(encoding="utf-8")):
            assert key in known | groups, f"{path.name} asks for {key}"


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline() -> None:
    for path in [*STATIC.glob("*.*"), *STATIC.glob("text/*")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//\w+\.\w", text), path.name
        assert not re.search(r"\sstyle=|\son\w+=\"|<style|innerHTML", text), path.name


# draw


def test_digits_are_read_right_and_the_same_through_page_rest_and_command_line(
    browser: Browser, origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import httpx

    from ziffern.cli import main

    seen: dict[str, Any] = {}

    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        assert page.locator(".opinion h2").all_inner_texts() == list(MODELS)
        for digit in STROKES:
            answered: list[Any] = []
            page.on("response", lambda answer, into=answered: into.append(answer))
            draw(page, digit)
            assert answers(page)[0] == digit
            best = page.locator(".opinion").first.locator(".best b")
            assert best.inner_text() == digit
            last = [each for each in answered if each.url.endswith("/v1/predict")][-1]
            (image,) = json.loads(last.request.post_data)["images"]
            seen[digit] = base64.b64decode(image.split(",")[1]), last.json()["predictions"]
            page.get_by_role("button", name="Clear").click()

    browser.visit(steps, origin)
    paths = [tmp_path / f"{digit}.png" for digit in seen]
    for path, (content, _) in zip(paths, seen.values(), strict=True):
        path.write_bytes(content)
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    rest = httpx.post(f"{origin}v1/predict", files=files, data={"models": "tiny"}).json()
    with suppress(SystemExit):
        main(["predict", "tiny", *map(str, paths), "--json"])
    commands = json.loads(capsys.readouterr().out)["predictions"]
    for path, (_, own), other, command in zip(
        paths, seen.values(), rest["predictions"], commands, strict=True
    ):
        (page,) = [each for each in own if each["model"] == "tiny"]
        assert page["normalised"] == other["normalised"] == normalise(open_picture(path)).tolist()
        assert page["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
        assert page["probabilities"] == pytest.approx(
            list(command["probabilities"].values()), abs=1e-6
        )


def test_the_keyboard_is_enough_to_draw_undo_and_ask_why(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        page.locator(".pad").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        for key in (*["ArrowUp"] * 9, " ", *["ArrowDown"] * 18, " "):
            page.keyboard.press(key)
        settle(page)
        assert answers(page)[0] == "1"
        page.keyboard.press("Tab")  # undo
        page.keyboard.press("Tab")  # clear
        page.keyboard.press("Tab")  # why?
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Why?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".why h2")
        assert page.evaluate("document.activeElement.textContent") == "Why flagship says 1"
        assert page.locator(".nearest li").count() == 8
        page.locator(".pad").focus()
        page.keyboard.press("Backspace")
        page.wait_for_selector(".opinions:not(:has(.best))")
        page.keyboard.press("Backspace")  # takes nothing: there is nothing left

    browser.visit(steps, origin)


def test_what_is_doubtful_is_said_in_words(browser: Browser, origin: str) -> None:
    said = {"flagship": "unsure", "tiny": "no-digit"}

    def doubt(route: Any) -> None:
        answer = route.fetch().json()
        for each in answer["predictions"]:
            each["state"] = said[each["model"]]
            each["digit"] = None if each["state"] == "no-digit" else each["digit"]
        route.fulfill(json=answer)

    def steps(page: Any) -> None:
        page.route("**/v1/predict", doubt)
        page.wait_for_selector(".opinion")
        assert page.locator(".state").all_inner_texts() == ["wartet auf Tinte"] * 2
        draw(page, "4")
        assert page.locator(".state").all_inner_texts() == ["unsicher", "keine Ziffer"]
        assert answers(page) == ["4", "–"]
        # screen readers are told once the drawing has come to rest
        page.locator("#said", has_text="unsicher").wait_for(state="attached")
        assert "tiny: keine Ziffer" in page.locator("#said").inner_text()

    browser.visit(steps, origin, locale="de-AT")


def test_what_the_network_sees_is_shown(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        draw(page, "7")
        pixels = page.locator(".way canvas.map").last.evaluate(
            "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data]"
        )
        picture = np.array(pixels).reshape(28, 28, 4)[..., 0]
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20, 21)
        assert f"{np.ptp(columns) + 1}×{np.ptp(rows) + 1}" in page.locator(".way").inner_text()

    browser.visit(steps, origin)


def test_how_a_picture_is_made_is_told_by_each_networks_contract(
    browser: Browser, origin: str
) -> None:
    def other(route: Any) -> None:
        answer = route.fetch().json()
        answer["models"][0]["contract"]["box"] = 24
        answer["models"][1]["contract"]["centre"] = "frame"
        route.fulfill(json=answer)

    def steps(page: Any) -> None:
        page.route("**/v1/models", other)
        page.reload()
        page.wait_for_selector(".opinion")
        draw(page, "7")
        boxed, framed = page.locator(".way").all_inner_texts()
        assert "24×24" in boxed
        assert "middle" in boxed
        assert "whole drawing" in framed
        assert "middle" not in framed

    browser.visit(steps, origin)


# inside


def test_inside_shows_layers_units_and_softmax(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".layers .blank")
        draw(page, "5")
        page.wait_for_selector(".softmax")
        model = page.request.get(f"{origin}v1/models/flagship").json()
        assert page.locator(".layer code").all_inner_texts() == [
            layer["text"] for layer in model["layers"]
        ]
        units = page.locator(".maps").first.locator("[role=option]").count()
        assert units == model["layers"][0]["shape"][-1]
        page.locator(".maps [role=option]").first.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(".unit .terms")
        assert page.locator(".unit h2").inner_text() == "conv2d, unit 1"
        assert len(page.locator(".numbers").first.inner_text().split()) == 16  # the 4×4 filter
        number = page.locator(".unit .terms .total b").first.inner_text()
        assert re.fullmatch(r"−?\d+\.\d\d", number)
        before = page.locator(".unit figcaption").inner_text()
        page.locator(".closeup").focus()
        page.keyboard.press("ArrowDown")
        page.locator(".unit figcaption").filter(has_not_text=before).wait_for()
        page.get_by_role("button", name="4 · Share").click()
        best = page.locator(".softmax .best")
        assert best.inner_text().split()[0] == "5"
        told = page.locator(".softmax p").inner_text()
        assert best.locator("span").inner_text() in told
        page.locator("#network").select_option("tiny")
        page.wait_for_selector(".unit", state="hidden")  # tiny has other units
        assert page.locator(".layer").count() > 2

    browser.visit(steps, f"{origin}#inside")


# the shell


def test_the_browsers_language_first_and_the_choice_lasts(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector("h1")
        assert page.locator("header nav").inner_text().split() == [
            texts("de")[view]["title"] for view in VIEWS
        ]
        assert page.locator("html").get_attribute("lang") == "de"
        page.locator("#language").select_option("en")
        page.wait_for_selector("html[lang=en]")
        page.reload()
        page.wait_for_selector("h1")
        assert page.title() == "Draw · Ziffern"

    browser.visit(steps, origin, locale="de-DE")


def test_the_drawing_outlives_views_and_dark_is_remembered(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        draw(page, "3")
        page.get_by_role("link", name="Read").click()
        page.wait_for_selector(".drop")
        assert page.evaluate("document.activeElement.textContent") == "Read"
        page.go_back()
        page.wait_for_selector(".opinion .best")
        assert answers(page)[0] == "3"
        for _ in range(2):
            page.locator("#theme").click()
        page.reload()
        page.wait_for_selector("h1")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"

    browser.visit(steps, origin)


def test_a_server_that_is_gone_or_asks_for_a_token(browser: Browser, origin: str) -> None:
    def refuse(route: Any) -> None:
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            problem = {"type": "urn:ziffern:problem:token", "title": "Unauthorized", "status": 401}
            route.fulfill(status=401, json=problem, content_type="application/problem+json")

    def steps(page: Any) -> None:
        page.route("**/v1/**", refuse)
        page.reload()
        page.get_by_label("This server asks for a token:").fill("secret")
        page.keyboard.press("Enter")
        page.wait_for_selector(".opinion")
        page.unroute("**/v1/**")
        page.route("**/v1/**", lambda route: route.abort())
        draw(page, "0")
        page.wait_for_selector("#problem .notice")
        assert "ziffern serve" in page.locator("#problem").inner_text()

    browser.visit(steps, origin, expected=["Failed to load resource"])


def test_a_token_is_typed_in_peace_and_a_wrong_one_is_called_so(browser: Browser) -> None:
    def steps(page: Any) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        field = page.get_by_label("This server asks for a token:")
        field.press_sequentially("Schlü")
        before = len(asked)
        page.wait_for_timeout(3500)  # longer than between two looks
        assert asked[before:] == []
        field.press_sequentially("ssel 钥")
        assert field.input_value() == "Schlüssel 钥"
        page.evaluate("document.querySelector('#token').value = 'Schloss'")
        page.keyboard.press("Enter")
        page.get_by_label("That token is wrong.").wait_for()
        assert page.evaluate("document.activeElement.id") == "token"
        page.keyboard.type("Schlüssel 钥")
        page.keyboard.press("Enter")
        page.wait_for_selector("#recipe")
        assert page.locator("#problem").inner_text() == ""

    with serving(["tiny"], token="Schlüssel 钥") as origin:
        browser.visit(steps, f"{origin}#train", expected=["401"])


def said(page: Any) -> str:
    """Return the error that is shown, and take it away."""
    page.wait_for_selector("#problem .notice")
    text = str(page.locator("#problem .notice > span").inner_text())
    page.locator("#problem button").click()
    assert "{" not in text
    return text


def test_what_goes_wrong_is_said_in_german(browser: Browser, tmp_path: Path) -> None:
    files = {
        "leer.png": b"",
        "brief.pdf": b"%PDF-1.4 nothing",
        "riesig.png": bytes(200_000),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    def steps(page: Any) -> None:
        page.wait_for_selector(".drop")
        page.set_input_files("#file", tmp_path / "leer.png")
        assert said(page) == "„leer.png“ ist leer."
        page.set_input_files("#file", tmp_path / "brief.pdf")
        page.wait_for_selector("#problem [lang=en]")
        own = page.locator("#problem [lang=en]").inner_text()
        assert "damaged" in own
        assert said(page) == f"„brief.pdf“ lässt sich nicht lesen: {own}"
        page.set_input_files("#file", tmp_path / "riesig.png")
        assert said(page) == "Das ist zu groß: Der Server nimmt höchstens 0,125 MiB auf einmal."

        page.evaluate("location.hash = 'runs?run=20260101-000000-nie-s0'")
        assert said(page) == "Einen Lauf „20260101-000000-nie-s0“ gibt es hier nicht."

        page.evaluate("location.hash = 'train'")
        page.wait_for_selector(".checked table")
        page.get_by_role("button", name="Training starten").click()
        waiting = "In der Schlange stehen schon 0 Trainings. Versuch es später noch einmal."
        assert said(page) == waiting
        page.locator("#toml").fill("layers = 3")
        page.wait_for_selector(".mistakes")
        assert page.locator(".checked h3").inner_text().split()[1] == "Fehler"
        assert page.locator(".mistakes [lang=en]").first.inner_text() == "title: is missing"

        # what only programs meet is said in the server's own words, rather than not at all
        refuse = {"type": "urn:ziffern:problem:not-json", "detail": "the body is no JSON"}
        page.route("**/v1/read*", lambda route: route.fulfill(status=400, json=refuse))
        page.evaluate("location.hash = 'read'")
        page.wait_for_selector(".drop")
        page.set_input_files("#file", tmp_path / "leer.png")
        assert said(page) == "the body is no JSON"
        page.locator("#language").select_option("en")
        page.wait_for_selector("html[lang=en]")
        page.unroute("**/v1/read*")
        page.set_input_files("#file", tmp_path / "leer.png")
        assert said(page) == "leer.png: empty (0 bytes); expected a picture file"

    limits = Limits(body=2**17, queue=0)
    with serving(["tiny"], limits=limits, runs=str(tmp_path / "runs")) as origin:
        browser.visit(steps, f"{origin}#read", locale="de-DE", expected=["Failed to load resource"])


def test_what_a_server_cannot_do_is_said_in_german(browser: Browser, tmp_path: Path) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector(".notice:not([hidden])")
        text = page.locator(".view .notice").inner_text()
        assert text.startswith("Hier kann nicht trainiert werden: ")
        assert "--workers 1" in page.locator(".view .notice [lang=en]").inner_text()

    def locked(page: Any) -> None:
        page.get_by_label("Dieser Server fragt nach einem Token:").fill("Schloss")
        page.keyboard.press("Enter")
        page.get_by_label("Dieses Token ist falsch.").wait_for()

    runs = str(tmp_path / "runs")
    with serving(["tiny"], training=False, runs=runs, token="Schlüssel") as origin:
        browser.visit(locked, f"{origin}#train", locale="de-DE", expected=["401"])
    with serving(["tiny"], training=False, runs=runs) as origin:
        browser.visit(steps, f"{origin}#train", locale="de-DE")


def test_an_alert_stays_the_same_and_goes_with_its_cause(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.wait_for_selector("#toml")
        page.route("**/v1/**", lambda route: route.abort())
        page.get_by_role("button", name="Close").focus()
        page.wait_for_timeout(3500)
        assert page.evaluate("document.activeElement.textContent") == "Close"
        page.unroute("**/v1/**")
        page.wait_for_selector("#problem .notice", state="detached")

    browser.visit(steps, f"{origin}#train", expected=["Failed to load resource"])


@pytest.mark.parametrize(("language", "scheme"), [("en-GB", "light"), ("de-DE", "dark")])
def test_every_view_is_accessible_and_fits_a_phone(
    browser: Browser, origin: str, tmp_path: Path, language: str, scheme: str
) -> None:
    path = painted(tmp_path / "page.png")

    def steps(page: Any) -> None:
        page.wait_for_selector(".opinion")
        draw(page, "8")
        page.locator(".opinion button").first.click()
        page.wait_for_selector(".why h2")
        for view in VIEWS:
            page.evaluate("view => (location.hash = view)", view)
            page.wait_for_selector(f".view.{view}", state="attached")
            if view == "inside":
                page.wait_for_selector(".maps")
                page.locator(".maps [role=option]").first.focus()
                page.wait_for_selector(".unit .terms")
            if view == "read":
                page.set_input_files("#file", path)
                page.wait_for_selector(".mark")
                page.locator(".mark").first.focus()
            page.wait_for_load_state("networkidle")
            settle(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, f"{view} is {wide} pixels wide"
            assert faults(page) == [], view

    browser.visit(
        steps, origin, locale=language, color_scheme=scheme, width=360, height=740, has_touch=True
    )
