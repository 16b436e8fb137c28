"""The docs say what the code does: tables of keys and defaults, examples, commands, links."""

from __future__ import annotations

import ast
import dataclasses
import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from ziffern import optimizers, recipe, schedules
from ziffern.augmentation import Augmentation
from ziffern.cli import app
from ziffern.layers import VOCABULARY
from ziffern.layers.base import ACTIVATIONS, ALSO, spelled
from ziffern.layers.initializers import initializer_from
from ziffern.layers.regularizers import regularizer_from
from ziffern.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
RECIPES = (ROOT / "docs" / "recipes.md").read_text()


def section(heading: str) -> str:
    """Return what stands under a heading, up to the next one."""
    found = re.search(
        rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", fenced_out(RECIPES), re.M | re.S
    )
    assert found, f"docs/recipes.md has no heading {heading!r}"
    return found[1]


def fenced_out(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def rows(text: str) -> list[list[str]]:
    """Return the cells of all table rows but the heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index - 1 for index, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for index, row in enumerate(cells) if index not in heads | {i + 1 for i in heads}]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def told_default(cell: str) -> Any:
    if not cell:
        return "required"
    return None if cell == "none" else tomllib.loads(f"x = {cell.strip('`')}")["x"]


def default_of(field: FieldInfo) -> Any:
    return "required" if field.is_required() else field.default


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("`[data]`", recipe.DataSettings),
        ("`[train]`", recipe.TrainSettings),
        ("`[train.early_stopping]`", recipe.EarlyStopping),
        ("`[reported]`", recipe.Reported),
    ],
)
def test_every_key_of_a_table_is_told_with_its_default(
    heading: str, table: type[recipe.Table]
) -> None:
    told = {code(row[0])[0]: told_default(row[1]) for row in rows(section(heading))}
    assert told == {name: default_of(field) for name, field in table.model_fields.items()}


def test_every_key_of_a_recipe_is_told() -> None:
    top = {code(row[0])[0] for row in rows(section("Top of the file"))}
    tables = set(re.findall(r"^### `\[(\w+)\]`$", RECIPES, re.M))
    assert top | tables == set(recipe.Recipe.model_fields)
    defaults = {code(row[0])[0]: row[1] for row in rows(section("Top of the file"))}
    for name in top - {"name"}:
        assert told_default(defaults[name]) == default_of(recipe.Recipe.model_fields[name])


def test_augmentation_is_told_with_its_defaults() -> None:
    told = {code(row[0])[0]: told_default(row[1]) for row in rows(section("`[augment]`"))}
    assert told == Augmentation.defaults()


@pytest.mark.parametrize(
    ("heading", "known"),
    [("Optimisers", optimizers.OPTIMIZERS), ("Schedules", schedules.SCHEDULES)],
)
def test_arguments_are_told_with_their_defaults(
    heading: str, known: dict[str, type[Settings]]
) -> None:
    told = {
        code(row[0])[0]: tomllib.loads("\n".join(code(row[1]))) for row in rows(section(heading))
    }
    assert told == {
        name: {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in record.defaults().items()
        }
        for name, record in known.items()
    }


def signature(text: str) -> tuple[str, list[str], dict[str, str]]:
    """Take ``Dense(units, use_bias=True)`` apart: name, required arguments, defaults as text."""
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return (
        ast.unparse(call.func),
        [ast.unparse(item) for item in call.args],
        {str(item.arg): ast.unparse(item.value) for item in call.keywords},
    )


def test_every_layer_is_told_with_its_arguments_in_order() -> None:
    starts: dict[str, dict[str, str]] = {}
    for names, initializers, penalties in rows(section("How weights start, and what they cost")):
        given = dict(text.split("=") for text in code(initializers) + code(penalties))
        starts |= dict.fromkeys(code(names), given)
    told = {}
    for row in rows(section("Layers")):
        name, required, defaults = signature(code(row[0])[0])
        told[name] = (required, list(defaults.items()), starts.get(name, {}))
    expected = {}
    for name, layer in VOCABULARY.items():
        fields = [item for item in dataclasses.fields(layer) if item.name != "name"]
        required = [item.name for item in fields if item.default is dataclasses.MISSING]
        defaults = {
            item.name: spelled(item.default)
            for item in fields
            if item.default is not dataclasses.MISSING
        }
        weights = {
            key: value
            for key, value in defaults.items()
            if key.endswith(("_initializer", "_regularizer"))
        }
        plain = [(key, value) for key, value in defaults.items() if key not in weights]
        expected[name] = (required, plain, weights)
    assert told == expected


def test_every_activation_is_told() -> None:
    line = next(line for line in RECIPES.splitlines() if line.startswith("**Activations**"))
    told = [name for name in code(line.split(":", 1)[1]) if name not in ALSO]
    assert told == list(ACTIVATIONS)


def test_every_initialiser_and_regulariser_is_told() -> None:
    from ziffern.layers import call, initializers

    line = next(line for line in RECIPES.splitlines() if line.startswith("**Initialisers**"))
    told = code(line.split(":", 1)[1])
    names = {text.partition("(")[0] for text in told}
    assert names == set(initializers._ARGUMENTS)
    for text in told:
        name, _, arguments = signature(text if "(" in text else text + "()")
        values = {key: ast.literal_eval(value) for key, value in arguments.items()}
        assert initializer_from(call.Call(name, (), values)) == initializer_from(name)
    line = next(line for line in RECIPES.splitlines() if line.startswith("**Regularisers**"))
    for text in ("l1", "l2", "l1_l2"):
        assert f"{text}(" in line
        assert regularizer_from(text)


def test_recipe_examples_are_recipes() -> None:
    examples = blocks(RECIPES, "toml")
    assert len(examples) >= 2
    full = recipe.parse(examples[0])
    assert {name for name in recipe.Recipe.model_fields if name not in ("name",)} <= {
        key.partition(".")[0] for key in tomllib.loads(examples[0])
    }
    assert full.network.output_shape == (10,)
    for text in examples[1:]:
        recipe.parse(text)


def test_layer_example_is_a_layer() -> None:
    (text,) = blocks(RECIPES, "python")
    flat = "Conv2D(32, 3)\n" + text + "Flatten()\nDense(10)"
    recipe.parse(f"title = 'x'\nlayers = '''\n{flat}\n'''\n[train]\nepochs = 1\n")


def test_shipped_recipes_are_listed_as_they_are() -> None:
    told = {code(row[0])[0]: row[1:] for row in rows(section("The recipes that ship with Ziffern"))}
    assert told == {
        name: [loaded.source, f"{loaded.parameters:,}", loaded.summary]
        for name in recipe.names()
        for loaded in [recipe.load(name)]
    }


def commands(page: Path) -> list[str]:
    lines = [line for block in blocks(page.read_text(), "sh") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    for line in commands(page):
        words = shlex.split(line, comments=True)
        if words[0] == "ziffern" and "--help" not in words:
            app.parse_args(words[1:], exit_on_error=False, print_error=False)
            changes = [value for flag, value in pairwise(words) if flag == "--set"]
            shipped = [word for word in words if word in recipe.names()]
            for name in shipped if changes else []:
                recipe.load(name, recipe.parse_changes(changes))
        elif words[0] == "make":
            assert set(words[1:]) <= targets, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", fenced_out(page.read_text())):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_are_python(page: Path) -> None:
    for text in blocks(page.read_text(), "python"):
        ast.parse(text)
