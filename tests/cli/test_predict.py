"""`ziffern predict`: any picture file of a digit, or pictures of the test set."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ziffern import bench, datasets
from ziffern.cli.predict import picture_lines
from ziffern.runs import Run

SIDE = 280


def drawn(digit: np.ndarray) -> np.ndarray:
    """The ink of a digit on a large sheet, 0 to 1, off the middle."""
    large = Image.fromarray(digit).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    sheet = np.zeros((400, 500))
    sheet[80 : 80 + SIDE, 40 : 40 + SIDE] = np.asarray(large) / 255
    return sheet


def black_on_white(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(np.uint8(np.round(255 * (1 - ink))))


def white_on_black(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(np.uint8(np.round(255 * ink)))


def pencil_on_paper(ink: np.ndarray) -> Image.Image:
    paper = np.array([244, 238, 220])
    return Image.fromarray(np.uint8(paper - ink[..., None] * (paper - [70, 72, 90])))


def with_alpha(ink: np.ndarray) -> Image.Image:
    """Black ink on nothing."""
    return Image.fromarray(np.stack([np.zeros_like(ink, np.uint8), np.uint8(255 * ink)], axis=2))


def white_with_alpha(ink: np.ndarray) -> Image.Image:
    """White ink on nothing."""
    alpha = np.uint8(255 * ink)
    return Image.fromarray(np.dstack([np.full((*ink.shape, 3), 255, np.uint8), alpha]))


def sixteen_bits(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(np.uint16(np.round(65535 * (1 - ink))))


def cmyk(ink: np.ndarray) -> Image.Image:
    return black_on_white(ink).convert("CMYK")


def palette(ink: np.ndarray) -> Image.Image:
    return pencil_on_paper(ink).convert("P", palette=Image.Palette.ADAPTIVE, colors=16)


FILES: dict[str, Callable[[np.ndarray], Image.Image]] = {
    "black-on-white.png": black_on_white,
    "white-on-black.png": white_on_black,
    "white-on-black.jpg": white_on_black,
    "pencil.jpg": pencil_on_paper,
    "pencil.webp": pencil_on_paper,
    "palette.gif": palette,
    "alpha.png": with_alpha,
    "white-alpha.png": white_with_alpha,
    "sixteen.png": sixteen_bits,
    "sixteen.tif": sixteen_bits,
    "cmyk.jpg": cmyk,
    "cmyk.tif": cmyk,
    "black-on-white.bmp": black_on_white,
}


@pytest.mark.parametrize("name", FILES)
def test_pictures_of_every_kind_are_read_right(ziffern, trained, name: str) -> None:
    test = datasets.load("mnist").test
    answers = bench.load(trained).predict(test.images).argmax(axis=1)
    wanted = []
    for digit in range(10):
        # one of each that the network reads right as it is
        index = np.flatnonzero((test.labels == digit) & (answers == digit))[0]
        FILES[name](drawn(test.images[index])).save(f"{digit}-{name}")
        wanted.append(str(digit))
    paths = [f"{digit}-{name}" for digit in wanted]
    found = ziffern("predict", "latest", *paths, "--json").json["predictions"]
    assert [item["digit"] for item in found] == wanted
    assert [item["image"] for item in found] == paths


def test_json(ziffern, trained) -> None:
    found = ziffern("predict", "latest", "--index", 3, "--index", 42, "--json").json
    assert found.keys() == {"run", "predictions", "failed", "test_looks"}
    assert found["failed"] == []
    assert found["run"] == str(trained)
    test = datasets.load("mnist").test
    first, second = found["predictions"]
    assert (first["image"], second["image"]) == ("test picture 3", "test picture 42")
    assert first["true"] == str(test.labels[3])
    assert list(first["probabilities"]) == list("0123456789")
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert first["probability"] == max(first["probabilities"].values())
    white_on_black(drawn(test.images[3])).save("a.png")
    [found] = ziffern("predict", trained, "a.png", "--json").json["predictions"]
    assert found["true"] is None


def test_looking_at_test_pictures_is_a_look(ziffern, trained) -> None:
    Image.new("L", (28, 28)).save("a.png")
    assert ziffern("predict", "latest", "a.png", "--json").json["test_looks"] == 0
    assert ziffern("predict", "latest", "--index", 3, "--json").json["test_looks"] == 1
    assert Run(trained).test_looks == 1


def test_text(ziffern, trained) -> None:
    digit = datasets.load("mnist").test.images[0]
    black_on_white(drawn(digit)).save("a.png")
    result = ziffern("predict", "latest", "a.png", "--index", 0)
    assert result.said == []
    lines = result.out.splitlines()
    assert lines[0].startswith("a.png: ")
    assert " with " in lines[0]
    assert lines[1] == ""
    assert max(map(len, lines)) <= 72
    assert any("█" in line[:30] for line in lines[2:])
    titles = [line for line in lines if line.startswith("test picture 0: ")]
    assert len(titles) == 1
    assert "(true: " in titles[0]
    assert sum("%" in line for line in lines) == 2 * 11


def test_a_blank_picture_is_no_failure(ziffern, trained) -> None:
    Image.new("L", (50, 50), 255).save("blank.png")
    assert ziffern("predict", "latest", "blank.png").code == 0


def test_pictures_are_drawn_with_half_blocks() -> None:
    ink = np.zeros((8, 4), np.uint8)
    ink[2, 0] = ink[3, 1] = ink[2:4, 2] = 255
    assert picture_lines(ink) == ["▀▄█ "]
    assert picture_lines(np.zeros((28, 28), np.uint8)) == []


def png(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that is not there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )


BAD = {
    "text.png": (b"no picture at all", "text.png: no picture that can be read; expected PNG, "),
    "empty.png": (b"", "empty.png: empty (0 bytes); expected a picture file"),
    "zero.png": (png(0, 0), "zero.png: "),
    "huge.png": (png(20_000, 20_000), "huge.png: "),
    "cut.png": (png(28, 28), "cut.png: damaged or cut short ("),
    "code.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "code.svg: no picture that can "),
    "run.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "run.eps: no picture "),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_no_pictures(ziffern, trained, name: str) -> None:
    content, mistake = BAD[name]
    Path(name).write_bytes(content)
    assert ziffern("predict", "latest", name).mistake.startswith(mistake)


def test_a_bad_file_does_not_stop_the_others(ziffern, trained) -> None:
    Path("bad.png").write_bytes(b"no picture at all")
    Image.new("L", (28, 28)).save("good.png")
    result = ziffern("predict", "latest", "bad.png", "good.png", "gone.png")
    assert result.code == 1
    first, second, last = result.said
    assert first.startswith("ziffern: bad.png: no picture that can be read; expected PNG, ")
    assert second == "ziffern: gone.png does not exist; expected a picture file"
    assert last == "ziffern: 2 of 3 pictures could not be read"
    assert result.out.startswith("good.png: ")

    found = ziffern("predict", "latest", "bad.png", "good.png", "--json")
    answers, failures = found.json["predictions"], found.json["failed"]
    assert [answer["image"] for answer in answers] == ["good.png"]
    assert [failure["image"] for failure in failures] == ["bad.png"]
    assert "2 of 2" in ziffern("predict", "latest", "bad.png", "gone.png").err


def test_a_picture_too_large_names_the_limit(ziffern, trained) -> None:
    Path("huge.png").write_bytes(png(20_000, 20_000))
    assert "megapixels" in ziffern("predict", "latest", "huge.png").mistake


def test_a_picture_that_is_not_there(ziffern, trained) -> None:
    mistake = ziffern("predict", "latest", "nowhere.png").mistake
    assert mistake == "nowhere.png does not exist; expected a picture file"
    assert "a folder" in ziffern("predict", "latest", "runs").mistake


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("latest", "give picture files, or --index N for a picture of the test set"),
        ("latest --index 1000", "--index 1000: the test set of mnist has 1,000 pictures, "),
        ("latest --index 3 --index 99999", "--index 99999: the test set of mnist has 1,000 "),
        ("latest --index -1", "--index -1: pictures are numbered from 0"),
        (
            "latest --index 4.5",
            "--index '4.5': expected a whole number (see ziffern predict --help)",
        ),
        ("nothing a.png", "no run 'nothing' in runs; "),
        ("latest --index 3 --data-dir nowhere", "nowhere does not exist"),
    ],
)
def test_what_cannot_be_predicted(ziffern, trained, options: str, mistake: str) -> None:
    assert ziffern("predict", *options.split()).mistake.startswith(mistake)
    assert Run(trained).test_looks == 0


def test_pictures_of_another_dataset(ziffern, trained) -> None:
    digits = datasets.load("mnist").test
    np.savez("own.npz", x_test=digits.images[:9], y_test=digits.labels[:9])
    result = ziffern("predict", "latest", "--index", 8, "--data-dir", "own.npz", "--json")
    assert result.json["predictions"][0]["true"] == str(digits.labels[8])
    assert result.json["test_looks"] == 0  # the run's own test set is still sealed
    assert Run(trained).metrics["test_looks_on"] == {"own": 1}
