"""The view Read in a real Chromium: pages are read, corrected, added to and taken along."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser, chromium, faults, serving
from rows_of_digits import ROWS, painted

for needed in ("fastapi", "uvicorn", "playwright", "axe_playwright_python", "onnxruntime", "cv2"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium"
)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving(["tiny"]) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


PHOTOS = Path(os.environ.get("ZIFFERN_DATA", "none")) / "photos"


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="no photos beside the data that ZIFFERN_DATA names")
def test_photos_of_real_paper(browser: Browser, origin: str) -> None:
    truth = json.loads((PHOTOS / "truth.json").read_text())

    def steps(page: Any) -> None:
        page.wait_for_selector(".drop")
        for photo in truth:
            page.set_input_files("#file", PHOTOS / photo["file"])
            page.wait_for_selector(f"h2:has-text('{photo['file']}')")
            page.wait_for_selector(".mark")
            assert page.locator(".lines li").all_inner_texts() == photo["lines"]

    browser.visit(steps, f"{origin}#read")


def test_a_page_is_read_corrected_and_taken_along(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    path = painted(tmp_path / "page.png")

    def steps(page: Any) -> None:
        page.wait_for_selector(".drop")
        page.set_input_files("#file", path)
        page.wait_for_selector(".mark")
        assert page.locator(".lines li").all_inner_texts() == list(ROWS)
        assert page.evaluate("document.activeElement.textContent") == "page.png"
        page.locator(".mark").first.focus()
        for key in ("ArrowRight", "ArrowDown", "9", "ArrowLeft", "Delete"):
            page.keyboard.press(key)
        assert page.locator(".lines li").all_inner_texts()[1] == "915"
        page.keyboard.press("Escape")
        assert page.locator(".lines li").all_inner_texts()[1] == "0915"
        assert "1 corrected by hand" in page.locator(".taken").inner_text()
        page.get_by_role("button", name="Next unsure one").click()
        with page.expect_download() as saved:
            page.get_by_role("button", name="CSV").click()
        rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text())))
        assert [row["text"] for row in rows] == ["4711", "0915", "31415926"]
        assert [row["corrected"] for row in rows] == ["0", "1", "0"]
        with page.expect_download() as saved:
            page.get_by_role("button", name="JSON").click()
        (sheet,) = json.loads(Path(saved.value.path()).read_text())["pages"]
        assert set(sheet) == {"size", "lines"}
        mended = sheet["lines"][1]["digits"][1]
        assert (mended["digit"], mended["read"]["digit"]) == (9, 8)
        page.locator("#language").select_option("de")
        # what was read and corrected stays; the words come once they are there
        page.locator(".taken", has_text="1 von Hand verbessert").wait_for()
        assert page.locator(".lines li").all_inner_texts()[1] == "0915"

    browser.visit(steps, f"{origin}#read")


def test_the_camera_takes_a_picture(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        sent: list[bytes] = []

        def answer(route: Any) -> None:
            sent.append(route.request.post_data_buffer)
            route.fulfill(json={"file": "camera.jpg", "pages": [{"size": [9, 9], "lines": []}]})

        page.route("**/v1/read*", answer)
        page.get_by_role("button", name="Use the camera").click()
        page.wait_for_selector("video")
        page.locator("video[data-ready]").wait_for()
        page.get_by_role("button", name="Take the picture").click()
        page.get_by_text("No digit was found on it.").wait_for()
        assert b"\xff\xd8\xff" in sent[0]
        assert page.locator("dialog").count() == 0

    browser.visit(steps, f"{origin}#read", permissions=["camera"])


def test_a_camera_that_is_refused_or_comes_too_late(browser: Browser, origin: str) -> None:
    def steps(page: Any) -> None:
        page.evaluate(
            """() => (navigator.mediaDevices.getUserMedia = async () => {
                throw new DOMException("no", "NotAllowedError");
            })"""
        )
        camera = page.get_by_role("button", name="Use the camera")
        camera.click()
        page.wait_for_selector("#problem .notice")
        assert "camera" in page.inner_text("#problem")
        page.evaluate(
            """() => (navigator.mediaDevices.getUserMedia = () =>
                new Promise((allow) => (window.allow = allow)))"""
        )
        camera.click()
        page.get_by_role("link", name="Draw").click()
        page.wait_for_selector(".opinion")
        stopped = """async () => {
            let stopped = 0;
            allow({getTracks: () => [{stop: () => stopped++}]});
            await new Promise(requestAnimationFrame);
            return stopped;
        }"""
        assert page.evaluate(stopped) == 1
        assert page.locator("dialog").count() == 0

    browser.visit(steps, f"{origin}#read")


def test_what_cannot_be_read_is_said(browser: Browser, origin: str, tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"no pdf")

    def steps(page: Any) -> None:
        page.wait_for_selector(".drop")
        page.set_input_files("#file", tmp_path / "notes.pdf")
        page.wait_for_selector("#problem .notice")
        assert "notes.pdf" in page.locator("#problem").inner_text()
        assert page.locator(".busy").is_hidden()
        page.get_by_role("button", name="Close").click()
        assert page.locator("#problem").inner_text() == ""

    browser.visit(steps, f"{origin}#read", expected=["Failed to load resource"])


# digits that were missed


def read(page: Any, path: Path) -> None:
    page.wait_for_selector(".drop")
    page.set_input_files("#file", path)
    page.wait_for_selector(".mark")


def lines(page: Any) -> list[str]:
    return list(page.locator(".lines li").all_inner_texts())


def around(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the painted page is on the screen."""
    box = page.locator(".surface").bounding_box()
    scale = box["width"] / 760
    return box["x"] + scale * x, box["y"] + scale * y


def saved(page: Any, name: str) -> str:
    with page.expect_download() as found:
        page.get_by_role("button", name=name).click()
    return Path(found.value.path()).read_text()


def test_a_missed_digit_is_added_with_the_mouse(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    path = painted(tmp_path / "page.png")

    def steps(page: Any) -> None:
        read(page, path)
        page.get_by_role("button", name="Add a digit").click()
        assert page.evaluate("document.activeElement.className") == "frame"
        # over what lies there already: between the first and the second digit of the second row
        page.mouse.move(*around(page, 110, 170))
        page.mouse.down()
        page.mouse.move(*around(page, 118, 200))
        page.mouse.move(*around(page, 126, 240))
        page.mouse.up()
        assert "line 2, at place 2" in page.locator(".editor").inner_text()
        page.get_by_role("button", name="6", exact=True).click()
        assert lines(page) == ["4711", "06815", "31415926"]
        assert page.locator(".frame").count() == 0
        added = page.locator(".mark.chosen")
        assert added.get_attribute("aria-label") == "Page 1, line 2, mark 2: 6, by hand"
        assert page.evaluate("document.activeElement.className") == "mark chosen"
        assert "1 added by hand" in page.locator(".taken").inner_text()

        # under all lines, as a line of its own, by a mere click
        page.get_by_role("button", name="Add a digit").click()
        page.mouse.click(*around(page, 700, 60))
        page.keyboard.press("9")
        assert lines(page) == ["4711", "9", "06815", "31415926"]

        rows = list(csv.DictReader(io.StringIO(saved(page, "CSV"))))
        assert [row["text"] for row in rows] == ["4711", "9", "06815", "31415926"]
        assert [row["line"] for row in rows] == ["1", "2", "3", "4"]
        assert [row["corrected"] for row in rows] == ["0", "1", "1", "0"]
        (sheet,) = json.loads(saved(page, "JSON"))["pages"]
        mark = sheet["lines"][2]["digits"][1]
        assert {key: mark[key] for key in ("digit", "probability", "state", "read")} == {
            "digit": 6, "probability": None, "state": "sure", "read": None,
        }  # fmt: skip
        assert mark["box"] == pytest.approx([110, 170, 16, 70], abs=3)
        assert sheet["lines"][1]["box"] == sheet["lines"][1]["digits"][0]["box"]

        page.locator("#language").select_option("de")
        page.get_by_text("2 von Hand hinzugefügt").wait_for()
        assert page.get_by_role("button", name="Ziffer hinzufügen").is_visible()

    browser.visit(steps, f"{origin}#read")


def test_the_keyboard_adds_corrects_and_removes(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    path = painted(tmp_path / "page.png")

    def steps(page: Any) -> None:
        read(page, path)
        page.locator(".mark").first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("+")  # behind the last digit of the first line
        place = page.locator(".frame").bounding_box()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
        moved = page.locator(".frame").bounding_box()
        assert moved["x"] > place["x"]
        assert moved["height"] > place["height"]
        page.locator("#said", has_text="line 1, at place 5").wait_for(state="attached")
        page.keyboard.press("5")
        assert lines(page)[0] == "47115"
        page.locator("#said", has_text="Added. Page 1, line 1, mark 5: 5").wait_for(
            state="attached"
        )
        page.keyboard.press("8")  # like all others
        assert lines(page)[0] == "47118"
        assert page.locator(".editor").get_by_role("button", name="Remove").is_visible()
        page.keyboard.press("Delete")
        assert lines(page) == list(ROWS)
        assert "by hand" not in page.locator(".taken").inner_text()
        assert page.evaluate("document.activeElement.className") == "mark chosen"

        page.keyboard.press("+")
        page.keyboard.press("Escape")
        assert page.locator(".frame").count() == 0
        assert page.evaluate("document.activeElement.textContent") == "Add a digit"
        assert lines(page) == list(ROWS)

    browser.visit(steps, f"{origin}#read")


def test_a_finger_adds_on_a_phone_and_nothing_hangs_out(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    path = painted(tmp_path / "page.png")

    def steps(page: Any) -> None:
        read(page, path)
        page.get_by_role("button", name="Ziffer hinzufügen").tap()
        page.locator(".surface").scroll_into_view_if_needed()
        page.touchscreen.tap(*around(page, 450, 205))
        assert "Zeile 2 an Stelle 5" in page.locator(".editor").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert faults(page) == []
        page.locator(".digits").get_by_role("button", name="3", exact=True).tap()
        assert lines(page)[1] == "08153"
        page.get_by_role("button", name="Entfernen").tap()
        assert lines(page) == list(ROWS)

    browser.visit(
        steps, f"{origin}#read", locale="de-DE", width=360, height=740, has_touch=True,
        color_scheme="dark",
    )  # fmt: skip


def test_a_page_on_which_nothing_was_found_can_be_written_by_hand(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    def steps(page: Any) -> None:
        page.route(
            "**/v1/read*",
            lambda route: route.fulfill(
                json={"file": "a.png", "pages": [{"size": [90, 90], "lines": []}] * 2}
            ),
        )
        page.set_input_files("#file", painted(tmp_path / "page.png"))
        page.get_by_text("No digit was found on it.").wait_for()
        page.get_by_role("button", name="Add a digit").click()
        for key in ("PageDown", "7"):
            page.keyboard.press(key)
        assert lines(page) == ["7"]
        assert page.get_by_text("No digit was found on it.").is_hidden()
        (_, sheet) = json.loads(saved(page, "JSON"))["pages"]
        assert sheet["lines"][0]["text"] == "7"
        page.get_by_role("button", name="Copy").wait_for()
        page.locator(".mark").focus()
        page.keyboard.press("Escape")  # what nobody read is taken away
        page.get_by_text("No digit was found on it.").wait_for()
        assert page.evaluate("document.activeElement.textContent") == "Add a digit"

    browser.visit(steps, f"{origin}#read")
