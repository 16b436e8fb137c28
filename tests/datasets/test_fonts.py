"""Printed digits: which fonts count, in which order, and what they look like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from ziffern.datasets import fonts as printed
from ziffern.datasets.fonts import Font, fonts, render, synthetic
from ziffern.errors import DataError


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The file of the font that Pillow carries with it."""
    face = ImageFont.load_default(20)
    assert isinstance(face, ImageFont.FreeTypeFont)
    path = tmp_path / "fonts" / "plain.ttf"
    path.parent.mkdir()
    path.write_bytes(face.font_bytes)
    return path


@pytest.fixture
def only(plain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of fonts on this machine: one font of ours."""
    monkeypatch.setattr(printed, "_folders", lambda: [plain.parent, Path("no/such/folder")])
    return plain.parent


def test_a_font_is_found_by_name(only: Path) -> None:
    found = fonts()
    assert [font.path for font in found] == [only / "plain.ttf"]
    assert found[0].name.startswith("Aileron")


def test_other_files_and_copies_are_skipped(only: Path) -> None:
    (only / "zcopy.TTF").write_bytes((only / "plain.ttf").read_bytes())
    (only / "broken.ttf").write_bytes(b"no font")
    (only / "empty.otf").write_bytes(b"")
    (only / "readme.txt").write_text("fonts")
    (only / "deeper").mkdir()
    (only / "deeper" / "a.ttf").write_bytes((only / "plain.ttf").read_bytes())
    assert [font.path.name for font in fonts()] == ["plain.ttf"]


def test_limit(only: Path) -> None:
    assert len(fonts(limit=None)) == 1
    assert fonts(limit=0) == []


def test_no_fonts_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "_folders", list)
    assert fonts() == []
    images, labels, names = synthetic()
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)
    assert names == []


def test_render_looks_like_mnist(only: Path) -> None:
    font = fonts()[0]
    for digit in range(10):
        image = render(font, digit)
        ys, xs = np.nonzero(image)
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        assert image.max() == 255
        assert max(np.ptp(ys), np.ptp(xs)) + 1 == 20
    assert np.array_equal(render(font, 3), render(font, 3))


@pytest.mark.parametrize("digit", [-1, 10, 99])
def test_render_no_digit(only: Path, digit: int) -> None:
    with pytest.raises(DataError, match=f"expected a digit from 0 to 9, got {digit}"):
        render(fonts()[0], digit)


def test_render_with_a_font_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.ttf"):
        render(Font("Gone", tmp_path / "gone.ttf"), 1)


def test_synthetic(only: Path) -> None:
    images, labels, names = synthetic()
    assert images.shape == (10, 28, 28)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert labels.tolist() == list(range(10))
    assert names == [fonts()[0].name] * 10
    again, _, _ = synthetic(fonts=fonts() * 2)
    assert np.array_equal(again, np.concatenate([images, images]))
    assert len(np.unique(images.reshape(10, -1), axis=0)) == 10


def test_fonts_of_matplotlib() -> None:
    pytest.importorskip("matplotlib")
    bundled = printed._folders()[0]
    names = {font.name for font in fonts(limit=20) if font.path.parent == bundled}
    assert {"DejaVu Sans", "DejaVu Sans Bold", "DejaVu Serif", "cmr10", "STIXGeneral Bold"} <= names
    assert not {name for name in names if "Display" in name or "Last Resort" in name}
    assert not {"cmex10", "cmsy10", "STIXNonUnicode", "STIXSizeOneSym"} & names


def test_digits_of_fonts_differ_from_font_to_font() -> None:
    pytest.importorskip("matplotlib")
    found = fonts(limit=6)
    assert [font.name for font in fonts(limit=6)] == [font.name for font in found]
    images, labels, _ = synthetic(found)
    zeros = images[labels == 0].reshape(len(found), -1)
    assert len(np.unique(zeros, axis=0)) == len(found)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_folders_of_each_system(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(printed.importlib.util, "find_spec", lambda _: None)
    folders = printed._folders()
    assert len(folders) >= 2
    assert all("ont" in str(folder) for folder in folders)


def test_matplotlib_is_not_imported() -> None:
    code = (
        "import sys; from ziffern.datasets import fonts; fonts.fonts(1); "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
