"""`ziffern explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziffern.explain import topics


def test_a_topic_as_text_and_album(ziffern, in_tmp) -> None:
    result = ziffern("explain", "convolution")
    assert result.code == 0
    first, *_, last = result.out.splitlines()
    assert first.startswith("Convolution. A convolution asks the same small question everywhere")
    assert "Stride and padding" in result.out.splitlines()
    assert last == "album: explain-convolution/index.html"
    page = Path("explain-convolution/index.html").read_text()
    assert page.count("<svg") == 3
    names = {path.name for path in Path("explain-convolution").iterdir()}
    assert names == {
        "index.html", *(f"{name}.{kind}" for name in ("kernels", "position", "sizes")
                        for kind in ("png", "svg")),
    }  # fmt: skip


def test_numbers_as_json_and_a_folder_of_ones_own(ziffern, in_tmp, monkeypatch) -> None:
    calls: list[tuple[Path, str]] = []

    def written(folder: Path, title: str, *_: object, **__: object) -> Path:
        calls.append((folder, title))  # an album is written in the test before
        return folder / "index.html"

    monkeypatch.setattr("ziffern.album.page.write_album", written)
    result = ziffern("explain", "convolution", "--out", "mine", "--json")
    assert result.err == ""
    found = result.json
    assert found["album"] == "mine/index.html"
    assert found["numbers"]["weights"] == 27
    assert [section["name"] for section in found["sections"]] == ["kernels", "position", "sizes"]
    assert calls == [(Path("mine"), "Convolution")]


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (["optimisers"], "unknown topic 'optimisers': did you mean 'optimizers'?"),
        (["xyz"], "unknown topic 'xyz'; known: activations, batchnorm, convolution, "),
        ([], "TOPIC is missing"),
        (["softmax", "overfitting"], "unexpected 'overfitting'"),
    ],
)
def test_wrong_input(ziffern, in_tmp, given: list[str], mistake: str) -> None:
    assert ziffern("explain", *given).mistake.startswith(mistake)
    assert not list(in_tmp.iterdir())


def test_a_file_in_place_of_the_folder(ziffern, in_tmp) -> None:
    Path("taken").touch()
    result = ziffern("explain", "convolution", "--out", "taken")
    assert result.code == 1
    assert result.said[-1].startswith("ziffern: cannot make the folder taken: ")


def test_the_help_names_every_topic(ziffern) -> None:
    helped = " ".join(ziffern("explain", "--help").out.split())
    for topic in topics.TOPICS:
        assert topic in helped
