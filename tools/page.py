"""Makes the pictures of the page in docs/images from a served page, in a Chromium without window.

    python tools/page.py PAGE [--models NAME …]     # PAGE: a picture or PDF with digits, for Read

Draws stored strokes, looks into a network and reads PAGE, as a visitor would; nothing is staged.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from browser import Browser, chromium, serving  # noqa: E402

PICTURES = ROOT / "docs" / "images"
STROKES = json.loads((ROOT / "tests" / "serving" / "strokes.json").read_text())
QUALITY = 90


def draw(page: Any, digit: str) -> None:
    """Draw a stored digit with the mouse, and wait for the answers."""
    page.wait_for_selector("main:not(:has([aria-busy=true])) .pad")
    box = page.locator(".pad").bounding_box()
    for stroke in STROKES[digit]:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
    page.wait_for_selector("main:not(:has([aria-busy=true]))")


def keep(page: Any, name: str, *, whole: bool = False) -> None:
    """Save what the page shows; `whole` down to its end."""
    pixels = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    pixels.convert("RGB").save(PICTURES / f"page-{name}.webp", quality=QUALITY, method=6)


def drawing(page: Any) -> None:
    """Draw, and ask why."""
    draw(page, "3")
    page.get_by_role("button", name="Why?").first.click()
    page.wait_for_selector(".why h2")
    page.evaluate("scrollTo(0, 0)")
    keep(page, "draw", whole=True)


def inside(page: Any) -> None:
    """Look at a unit of the second layer of filters."""
    draw(page, "5")
    page.wait_for_selector(".maps")
    page.locator(".maps").first.locator("[role=option]").nth(8).click()
    page.wait_for_selector(".unit .terms")
    keep(page, "inside")


def dark(page: Any) -> None:
    """Look at softmax, the last step."""
    draw(page, "5")
    page.wait_for_selector(".softmax")
    page.locator(".softmax button").last.click()
    page.locator(".named [role=option]").nth(5).click()
    page.wait_for_selector(".unit .terms")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    keep(page, "dark")


def reading(file: Path) -> Any:
    """Return the steps that read `file` and confirm one digit."""

    def steps(page: Any) -> None:
        page.set_input_files("#file", file)
        page.wait_for_selector(".mark")
        page.locator(".mark").nth(5).focus()
        page.keyboard.press("8")
        page.evaluate("scrollTo(0, 0)")
        keep(page, "read", whole=True)

    return steps


def phone(page: Any) -> None:
    """Draw with a narrow window."""
    draw(page, "2")
    keep(page, "phone")


def take(browser: Browser, origin: str, file: Path) -> None:
    """Take all pictures."""
    browser.visit(drawing, origin, height=860)
    browser.visit(inside, f"{origin}#inside", height=860)
    browser.visit(dark, f"{origin}#inside", height=860, color_scheme="dark", locale="de-DE")
    browser.visit(reading(file), f"{origin}#read", height=860)
    narrow = {"width": 360, "height": 740, "device_scale_factor": 2, "has_touch": True}
    browser.visit(phone, origin, locale="de-DE", **narrow)


def main() -> None:
    """Serve the models and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--models", nargs="+", default=["flagship", "tiny"])
    given = parser.parse_args()
    with serving(given.models) as origin, chromium() as browser:
        take(browser, origin, given.page)


if __name__ == "__main__":
    main()
