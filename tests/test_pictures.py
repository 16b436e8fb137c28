"""Files and arrays of every kind: what can be read gives one picture, the rest one clear line."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ziffern.contract import normalise
from ziffern.errors import DataError
from ziffern.pictures import LIMIT, grey, open_picture, opened

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 23  # 0…253


@pytest.fixture
def seven() -> Image.Image:
    """A black 7 on white paper, 60 wide and 80 high."""
    image = Image.new("L", (60, 80), 255)
    ImageDraw.Draw(image).line([(12, 15), (46, 15), (24, 66)], fill=0, width=7, joint="curve")
    return image


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_grey_png_comes_back_exactly(tmp_path: Path, seven: Image.Image) -> None:
    seven.save(tmp_path / "a.png")
    levels = open_picture(tmp_path / "a.png")
    assert levels.dtype == np.uint8
    assert np.array_equal(levels, np.asarray(seven))
    assert np.array_equal(open_picture(str(tmp_path / "a.png")), levels)


@pytest.mark.parametrize(
    ("mode", "name", "bound"),
    [
        ("RGB", "a.png", 0),
        ("RGB", "a.jpg", 4),
        ("CMYK", "a.jpg", 4),
        ("CMYK", "a.tif", 0),
        ("P", "a.png", 0),
        ("P", "a.gif", 0),
        ("1", "a.png", 0),
        ("1", "a.tif", 0),
        ("LA", "a.png", 0),
        ("RGBA", "a.webp", 4),
        ("RGB", "a.bmp", 0),
        ("L", "a.pgm", 0),
        ("LAB", "a.tif", 1),
        ("YCbCr", "a.tif", 1),
    ],
)
def test_every_mode_gives_the_same_picture(
    tmp_path: Path, seven: Image.Image, mode: str, name: str, bound: float
) -> None:
    if mode == "LAB":  # Pillow converts to it only with a colour profile
        flat = Image.new("L", seven.size, 128)
        image = Image.merge("LAB", (seven, flat, flat))
    else:
        image = seven.convert(mode)
    image.save(tmp_path / name)
    assert difference(open_picture(tmp_path / name), np.asarray(seven)) <= bound


def test_sixteen_bits(tmp_path: Path, seven: Image.Image) -> None:
    deep = np.asarray(seven).astype(np.uint16) * 257
    for name in ("a.png", "a.tif"):
        Image.fromarray(deep).save(tmp_path / name)
        assert np.array_equal(open_picture(tmp_path / name), np.asarray(seven))


def test_thirty_two_bits_and_floats(tmp_path: Path, seven: Image.Image) -> None:
    unit = np.asarray(seven).astype(np.float32) / 255
    Image.fromarray(unit).save(tmp_path / "unit.tif")
    Image.fromarray(unit * 255).save(tmp_path / "byte.tif")
    Image.fromarray(np.asarray(seven).astype(np.int32) * 257).save(tmp_path / "int.tif")
    for name in ("unit.tif", "byte.tif", "int.tif"):
        assert np.array_equal(open_picture(tmp_path / name), np.asarray(seven))


def test_float_picture_with_nan(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), np.nan, dtype=np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match=r"a\.tif: .*NaN"):
        open_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_transparent_strokes_of_either_colour_are_visible(
    tmp_path: Path, seven: Image.Image, ink: int, name: str
) -> None:
    alpha = Image.eval(seven, lambda level: 255 - level)
    strokes = Image.merge("RGBA", (*[Image.new("L", seven.size, ink)] * 3, alpha))
    strokes.save(tmp_path / name)
    assert difference(normalise(open_picture(tmp_path / name)), normalise(seven)) < 1


def test_transparent_palette(tmp_path: Path, seven: Image.Image) -> None:
    image = Image.eval(seven, lambda level: int(level > 127)).convert("P")
    image.putpalette([0, 0, 0, 255, 255, 255])
    image.save(tmp_path / "a.gif", transparency=1)
    levels = open_picture(tmp_path / "a.gif")
    assert levels[0, 0] == 255
    assert levels[15, 30] == 0


def test_transparent_corners_become_the_paper(tmp_path: Path, seven: Image.Image) -> None:
    image = seven.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 8, 8))
    image.save(tmp_path / "a.png")
    assert np.array_equal(open_picture(tmp_path / "a.png"), np.asarray(seven))


def test_orientation_of_exif(tmp_path: Path, seven: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 270° to be upright
    seven.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(open_picture(tmp_path / "a.png"), np.asarray(seven))


def test_first_frame_of_an_animation(tmp_path: Path, seven: Image.Image) -> None:
    blank = Image.new("L", seven.size, 255)
    for name in ("a.gif", "a.tif", "a.png"):
        seven.save(tmp_path / name, save_all=True, append_images=[blank, blank])
        assert np.array_equal(open_picture(tmp_path / name), np.asarray(seven))


def test_the_ending_of_the_name_does_not_matter(tmp_path: Path, seven: Image.Image) -> None:
    seven.save(tmp_path / "a.jpg", format="PNG")
    assert np.array_equal(open_picture(tmp_path / "a.jpg"), np.asarray(seven))


def test_one_pixel(tmp_path: Path) -> None:
    Image.new("L", (1, 1), 9).save(tmp_path / "a.png")
    assert open_picture(tmp_path / "a.png").tolist() == [[9]]


def truncated(format: str) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, format)
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"a letter, not a picture", "no picture"),
        (bytes(500), "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "no picture"),
        (truncated("PNG"), "damaged"),
        (truncated("JPEG"), "damaged"),
        (truncated("GIF"), "damaged"),
        (truncated("TIFF"), "damaged|no picture"),
        (truncated("BMP"), "damaged"),
        (truncated("WEBP"), "damaged|no picture"),
        (png_header(0, 0), "no picture"),
        (png_header(28, 28)[:20], "damaged|no picture"),
        (png_header(20_000, 20_000), "expected at most 100 megapixels"),
        (png_header(10_001, 10_000), "expected at most 100 megapixels"),
        (png_header(12_000, 9_000), "12000×9000 pixels; expected at most 100 megapixels"),
    ],
)
def test_bad_files_give_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as caught:
        open_picture(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_picture(tmp_path / "none.png")
    with pytest.raises(DataError, match="a folder"):
        open_picture(tmp_path)
    with pytest.raises(DataError):
        open_picture("a\0b.png")


def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(20_000, 20_000))
    tracemalloc.start()
    with pytest.raises(DataError):
        open_picture(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
    assert LIMIT < 20_000 * 20_000


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(2, 2))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(DataError, match="permission"):
        open_picture(path)


def test_a_lack_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(2, 2))

    def lack(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", lack)
    with pytest.raises(DataError, match=r"a\.png: damaged, or there is not enough memory"):
        open_picture(path)


# arrays


def test_bytes_stay_as_they_are() -> None:
    assert np.array_equal(grey(RAMP), RAMP)
    assert np.array_equal(grey(RAMP[..., None]), RAMP)
    assert np.array_equal(grey(np.stack([RAMP] * 3, axis=2)), RAMP)
    assert np.array_equal(grey(RAMP.tolist()), RAMP)


@pytest.mark.parametrize(
    "picture",
    [
        RAMP / 255,
        RAMP.astype(np.float32),
        RAMP.astype(np.int64),
        RAMP.astype(np.uint16) * 257,
        RAMP.astype(">u2") * 257,
        RAMP.astype(np.int32) * 257,
    ],
)
def test_ranges_of_numbers_are_told_apart(picture: np.ndarray) -> None:
    assert np.array_equal(grey(picture), RAMP)


def test_twelve_bits() -> None:
    assert grey(np.array([[0, 4095]], dtype=np.uint16)).tolist() == [[0, 255]]


def test_masks_become_black_and_white() -> None:
    mask = np.array([[True, False]])
    assert grey(mask).tolist() == [[255, 0]]
    assert grey(mask.astype(np.int64)).tolist() == [[255, 0]]
    assert grey(mask.astype(np.uint8)).tolist() == [[255, 0]]
    assert grey(np.dstack([mask] * 3).astype(np.uint8)).tolist() == [[255, 0]]
    assert grey(np.array([[2, 0]], np.uint8)).tolist() == [[2, 0]]


@pytest.mark.parametrize("over", [1.02, 1 + 2e-7, 1.05])
@pytest.mark.parametrize("full", [1, 255, 4095, 65535])
def test_fractions_may_exceed_their_range_a_little(full: int, over: float) -> None:
    picture = np.array([[0, 0.5, 1, over]]) * full
    assert grey(picture).tolist() == [[0, 128, 255, 255]]
    assert grey(picture.astype(np.float32)).tolist() == [[0, 128, 255, 255]]


def test_other_ranges_are_stretched() -> None:
    assert grey(np.array([[-1.0, 0.0, 1.0]])).tolist() == [[0, 128, 255]]
    assert grey(np.array([[0.0, 1e6]])).tolist() == [[0, 255]]
    assert grey(np.array([[-5, -5]])).tolist() == [[0, 0]]


def test_colours_weigh_as_the_eye_sees_them() -> None:
    red, green, blue = grey(np.eye(3, dtype=np.uint8).reshape(1, 3, 3) * 255)[0]
    assert green > red > blue


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_paper_is_the_opposite_of_ink(channels: int, ink: int) -> None:
    picture = np.full((9, 9, channels), ink, dtype=np.uint8)
    picture[..., -1] = 0
    picture[4, 2:7, -1] = 255
    levels = grey(picture)
    assert set(levels[4, 2:7].tolist()) == {ink}
    assert levels[0].tolist() == [255 - ink] * 9


def test_transparent_holes_take_the_level_of_the_paper() -> None:
    picture = np.full((9, 9, 2), 240, dtype=np.uint8)
    picture[4, 2:7, 0] = 10
    picture[..., 1] = 255
    picture[0, :3, 1] = 0
    picture[0, :3, 0] = 0
    assert grey(picture)[0].tolist() == [240] * 9


def test_nothing_opaque_is_blank() -> None:
    assert len(np.unique(grey(np.zeros((4, 4, 4), dtype=np.uint8)))) == 1


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros(28),
        np.zeros((0, 5)),
        np.zeros((2, 28, 28, 1)),
        np.zeros((28, 28, 5)),
        7,
        [],
        np.full((2, 2), np.nan),
        np.full((2, 2), np.inf),
        np.zeros((2, 2), dtype=np.complex64),
        np.full((2, 2), "x"),
        np.full((2, 2), None),
    ],
)
def test_no_picture(picture: object) -> None:
    with pytest.raises(DataError, match=r"^a picture (has|holds)"):
        grey(picture)  # type: ignore[arg-type]


def test_what_is_opened_is_what_grey_and_colour_take(tmp_path: Path) -> None:
    red = np.zeros((4, 5, 3), np.uint8)
    red[..., 0] = 200
    Image.fromarray(red).save(tmp_path / "red.png")
    values = opened(tmp_path / "red.png")
    np.testing.assert_array_equal(values, red)
    np.testing.assert_array_equal(grey(values), open_picture(tmp_path / "red.png"))
