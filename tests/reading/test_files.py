"""Pages of files of every kind, upright and in colour; what cannot be read gives one line."""

from __future__ import annotations

import logging
import os
import struct
import threading
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from made_files import INK, PAPER, PASSWORD, encoded, pdf, seven
from PIL import Image

from ziffern.errors import DataError
from ziffern.pictures import LIMIT
from ziffern.reading.files import DPI, in_folder, pages

HEIC = (Path(__file__).resolve().parents[1] / "golden" / "seven.heic").read_bytes()
SEVEN = np.asarray(seven())


def written(folder: Path, content: bytes, name: str = "page.jpg") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def only(path: Path) -> np.ndarray:
    [page] = pages(path)
    assert page.dtype == np.uint8
    assert page.ndim == 3
    assert page.shape[2] == 3
    return page


def difference(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("mode", "kind", "bound"),
    [
        ("RGB", "PNG", 0),
        ("RGB", "JPEG", 6),
        ("RGB", "WEBP", 6),
        ("RGB", "TIFF", 0),
        ("RGB", "BMP", 0),
        ("RGB", "AVIF", 6),
        ("RGBA", "PNG", 0),
        ("P", "PNG", 3),
        ("P", "GIF", 3),
        ("CMYK", "JPEG", 6),
        ("CMYK", "TIFF", 1),
    ],
)
def test_colours_of_every_kind_of_picture(
    tmp_path: Path, mode: str, kind: str, bound: float
) -> None:
    image = seven()
    if mode == "P":
        image = image.quantize(16)
    content = encoded(image if mode == "P" else image.convert(mode), kind)
    assert difference(only(written(tmp_path, content)), SEVEN) <= bound


def test_heic_of_a_phone_held_upright(tmp_path: Path) -> None:
    assert difference(only(written(tmp_path, HEIC)), SEVEN) < 20  # small and strongly compressed
    assert only(written(tmp_path, HEIC))[16, 30].tolist() == pytest.approx(INK, abs=8)


@pytest.mark.parametrize("mode", ["1", "L", "I;16"])
def test_grey_becomes_three_equal_colours(tmp_path: Path, mode: str) -> None:
    grey = np.where(SEVEN[..., 0] > 128, 255, 0).astype(np.uint8)
    deep = grey.astype(np.uint16) * 257
    image = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    for kind in ("PNG", "TIFF"):
        page = only(written(tmp_path, encoded(image, kind)))
        assert np.array_equal(page, np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("ink", [INK, (255, 255, 200)])
def test_ink_on_nothing_gets_paper_that_shows_it(tmp_path: Path, ink: tuple[int, ...]) -> None:
    image = Image.new("RGBA", (40, 50), (0, 0, 0, 0))
    image.paste((*ink, 255), (10, 10, 14, 40))
    page = only(written(tmp_path, encoded(image, "PNG")))
    assert page[20, 12].tolist() == list(ink)
    assert page[0, 0].tolist() == ([255] * 3 if ink == INK else [0] * 3)


def test_transparent_corners_take_the_colour_of_the_paper(tmp_path: Path) -> None:
    image = seven().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 8, 8))
    assert np.array_equal(only(written(tmp_path, encoded(image, "PNG"))), SEVEN)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, 4), (5, 5), (2, 0)],
)
def test_turned_as_exif_says(tmp_path: Path, kind: str, orientation: int, stored: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(seven().transpose(Image.Transpose(stored)), kind, exif=exif)
    assert difference(only(written(tmp_path, content)), SEVEN) < 6


def test_pages_of_a_tiff_with_sizes_and_modes_of_their_own(tmp_path: Path) -> None:
    others = [Image.new("L", (30, 20), 77), seven((100, 50))]
    content = encoded(seven(), "TIFF", save_all=True, append_images=others)
    first, second, third = pages(written(tmp_path, content))
    assert np.array_equal(first, SEVEN)
    assert np.array_equal(second, np.full((20, 30, 3), 77))
    assert np.array_equal(third, np.asarray(seven((100, 50))))


def test_small_copies_within_a_tiff_are_no_pages(tmp_path: Path) -> None:
    small = seven((15, 20))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    content = encoded(seven(), "TIFF", save_all=True, append_images=[small])
    assert only(written(tmp_path, content)).shape == SEVEN.shape


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_and_a_word(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    blank = Image.new("RGB", (60, 80), PAPER)
    content = encoded(seven(), kind, save_all=True, append_images=[blank] * 2, duration=100)
    path = written(tmp_path, content)
    with caplog.at_level(logging.WARNING):
        assert difference(only(path), SEVEN) < 8
    [record] = caplog.records
    assert record.getMessage() == f"{path} is an animation; only its first picture is read"


def test_a_still_picture_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        only(written(tmp_path, encoded(seven(), kind)))
    assert not caplog.records


# PDF


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    first, second = pages(written(tmp_path, pdf((72, 144), (216, 72)), "a.txt"))
    assert first.shape == (2 * DPI, DPI, 3)
    assert second.shape == (DPI, 3 * DPI, 3)
    assert first[5, 5].tolist() == [0, 0, 255]
    assert first[-5, 5].tolist() == [255, 255, 255]


def test_a_large_page_of_a_pdf_is_rendered_as_large_as_may_be(tmp_path: Path) -> None:
    page = only(written(tmp_path, pdf((14_400, 3_600))))
    assert 0.99 * LIMIT < page[..., 0].size < 1.01 * LIMIT


def test_a_photo_in_a_pdf(tmp_path: Path) -> None:
    page = only(written(tmp_path, encoded(seven(), "PDF", resolution=DPI)))
    assert difference(page, SEVEN) < 8


def test_pdfs_in_several_threads(tmp_path: Path) -> None:
    path = written(tmp_path, pdf(*[(72, 72)] * 5))
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(page.shape[0] for page in pages(path)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DPI] * 20


# what cannot be read


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"empty \(0 bytes\)"),
        (b"a letter", "no picture that can be read; expected PNG, JPEG, TIFF, WebP, HEIC, PDF"),
        (bytes(500), "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "no picture"),
        (encoded(Image.new("L", (1, 1)), "PNG"), "1×1 pixels; expected a page"),
        (encoded(Image.new("L", (7, 7)), "PNG"), "7×7 pixels; expected a page"),
        (encoded(seven(), "PNG")[:300], "damaged"),
        (encoded(seven(), "JPEG")[:400], "damaged"),
        (encoded(seven(), "WEBP")[:100], "damaged|no picture"),
        (encoded(seven(), "TIFF")[:400], "damaged|no picture"),
        (HEIC[:700], "damaged|no picture"),
        (HEIC[:40], "damaged|no picture"),
        (png_header(30_000, 30_000), "expected at most 100 megapixels"),
        (png_header(12_000, 9_000), "12000×9000 pixels; expected at most 100 megapixels"),
        (pdf(*[(72, 72)] * 1001), "1,001 pages; at most 1,000 are read, so split it"),
        (pdf(), "a PDF without pages"),
        (pdf((72, 72), trailer=PASSWORD), "a PDF with a password; save it without one"),
        (b"%PDF-1.4\nnothing", "damaged"),
        (pdf((72, 72))[:60], "damaged"),
        (pdf((1, 1)), "3×3 pixels; expected a page"),
    ],
)
def test_bad_files_give_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DataError, match=reason) as caught:
        list(pages(path))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_folder_and_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="does not exist"):
        list(pages(tmp_path / "none.png"))
    with pytest.raises(DataError, match="a folder"):
        list(pages(tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, b"x")
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match="permission"):
        list(pages(path))


def test_pages_before_the_damage_are_given(tmp_path: Path) -> None:
    first = len(encoded(seven(), "TIFF"))
    content = encoded(seven(), "TIFF", save_all=True, append_images=[seven((300, 300))])
    # in the second page, and in what tells of it
    for length in (len(content) - 10_000, first + 40):
        found = pages(written(tmp_path, content[:length]))
        assert next(found).shape == SEVEN.shape
        with pytest.raises(DataError, match="damaged"):
            next(found)


def test_what_a_caller_raises_is_not_the_files_fault(tmp_path: Path) -> None:
    for content in (pdf((72, 72), (72, 72)), encoded(seven(), "PNG")):
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            for _ in pages(written(tmp_path, content)):
                raise ZeroDivisionError


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = written(tmp_path, png_header(30_000, 30_000))
    tracemalloc.start()
    with pytest.raises(DataError):
        list(pages(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


# folders


def test_a_folder_gives_what_is_a_picture_or_called_one(tmp_path: Path) -> None:
    for name in ("10.png", "9.png", "Scan 2.PNG", "Scan.png"):
        written(tmp_path, encoded(seven(), "PNG"), name)
    written(tmp_path, pdf((72, 72)), "form")
    written(tmp_path, HEIC, "phone.bin")
    written(tmp_path, b"", "lost.jpeg")
    written(tmp_path, b"no", "notes.txt")
    written(tmp_path, encoded(seven(), "PNG"), ".hidden.png")
    (tmp_path / "sub.png").mkdir()
    (tmp_path / "gone.png").symlink_to("nowhere")
    files, others = in_folder(tmp_path)
    names = ["9.png", "10.png", "form", "lost.jpeg", "phone.bin", "Scan.png", "Scan 2.PNG"]
    assert files == [tmp_path / name for name in names]
    assert others == [".hidden.png", "gone.png", "notes.txt", "sub.png"]


def test_a_folder_of_thousands_of_other_files_is_quick(tmp_path: Path) -> None:
    for number in range(3000):
        os.close(os.open(tmp_path / f"{number}.txt", os.O_CREAT))
    written(tmp_path, encoded(seven(), "PNG"), "one.png")
    start = time.perf_counter()
    files, others = in_folder(tmp_path)
    assert time.perf_counter() - start < 2
    assert [file.name for file in files] == ["one.png"]
    assert len(others) == 3000


def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot list the folder: No such file"):
        in_folder(tmp_path / "none")
