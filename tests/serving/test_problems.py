"""Errors become one clear line, and tell nothing of the host."""

from __future__ import annotations

import json

import pytest

from ziffern.errors import DataError, RecipeError, RunError, WorkError
from ziffern.serving.problems import Problem, hide, invalid, of_error, without_folders


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/data/runs/x/model.json is missing", "model.json is missing"),
        ("cannot read '/srv/data/a.png': denied", "cannot read 'a.png': denied"),
        (r"C:\Users\ada\runs\x.json is damaged", "x.json is damaged"),
        ("expected application/json or multipart/form-data", None),
        ("see https://example.org/a/b/c", None),
        ("1/2 of 3/4, and a / b", None),
    ],
)
def test_folders_are_left_out(text: str, told: str | None) -> None:
    assert without_folders(text) == (text if told is None else told)
    assert Problem("x", 400, text).detail == (text if told is None else told)


def test_own_folders_are_left_out_whatever_their_names() -> None:
    hide("/srv/Max Muster/runs", "lessons/runs", ".")
    assert without_folders("/srv/Max Muster/runs/a/run.json is damaged") == "a/run.json is damaged"
    assert without_folders("ziffern evaluate lessons/runs/a") == "ziffern evaluate a"


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (DataError("no picture"), "unusable", 422),
        (RunError("/srv/runs/x is damaged"), "not-found", 404),
        (WorkError("out of memory"), "busy", 503),
        (WorkError("reading needs cv2: pip install 'ziffern[read]'"), "lacking", 501),
    ],
)
def test_our_own_errors(error: Exception, kind: str, status: int) -> None:
    found = of_error(error)  # type: ignore[arg-type]
    assert (found.kind, found.status) == (kind, status)
    assert "/srv" not in found.detail


def test_all_mistakes_of_a_recipe_are_told() -> None:
    found = of_error(RecipeError("mine.toml", ["line 1: no", "line 2: no"]))
    document = json.loads(bytes(found.response().body))
    assert [each["detail"] for each in document["errors"]] == ["line 1: no", "line 2: no"]
    assert "\n" not in document["detail"]


def test_one_value() -> None:
    document = json.loads(bytes(invalid("/images/3", "expected a picture").response().body))
    assert document["detail"] == "images/3: expected a picture"
    assert document["errors"] == [{"pointer": "/images/3", "detail": "expected a picture"}]


def test_the_values_of_a_line_stand_beside_it() -> None:
    values = {"what": "page", "file": "/srv/data/a.png", "most": 3}
    document = json.loads(bytes(Problem("x", 422, "no", values=values).response().body))
    assert document["values"] == {"what": "page", "file": "a.png", "most": 3}
    assert "values" not in json.loads(bytes(Problem("x", 422, "no").response().body))
