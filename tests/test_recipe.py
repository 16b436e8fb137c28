"""Recipes: read from names, files and text, changed by dotted keys, written and read back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ziffern import recipe
from ziffern.errors import InputError, RecipeError
from ziffern.layers.dense import Dense, Flatten
from ziffern.optimizers import Adam
from ziffern.recipe import Recipe, load, parse, parse_changes
from ziffern.schedules import Constant, Cosine

SMALLEST = """\
title = "Small"
layers = '''
Flatten()
Dense(10, activation='softmax')
'''
[train]
epochs = 3
"""


def mistakes(text: str, changes: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse(text, changes=changes)
    return caught.value.problems


def test_the_smallest_recipe() -> None:
    small = parse(SMALLEST, name="small")
    assert (small.name, small.title, small.source, small.summary) == ("small", "Small", "", "")
    assert small.layer_list == [Flatten(), Dense(10, "softmax")]
    assert small.network.parameters == 7850
    assert small.optimizer_record == Adam()
    assert small.schedule_record == Constant()
    assert small.augmentation.enlarge == 0
    assert not small.augmentation.distorts
    assert small.data.dataset == "mnist"
    assert small.data.validation == 0.1
    assert small.train.epochs == 3
    assert small.train.early_stopping is None
    assert small.reported is None


def test_everything_that_a_recipe_can_say() -> None:
    full = parse(
        SMALLEST.replace("epochs = 3", "epochs = 3\nema = 0.99\nclip_norm = 1.0\nclip_value = 5")
        + "[train.early_stopping]\nmonitor = 'validation_accuracy'\npatience = 0\n"
        "[data]\ndataset = 'fashion-mnist'\nscale = 'standard'\nvalidation = 10_000\n"
        "stratified = true\nsplit_seed = 5\n"
        "[augment]\nrotation = 10\nenlarge = 1\n"
        "[optimizer]\nname = 'adam'\nlearning_rate = 1e-4\n"
        "[schedule]\nname = 'cosine'\nwarmup = 0.1\n"
        "[reported]\naccuracy = 0.99\nnote = 'nearly'\n"
    )
    assert full.optimizer_record == Adam(learning_rate=1e-4)
    assert full.schedule_record == Cosine(warmup=0.1)
    assert full.augmentation.rotation == 10
    assert full.augmentation.distorts
    assert full.train.clip_value == 5
    assert full.train.early_stopping is not None
    assert full.train.early_stopping.restore_best
    assert full.reported is not None
    assert full.reported.note == "nearly"
    assert parse(full.to_toml()) == full


def test_the_split_follows_the_run_unless_it_has_its_own_seed() -> None:
    small = parse(SMALLEST, changes={"train.seed": 7})
    assert small.split_seed == 7
    assert small.changed({"data.split_seed": 0}).split_seed == 0


def test_a_recipe_does_not_change() -> None:
    small = parse(SMALLEST)
    with pytest.raises(ValidationError, match="frozen"):
        small.title = "Other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.optimizer_record.learning_rate = 1.0  # type: ignore[misc]


def test_load_by_name_file_and_as_it_is(tmp_path: Path) -> None:
    marvin = load("marvin")
    assert load(marvin) is marvin
    assert load(marvin, {"train.epochs": 2}).train.epochs == 2
    for name in ("my net.toml", "notes.txt"):
        (tmp_path / name).write_text(SMALLEST)
    assert load(tmp_path / "my net.toml") == load(f"{tmp_path}/my net.toml")
    assert load(tmp_path / "my net.toml").name == "my net"
    assert load(f"@{tmp_path}/notes.txt").name == "notes"
    assert load(f"@{tmp_path}/notes.txt", {"train.epochs": 9}).train.epochs == 9


def test_load_from_the_folder_that_we_are_in(in_tmp: Path) -> None:
    (in_tmp / "here.toml").write_text(SMALLEST)
    (in_tmp / "here").write_text(SMALLEST)
    assert load("here.toml") == load("@here.toml") == load("@here")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_of_all_editors(encoding: str, newline: str, tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    text = SMALLEST.replace("Small", "Größe 28×28")
    path.write_text(text, encoding=encoding, newline=newline)
    assert load(path) == parse(text, name="net")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("marvn", "unknown recipe 'marvn': did you mean 'marvin'?"),
        ("codelab-1-softmax", "did you mean 'codelab-01-softmax'"),
        ("Marvin", "unknown recipe 'Marvin': did you mean 'marvin'?"),
        ("zzz", "unknown recipe 'zzz'; known: champion, cheat-cnn"),
        ("", "unknown recipe ''; known: champion"),
        ("marvin\n", "unknown recipe 'marvin\\n': did you mean 'marvin'?"),
        ("..", "unknown recipe '..'; known:"),
    ],
)
def test_unknown_names(given: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load(given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes("title = 'Größe'".encode("latin-1"))
    (tmp_path / "binary.toml").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (tmp_path / "folder.toml").mkdir()
    for name, reason in {
        "missing.toml": "cannot read the file: No such file or directory",
        "folder.toml": "cannot read the file: Is a directory",
        "latin.toml": "cannot read the file: it is not UTF-8 text",
        "binary.toml": "cannot read the file: it is not UTF-8 text",
        "nul\0.toml": "cannot read the file: embedded null byte",
        "latin.toml/more.toml": "cannot read the file: Not a directory",
    }.items():
        with pytest.raises(RecipeError) as caught:
            load(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {reason}"
    with pytest.raises(RecipeError, match="Is a directory"):
        load("@")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = Small", "this is not TOML: Invalid value (at line 1, column 9)"),
        ("title", "this is not TOML: Expected '=' after a key"),
        ("title = 'a'\ntitle = 'b'\n", "this is not TOML: Cannot overwrite a value (at line 2"),
        ("layers = '''", "this is not TOML: Expected \"'''\" (at end of document)"),
        ("<html>", "this is not TOML: Invalid statement (at line 1, column 1)"),
        ("title = '\0'", "this is not TOML: Found invalid character '\\x00'"),
        ("x = " + "[" * 20_000, "this is not TOML: "),
        ("x = " + "9" * 9_000, "this is not TOML: Exceeds the limit (4300 digits)"),
    ],
)
def test_text_that_is_no_toml(text: str, message: str) -> None:
    [found] = mistakes(text)
    assert found.startswith(message)
    assert len(found) < 150


def test_an_empty_text_lacks_everything() -> None:
    assert mistakes("") == ["layers: is missing", "title: is missing", "train: is missing"]


def test_one_mistake_is_one_line_and_several_are_a_list() -> None:
    with pytest.raises(RecipeError) as caught:
        parse(SMALLEST.replace("3", "0"), where="my.toml")
    assert str(caught.value) == "my.toml: line 7: train.epochs: expected at least 1, not 0"
    with pytest.raises(RecipeError) as caught:
        parse(SMALLEST.replace("3", "0").replace("Dense", "Dens"), where="my.toml")
    assert str(caught.value) == (
        "my.toml: 2 mistakes\n"
        "  line 4: layers: unknown layer 'Dens': did you mean 'Dense'?\n"
        "  line 7: train.epochs: expected at least 1, not 0"
    )


# Changes


def test_changes_by_dotted_keys() -> None:
    small = parse(SMALLEST)
    changed = small.changed(
        {
            "train.epochs": 5,
            "train.early_stopping.patience": 3,
            "optimizer.learning_rate": 0.1,
            "schedule": {"name": "cosine"},
            "augment.rotation": 5,
            "data.scale": "raw",
            "title": "Other",
            "layers": "Reshape(784)\nDense(10)",
        }
    )
    assert changed.train.epochs == 5
    assert changed.train.early_stopping is not None
    assert changed.train.early_stopping.patience == 3
    assert changed.optimizer_record == Adam(learning_rate=0.1)
    assert changed.schedule_record == Cosine()
    assert changed.augmentation.rotation == 5
    assert changed.title == "Other"
    assert changed.network.parameters == 7850
    assert small == parse(SMALLEST), "the recipe itself stays as it was"
    assert changed == parse(SMALLEST).changed({}).changed(
        dict(_flat(changed.model_dump(exclude_none=True)))
    )


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        inner = isinstance(value, dict) and value
        found += _flat(value, f"{prefix}{key}.") if inner else [(prefix + key, value)]
    return found


def test_changes_leave_their_tables_alone() -> None:
    changes: dict[str, Any] = {"schedule": {"name": "cosine"}}
    parse(SMALLEST, changes={**changes, "schedule.warmup": 0.1})
    assert changes == {"schedule": {"name": "cosine"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.epoch": 3}, "train.epoch: unknown setting: did you mean 'epochs'?"),
        ({"trian.epochs": 3}, "trian: unknown setting: did you mean 'train'?"),
        ({"train.epochs": 0}, "train.epochs: expected at least 1, not 0"),
        ({"train.epochs": "many"}, "train.epochs: expected a whole number, not 'many'"),
        ({"train.epochs.x": 1}, "cannot set train.epochs.x: 'epochs' is not a table"),
        ({"title.x.y": 1}, "cannot set title.x.y: 'title' is not a table"),
        ({"train": 3}, "train: expected a table, not 3"),
        ({"layers": "Dens(10)"}, "layers: unknown layer 'Dens': did you mean 'Dense'?"),
        ({"layers": ""}, "layers: there is no layer; a network needs at least one"),
        ({"optimizer.name": "adm"}, "unknown optimizer 'adm': did you mean 'adam' or 'adamw'?"),
        ({"": 3}, ": unknown setting"),
        ({"train.": 3}, "train.: unknown setting"),
    ],
)
def test_changes_that_are_mistakes(changes: dict[str, Any], message: str) -> None:
    # a mistake that was made on the command line is on no line of the file
    [problem] = mistakes(SMALLEST, changes)
    assert problem.startswith(message)
    with pytest.raises(RecipeError) as caught:
        parse(SMALLEST).changed(changes)
    assert caught.value.problems == [problem]


def test_mistakes_of_the_file_keep_their_lines_beside_changes() -> None:
    text = SMALLEST.replace("epochs = 3", "epochs = 0\nbatch_size = 0")
    assert mistakes(text, {"train.epochs": 0, "train.seed": -1}) == [
        "train.epochs: expected at least 1, not 0",
        "train.seed: expected at least 0, not -1",
        "line 8: train.batch_size: expected at least 1, not 0",
    ]


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("train.epochs=5", "train.epochs", 5),
        (" train.epochs = 5 ", "train.epochs", 5),
        ("optimizer.learning_rate=1e-3", "optimizer.learning_rate", 0.001),
        ("optimizer.name=sgd", "optimizer.name", "sgd"),
        ("optimizer.name='sgd'", "optimizer.name", "sgd"),
        ('optimizer.name="sgd"', "optimizer.name", "sgd"),
        ("data.stratified=true", "data.stratified", True),
        ("data.stratified=True", "data.stratified", "True"),
        ("data.validation=10_000", "data.validation", 10_000),
        ("schedule={name='step', every=2}", "schedule", {"name": "step", "every": 2}),
        ("optimizer.exclude_layers=['dense']", "optimizer.exclude_layers", ["dense"]),
        ("layers=Dense(10, activation='softmax')", "layers", "Dense(10, activation='softmax')"),
        ("title=a = b", "title", "a = b"),
        ("title=", "title", ""),
        ("title=1\ny=2", "title", 1),
        ("title=" + "[" * 20_000, "title", "[" * 20_000),
        ("title=" + "9" * 9_000, "title", "9" * 9_000),
    ],
)
def test_settings_of_the_command_line(setting: str, key: str, value: Any) -> None:
    assert parse_changes([setting]) == {key: value}


def test_the_last_of_equal_settings_holds() -> None:
    assert parse_changes(["a=1", "b.c=2", "a=3"]) == {"a": 3, "b.c": 2}
    assert parse_changes([]) == {}


@pytest.mark.parametrize("setting", ["train.epochs", "", "=5", " = 5", "train.epochs:5"])
def test_settings_that_are_none(setting: str) -> None:
    with pytest.raises(InputError, match=r"expected KEY=VALUE, such as train.epochs=5") as caught:
        parse_changes([setting])
    assert repr(setting) in str(caught.value)


# Classes of the data


def test_the_last_layer_matches_the_classes() -> None:
    small = parse(SMALLEST, name="small")
    small.check_classes(10, "mnist")
    with pytest.raises(RecipeError) as caught:
        small.check_classes(26, "letters")
    assert str(caught.value) == (
        "recipe 'small': the network ends in 10 outputs (Dense(10, activation='softmax')) but "
        "letters has 26 classes; make the last layer Dense(26, activation='softmax')"
    )
    # the layer that decides is named, not the activation behind it
    other = small.changed({"layers": "Flatten()\nDense(5)\nActivation('softmax')"})
    with pytest.raises(RecipeError, match=r"5 outputs \(Dense\(5\)\)"):
        other.check_classes(10, "mnist")
    bare = small.changed({"layers": "Flatten()"})
    with pytest.raises(RecipeError, match=r"784 outputs \(without weights\)"):
        bare.check_classes(10, "mnist")


# Written and read back

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\t'\"\\"),
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(
    title=TEXT,
    summary=TEXT,
    note=TEXT,
    learning_rate=st.floats(1e-30, 1e30),
    validation=st.floats(0, 1, exclude_max=True) | st.integers(0, 10**9),
    seed=st.integers(0, 2**32 - 1),
    accuracy=st.none() | st.floats(0, 1),
)
def test_written_and_read_back(
    title: str,
    summary: str,
    note: str,
    learning_rate: float,
    validation: float,
    seed: int,
    accuracy: float | None,
) -> None:
    made = Recipe.model_validate(
        {
            "name": "made",
            "title": title or "x",
            "summary": summary,
            "layers": "Flatten()\nDense(10, activation='softmax')\n",
            "data": {"validation": validation},
            "optimizer": {"name": "sgd", "learning_rate": learning_rate},
            "train": {"epochs": 1, "seed": seed},
            "reported": {"accuracy": accuracy, "note": note or "x"},
        }
    )
    assert parse(made.to_toml(), name="another") == made


def test_layers_stay_readable_in_toml() -> None:
    assert "Flatten()\nDense(10, activation='softmax')\n" in parse(SMALLEST).to_toml()


def test_names_are_the_files_of_the_folder() -> None:
    assert recipe.names() == sorted(path.stem for path in recipe.FOLDER.glob("*.toml"))
