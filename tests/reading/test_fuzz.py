"""Damage of every kind to files of every kind, and pages of noise: one line of error, or a reading.

The same for hours, led by what is executed: `tests/fuzz/fuzz_read.py`.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from made_files import encoded, line_of_digits, pdf, seven

from ziffern.errors import DataError
from ziffern.reading.files import pages
from ziffern.reading.reader import Reader

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
KINDS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000", "PDF", "HEIC"]


@cache
def whole(kind: str) -> bytes:
    if kind == "PDF":
        return pdf((72, 72), (36, 72))
    if kind == "HEIC":
        return (GOLDEN / "seven.heic").read_bytes()
    small = seven((30, 40))
    if kind == "TIFF":
        more = {"save_all": True, "append_images": [small.convert("L")]}
        return encoded(small, kind, compression="tiff_lzw", **more)
    return encoded(small, kind)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A small file with bytes changed, left out, doubled or cut off, its header above all."""
    content = bytearray(whole(draw(st.sampled_from(KINDS))))
    for _ in range(draw(st.integers(1, 4))):
        end = len(content) if draw(st.booleans()) else min(len(content), 64)
        at = draw(st.integers(0, max(end - 1, 0)))
        some = draw(st.binary(min_size=1, max_size=4))
        match draw(st.sampled_from(["change", "leave out", "double", "cut", "insert"])):
            case "change":
                content[at : at + len(some)] = some
            case "leave out":
                del content[at : at + len(some)]
            case "double":
                content[at:at] = content[at : at + 100]
            case "cut":
                del content[at:]
            case "insert":
                content[at:at] = some
    return bytes(content)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(content=damaged())
def test_a_damaged_file_gives_pages_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    told = str(path)
    try:
        for page in islice(pages(path), 3):
            assert page.dtype == np.uint8
            assert page.ndim == 3
            assert page.shape[2] == 3
            assert page.size
    except DataError as error:
        told = str(error)
    assert told.startswith(str(path))
    assert "\n" not in told


# pages


def checked(page: Any, pixels: np.ndarray) -> None:
    """Whether a page is a reading of these pixels, whatever they show."""
    height, width, _ = pixels.shape
    assert page["size"] == [width, height]
    for line in page["lines"]:
        told = [str(digit["digit"]) for digit in line["digits"] if digit["digit"] is not None]
        assert line["text"] == "".join(told)
        for digit in line["digits"]:
            assert 0 <= digit["probability"] <= 1
            assert (digit["digit"] is None) == (digit["state"] == "no-digit")
        for left, top, wide, high in [line["box"], *(digit["box"] for digit in line["digits"])]:
            assert wide > 0
            assert high > 0
            assert left >= 0
            assert top >= 0
            assert left + wide <= width
            assert top + high <= height


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@st.composite
def odd_pages(draw: st.DrawFn) -> np.ndarray:
    """Pages as nobody sends them on purpose, uint8 (H, W, 3)."""
    shape = draw(
        st.sampled_from(
            [(1, 8), (8, 1), (1, 2000), (2000, 1), (2, 700), (9, 9), (40, 30), (28, 28), (60, 200)]
        )
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pixels = np.zeros((*shape, 3), np.uint8)
    match draw(st.sampled_from(["one colour", "noise", "grey noise", "dots", "stripes", "ramp"])):
        case "one colour":
            pixels[:] = rng.integers(0, 256, 3)
        case "noise":
            pixels[:] = rng.integers(0, 256, pixels.shape)
        case "grey noise":
            pixels[:] = rng.integers(0, 256, (*shape, 1))
        case "dots":
            pixels[:] = 255
            pixels[rng.random(shape) < 0.02] = 0
        case "stripes":
            pixels[:, :: int(rng.integers(2, 9))] = 255
        case "ramp":
            pixels[:] = np.linspace(0, 255, shape[1]).astype(np.uint8)[None, :, None]
    return 255 - pixels if draw(st.booleans()) else pixels


# seeds of noise do not get simpler by being smaller
@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
@given(pixels=odd_pages())
def test_odd_pages_are_read(reader: Reader, pixels: np.ndarray) -> None:
    before = pixels.copy()
    checked(reader.read_page(pixels), pixels)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("level", [0, 30, 127, 250, 255])
@pytest.mark.parametrize("size", [(600, 400), (300, 500), (60, 200), (28, 28)])
def test_blank_pages_have_no_lines(reader: Reader, size: tuple[int, int], level: int) -> None:
    pixels = np.full((*size, 3), level, np.uint8)
    assert reader.read_page(pixels)["lines"] == []


@pytest.mark.parametrize("deviation", [1, 3, 10, 40])
@pytest.mark.parametrize("size", [(300, 500, 1), (600, 800, 1), (300, 500, 3)])
def test_noise_has_no_lines(reader: Reader, size: tuple[int, int, int], deviation: float) -> None:
    noise = np.random.default_rng(0).normal(225, deviation, size)
    pixels = np.clip(noise, 0, 255).astype(np.uint8).repeat(3 // size[2], 2)
    page = reader.read_page(pixels)
    checked(page, pixels)
    assert page["lines"] == []


def test_colour_noise_has_no_lines(reader: Reader) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    assert reader.read_page(noise)["lines"] == []


@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_parts_of_a_page_are_read(reader: Reader, data: st.DataObject) -> None:
    page = np.asarray(line_of_digits("80526"))
    top = data.draw(st.integers(0, page.shape[0] - 1))
    left = data.draw(st.integers(0, page.shape[1] - 1))
    height = data.draw(st.integers(1, page.shape[0] - top))
    width = data.draw(st.integers(1, page.shape[1] - left))
    part = page[top : top + height, left : left + width]  # a view, as users cut them
    checked(reader.read_page(part), part)
