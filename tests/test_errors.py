from __future__ import annotations

import pytest

from ziffern import errors


def test_all_errors_are_of_one_tree_with_exit_codes() -> None:
    codes = {
        errors.ZiffernError: 1,
        errors.WorkError: 1,
        errors.InputError: 2,
        errors.RecipeError: 2,
        errors.DataError: 2,
        errors.RunError: 2,
    }
    for kind, code in codes.items():
        assert issubclass(kind, errors.ZiffernError)
        assert kind.exit_code == code


def test_a_recipe_error_with_one_mistake_is_one_line() -> None:
    error = errors.RecipeError("net.toml", ["line 3: epochs: is missing"])
    assert str(error) == "net.toml: line 3: epochs: is missing"


def test_a_recipe_error_lists_all_mistakes() -> None:
    error = errors.RecipeError("net.toml", ["line 3: one", "line 5: another"])
    assert str(error) == "net.toml: 2 mistakes\n  line 3: one\n  line 5: another"
    assert error.problems == ["line 3: one", "line 5: another"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("marvn", ": did you mean 'marvin'?"),
        ("MARVIN", ": did you mean 'marvin'?"),
        ("xyz", "; known: codelab-01, codelab-02, marvin"),
        ("", "; known: codelab-01, codelab-02, marvin"),
    ],
)
def test_the_nearest_name_is_offered(given: str, told: str) -> None:
    assert errors.did_you_mean(given, ["marvin", "codelab-02", "codelab-01"]) == told


def test_several_near_names_are_offered() -> None:
    told = errors.did_you_mean("codelab-0", ["marvin", "codelab-02", "codelab-01"])
    assert "'codelab-01'" in told
    assert "'codelab-02'" in told
    assert "marvin" not in told


def test_where_nothing_is_known_nothing_is_offered() -> None:
    assert errors.did_you_mean("marvin", []) == ""
