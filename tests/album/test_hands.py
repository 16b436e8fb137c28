from __future__ import annotations

from pathlib import Path

import made_hands

from ziffern.album.hands import write_hands
from ziffern.evaluation.hands import judge


def test_page_of_many_hands(in_tmp):
    hands = judge("tiny", on=[str(made_hands.folder(Path("my hands"))), "optdigits"], split="all")
    told = []
    page = write_hands(hands, Path("out"), progress=lambda *now: told.append(now))
    assert page == Path("out", "index.html")
    assert [title for *_, title in told] == [
        "Collections",
        "my hands",
        "Optical digits",
        "the page",
    ]
    names = {path.name for path in Path("out").glob("*.png")}
    expected = {"collections.png", "my-hands-groups.png", "optdigits-worst-class.png"}
    assert expected <= names
    assert "optdigits-worst-writer.png" not in names  # it does not tell writers
    text = page.read_text()
    assert "writer 0003_AT3M" in text
    assert "country CH" in text
    assert "Optical digits: the digits read worst" in text
    right = hands.collections[1].evaluation.correct
    assert f"{right:,} of 1,797" in text
