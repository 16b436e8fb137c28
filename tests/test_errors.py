"""One tree of errors with exit codes, and the nearest right name in every message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziffern import errors
from ziffern.errors import (
    DataError,
    InputError,
    RecipeError,
    RunError,
    WorkError,
    ZiffernError,
    did_you_mean,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(InputError, 2), (DataError, 2), (RunError, 2), (WorkError, 1), (ZiffernError, 1)],
)
def test_exit_codes(kind: type[ZiffernError], code: int) -> None:
    error = kind("what happened")
    assert isinstance(error, ZiffernError)
    assert (str(error), error.exit_code) == ("what happened", code)


def test_every_error_is_in_the_tree_and_says_what_it_is_for() -> None:
    found = [
        item
        for item in vars(errors).values()
        if isinstance(item, type) and item.__module__ == errors.__name__
    ]
    assert len(found) >= 6
    for item in found:
        assert issubclass(item, ZiffernError)
        assert item.__doc__


def test_recipe_errors() -> None:
    assert str(RecipeError("unknown recipe 'x'")) == "unknown recipe 'x'"
    assert str(RecipeError("a.toml", ["line 3: wrong"])) == "a.toml: line 3: wrong"
    several = RecipeError("a.toml", ["line 3: wrong", "line 5: worse"])
    assert str(several) == "a.toml: 2 mistakes\n  line 3: wrong\n  line 5: worse"
    assert several.problems == ["line 3: wrong", "line 5: worse"]
    assert several.where == "a.toml"
    assert several.exit_code == 2


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("marvn", ": did you mean 'marvin'?"),
        ("MARVIN", ": did you mean 'marvin'?"),
        ("marven", ": did you mean 'marvin'?"),
        ("lenet5", ": did you mean 'LeNet-5'?"),
        ("cod-a", ": did you mean 'code-a' or 'code-b'?"),
        ("xyz", "; known: LeNet-5, code-a, code-b, marvin"),
        ("", "; known: LeNet-5, code-a, code-b, marvin"),
    ],
)
def test_nearest_names(given: str, hint: str) -> None:
    assert did_you_mean(given, ["marvin", "LeNet-5", "code-b", "code-a"]) == hint


def test_nothing_known() -> None:
    assert did_you_mean("a", []) == ""
    assert did_you_mean("a", iter(["ab"])) == ": did you mean 'ab'?"


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_names(given: str, known: list[str]) -> None:
    hint = did_you_mean(given, known)
    assert hint == "" or hint.startswith((": did you mean ", "; known: "))
