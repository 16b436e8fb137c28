"""Makes the pictures of the page in docs/images from a served page, in a Chromium without window.

    python tools/page.py PAGE [--models NAME …] [--runs DIR]

Draws stored strokes, looks into a network, reads PAGE (a picture or PDF with digits), trains, and
compares two runs, as a visitor would; nothing is staged.
"""

from __future__ import annotations

import argparse
import io
import json
import re
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
        digits = page.locator(".mark").filter(has_text=re.compile(r"\d"))
        digits.nth(min(5, digits.count() - 1)).focus()
        page.keyboard.press(page.locator(".mark:focus").inner_text()[0])
        page.evaluate("scrollTo(0, 0)")
        keep(page, "read", whole=True)

    return steps


def phone(page: Any) -> None:
    """Draw with a narrow window."""
    draw(page, "2")
    keep(page, "phone")


def training(page: Any) -> None:
    """Train for some epochs, and watch."""
    page.wait_for_selector(".checked tbody .total")
    page.fill("#epochs", "8")
    page.click("button[type=submit]:enabled")
    for epoch in range(1, 6):
        page.wait_for_selector(f".facts dd:has-text('{epoch} of 8')", timeout=600_000)
    page.wait_for_selector(".drawn.wrong:not([hidden]) img:not([hidden])")
    page.wait_for_timeout(5000)  # the figures of the last epoch
    page.locator(".watched").evaluate("element => element.scrollIntoView()")
    page.evaluate("scrollTo(0, 0)")
    pixels = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    height = page.locator(".watched").evaluate("element => element.getBoundingClientRect().bottom")
    pixels.crop((0, 0, pixels.width, round(height) + 20)).convert("RGB").save(
        PICTURES / "page-train.webp", quality=QUALITY, method=6
    )
    page.get_by_role("button", name="Stop", exact=True).click()


def comparing(page: Any) -> None:
    """Compare the newest run that was tested with the newest one of another recipe.

    Runs with a validation part come first, for they have curves to be shown.
    """
    tested = page.locator(".board tbody tr", has=page.locator(".test .interval"))
    tested.first.wait_for()
    for rows in (tested.filter(has=page.locator(".validation .interval")), tested):
        titles = rows.locator("button.name").all_inner_texts()
        other = next((n for n, title in enumerate(titles) if title != titles[0]), None)
        if other is not None:
            break
    else:
        raise SystemExit("two tested runs of different recipes are needed: ziffern evaluate RUN")
    curves = rows.locator(".validation .interval").count() == len(titles)
    for chosen in (0, other):
        rows.nth(chosen).locator("input").check()
    if curves:
        page.wait_for_selector(".versus img:not([hidden])")
    page.wait_for_selector(".verdict p:not(.busy)")
    page.evaluate("scrollTo(0, 0)")
    keep(page, "runs")


def take(browser: Browser, origin: str, file: Path) -> None:
    """Take all pictures."""
    browser.visit(training, f"{origin}#train", height=860)
    browser.visit(comparing, f"{origin}#runs", height=1080)
    browser.visit(drawing, origin, height=860)
    browser.visit(inside, f"{origin}#inside", height=860)
    browser.visit(dark, f"{origin}#inside", height=860, color_scheme="dark", locale="de-DE")
    browser.visit(reading(file), f"{origin}#read", height=860)
    browser.visit(phone, origin, locale="de-DE", width=360, height=740, device_scale_factor=2)


def main() -> None:
    """Serve the models and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--models", nargs="+", default=["universal", "flagship", "tiny"])
    parser.add_argument("--runs", default="runs", help="two of them tested, of different recipes")
    given = parser.parse_args()
    with serving(given.models, runs=given.runs) as origin, chromium() as browser:
        take(browser, origin, given.page)


if __name__ == "__main__":
    main()
