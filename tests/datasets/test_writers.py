from __future__ import annotations

import numpy as np
import pytest

from ziffern.datasets.parts import Part, writers_for_testing
from ziffern.datasets.writers import groups


@pytest.mark.parametrize(
    ("writer", "known"),
    [
        ("0001_CH4M", {"country": "CH", "age": "35–44", "sex": "man"}),
        ("anna_DE1F", {"country": "DE", "age": "5–14", "sex": "woman"}),
        ("0007_XXXX", {}),
        ("0007_USXXF", {"country": "US", "sex": "woman"}),
        ("0007_AT0O", {"country": "AT", "age": "0–4", "sex": "other"}),
        ("hsf_4-2307", {"hands": "students"}),
        ("hsf_0-12", {"hands": "census staff"}),
        ("anna", {}),
        ("", {}),
    ],
)
def test_what_a_name_tells(writer, known):
    assert groups(writer) == known


def part(writers: list[str] | None) -> Part:
    count = 3 if writers is None else len(writers)
    images = np.zeros((count, 28, 28), np.uint8)
    return Part(images, np.arange(count), None if writers is None else np.array(writers))


def test_groups_of_a_part():
    found = part(["a_CH4M", "b", "a_CH4M", "c_DE3X"]).groups
    assert {kind: values.tolist() for kind, values in found.items()} == {
        "writer": ["a_CH4M", "b", "a_CH4M", "c_DE3X"],
        "country": ["CH", "", "CH", "DE"],
        "age": ["35–44", "", "35–44", "25–34"],
        "sex": ["man", "", "man", ""],
    }
    assert part(None).groups == {}


def test_subset_keeps_writers():
    whole = part(["a", "b", "c"])
    assert whole.subset(np.array([2, 0])).writers.tolist() == ["c", "a"]
    assert whole.subset(whole.labels > 0).writers.tolist() == ["b", "c"]
    assert part(None).subset(np.array([1])).writers is None


def test_a_sixth_of_the_writers_is_for_testing():
    names = np.array([f"w{number}" for number in range(30)])
    chosen = writers_for_testing(names)
    assert len(chosen) == 5
    assert chosen == writers_for_testing(np.repeat(names[::-1], 3))
    assert len(writers_for_testing(names[:2])) == 1
    # one more writer moves at most one of them
    assert len(set(chosen) & set(writers_for_testing(np.append(names, "x")))) >= 4
