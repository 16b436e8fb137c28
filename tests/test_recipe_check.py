"""All mistakes of a recipe at once, each on its line and in words for people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziffern.errors import RecipeError
from ziffern.recipe import load, parse
from ziffern.recipe_check import key_lines

HEAD = "title = 'x'\nlayers = 'Reshape(784); Dense(10)'\n"
TRAIN = "[train]\nepochs = 1\n"


def mistakes(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse(text)
    assert all("\n" not in problem for problem in caught.value.problems)
    return caught.value.problems


def test_many_mistakes_at_once() -> None:
    assert mistakes(
        """titel = "x"
layers = '''
Conv2D(32, 3, activation='rleu')
Dens(3)
'''
[data]
scale = "unti"
validation = 1.0
stratified = 1
[optimizer]
name = "adam"
learning_rate = -1
beta_3 = 1
[schedule]
name = "cosin"
[augment]
rotaton = 3
zoom = 2
[train]
epochs = 0
batch_size = "x"
ema = 1.0
precision = "float64"
[train.early_stopping]
patience = 1.5
[reported]
accuracy = "high"
[foo]
bar = 1
"""
    ) == [
        "title: is missing",
        "line 1: titel: unknown setting: did you mean 'title'?",
        "line 3: layers: Conv2D: activation='rleu': unknown name: did you mean 'relu' or 'relu6'?",
        "line 4: layers: unknown layer 'Dens': did you mean 'Dense'?",
        "line 7: data.scale: expected 'raw', 'unit' or 'standard', not 'unti': "
        "did you mean 'unit'?",
        "line 8: data.validation: expected a share below 1 such as 0.1, a count such as 10000, "
        "or 0 for none, not 1.0",
        "line 9: data.stratified: expected true or false, not 1",
        "line 12: optimizer 'adam': learning_rate=-1: expected a number above 0",
        "line 13: optimizer 'adam': unknown argument 'beta_3': did you mean 'beta_2' or 'beta_1'?",
        "line 15: unknown schedule 'cosin': did you mean 'cosine'?",
        "line 17: augment: unknown argument 'rotaton': did you mean 'rotation'?",
        "line 18: augment: zoom=2: expected a number of at least 0 and below 1",
        "line 20: train.epochs: expected at least 1, not 0",
        "line 21: train.batch_size: expected a whole number, not 'x'",
        "line 22: train.ema: expected less than 1.0, not 1.0",
        "line 23: train.precision: expected 'auto', 'float32' or 'bfloat16', not 'float64': "
        "did you mean 'bfloat16' or 'float32'?",
        "line 25: train.early_stopping.patience: expected a whole number, not 1.5",
        "line 27: reported.accuracy: expected a number, not 'high'",
        "line 28: foo: unknown setting; known: augment, data, ensemble, layers, name, optimizer, "
        "predict, reported, schedule, source, summary, title, train",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # the quotes on a line of their own, or not; both kinds of quotes; CRLF; a continued line
        ('layers = """\nDens(1)\nFlaten()\n"""', [2, 3]),
        ("layers = '''\nDens(1)\nFlaten()\n'''", [2, 3]),
        ('layers = """Dens(1)\nFlaten()"""', [1, 2]),
        ("layers = '''Dens(1)\n\nFlaten()'''", [1, 3]),
        ('layers = """ \nDens(1)\nFlaten()\n"""', [2, 3]),
        ('layers = """\\\nDens(1)\nFlaten()\n"""', [2, 3]),
        ('layers="""\nDens(1)\nFlaten()\n"""', [2, 3]),
        ('"layers"   =   """\nDens(1)\nFlaten()\n"""', [2, 3]),
        ('layers = "Dens(1)\\nFlaten()"', [1, 1]),
        ("layers = 'Dens(1); Flaten()'", [1, 1]),
        ('layers = """Dens(1)\\nFlaten()"""', [1, 1]),
        ('# a comment = """\n\nlayers = """\n\nDens(1)\n  Flaten()"""', [5, 6]),
        ('summary = """\nlayers = 3\n[train]\n"""\nlayers = """\nDens(1)\nFlaten()"""', [6, 7]),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("before", [0, 3])
def test_lines_of_layers(text: str, lines: list[int], newline: str, before: int) -> None:
    whole = "\n" * before + text + "\ntitle = 'x'\n" + TRAIN
    first, second = mistakes(whole.replace("\n", newline))
    assert first.startswith(f"line {lines[0] + before}: layers: unknown layer 'Dens'")
    assert second.startswith(f"line {lines[1] + before}: layers: unknown layer 'Flaten'")


@pytest.mark.parametrize(
    ("layers", "line", "message"),
    [
        (
            "\nConv2D(8, 3)\nMaxPooling2D(30)\nFlatten()",
            3,
            "layer 2 MaxPooling2D(pool_size=30): "
            "a window of 30×30 does not fit into an input of 26×26",
        ),
        (
            "\n\nFlatten()\n\nConv2D(8, 3)",
            5,
            "layer 2 Conv2D(8, 3): needs an input (height, width, "
            "channels), but (784,) reaches it; add Reshape((28, 28, 1)) before it",
        ),
        (
            "\nConv2D(8, 3)\nDense(10)\n",
            3,
            "the network ends in shape (26, 26, 10), but one number "
            "for each class is expected; add Flatten() and Dense(10, activation='softmax')",
        ),
        (
            "\nFlatten()\nDense(10, activation='relu')\n",
            3,
            "Dense(10, activation='relu'): the "
            "network ends in relu, not in probabilities; let it end in softmax",
        ),
        ("\nReshape((28, 28))\nLSTM(10)\n", 3, "LSTM(10): the network ends in tanh"),
        (
            "\nFlatten()\nDense(10, activation='softmax')\nDropout(0.5)\n",
            3,
            "Dense(10, activation='softmax'): softmax is for the last layer",
        ),
        (
            "\nFlatten()\nDense(10, activation='softmax')\nActivation('softmax')\n",
            3,
            "activation='softmax'): softmax is for the last layer",
        ),
        ("\nConv2D(10, 28, activation='softmax')\nFlatten()\n", 2, "softmax is for the last layer"),
        (
            "\nFlatten()\nDense(999999999999)\n",
            3,
            "layer 2 Dense(999999999999): needs "
            "784,999,999,999,215 weights, more than 1,000,000,000",
        ),
        ("\nZeroPadding2D(9999)\n", 2, "makes 401,"),
        ("", 1, "there is no layer; a network needs at least one"),
        ("\n# nothing\n\n", 2, "there is no layer"),
        ("\nimport os\n", 2, "only layers such as Dense(10) are allowed here, not 'import os'"),
    ],
)
def test_layers_that_do_not_make_a_network(layers: str, line: int, message: str) -> None:
    [found] = mistakes(f'layers = """{layers}"""\ntitle = "x"\n{TRAIN}')
    assert found.startswith(f"line {line}: layers: ")
    assert message in found


@pytest.mark.parametrize(
    "layers",
    [
        "Flatten()\nDense(10, activation='softmax')",
        "Flatten()\nDense(10)",
        "Flatten()\nDense(10)\nActivation('softmax')",
        "Flatten()\nDense(10)\nActivation('linear')",
        "Flatten()\nDense(10, activation='relu')\nActivation('softmax')",
        "Conv2D(10, 1, activation='relu')\nGlobalAveragePooling2D()\nActivation('softmax')",
        "Flatten()\nDense(10)\nDropout(0.1)",
        "Flatten()\nDense(30, activation='softmax')\nDense(10)",
        "Dense(10, input_shape=(784,))",
    ],
)
def test_ends_that_a_network_may_have(layers: str) -> None:
    text = f'title = "x"\nlayers = """\n{layers}\n"""\n{TRAIN}'
    assert parse(text).network.output_shape == (10,)


@pytest.mark.parametrize(
    ("table", "setting", "message"),
    [
        ("train", "epochs = 0", "train.epochs: expected at least 1, not 0"),
        ("train", "epochs = -1", "train.epochs: expected at least 1, not -1"),
        ("train", "epochs = 1.0", "train.epochs: expected a whole number, not 1.0"),
        ("train", "epochs = 1.5", "train.epochs: expected a whole number, not 1.5"),
        ("train", "epochs = true", "train.epochs: expected a whole number, not true"),
        ("train", "epochs = '1'", "train.epochs: expected a whole number, not '1'"),
        ("train", "epochs = []", "train.epochs: expected a whole number, not []"),
        ("train", "epochs = inf", "train.epochs: expected a whole number, not inf"),
        ("train", "batch_size = 0", "train.batch_size: expected at least 1, not 0"),
        ("train", "seed = -1", "train.seed: expected at least 0, not -1"),
        ("train", "seed = 4294967296", "train.seed: expected less than 4294967296, not 4294967296"),
        ("train", "label_smoothing = 1", "train.label_smoothing: expected less than 1.0, not 1"),
        ("train", "ema = 0", "train.ema: expected more than 0.0, not 0"),
        ("train", "ema = nan", "train.ema: expected a finite number, not nan"),
        ("train", "focus = {share = 0}", "train.focus.share: expected more than 0.0, not 0"),
        (
            "train",
            "focus = {hard = 1}",
            "train.focus.hard: unknown setting: did you mean 'hardest' or 'share'?",
        ),
        ("train", "clip_norm = 0", "train.clip_norm: expected more than 0.0, not 0"),
        ("train", "clip_norm = inf", "train.clip_norm: expected a finite number, not inf"),
        ("train", "clip_value = 'a'", "train.clip_value: expected a number, not 'a'"),
        (
            "train",
            "precision = 'half'",
            "train.precision: expected 'auto', 'float32' or 'bfloat16', not 'half'",
        ),
        (
            "train",
            "precision = 16",
            "train.precision: expected 'auto', 'float32' or 'bfloat16', not 16",
        ),
        ("train", "early_stopping = 5", "train.early_stopping: expected a table, not 5"),
        (
            "train",
            "early_stopping.patience = -1",
            "train.early_stopping.patience: expected at least 0, not -1",
        ),
        (
            "train",
            "early_stopping = {monitor = 'loss'}",
            "train.early_stopping.monitor: expected "
            "'validation_loss' or 'validation_accuracy', not 'loss'",
        ),
        ("train", "epoch = 5", "train.epoch: unknown setting: did you mean 'epochs'?"),
        (
            "train.early_stopping",
            "patients = 5",
            "train.early_stopping.patients: unknown setting: did you mean 'patience'?",
        ),
        (
            "train.early_stopping",
            "restore_best = 'yes'",
            "train.early_stopping.restore_best: expected true or false, not 'yes'",
        ),
        (
            "data",
            "validation = 1.0",
            "data.validation: expected a share below 1 such as 0.1, a "
            "count such as 10000, or 0 for none, not 1.0",
        ),
        ("data", "validation = 1.5", "data.validation: expected a share"),
        ("data", "validation = -0.1", "data.validation: expected a share"),
        ("data", "validation = -1", "data.validation: expected a share"),
        (
            "data",
            "validation = true",
            "data.validation: expected a share below 1 such as 0.1, a "
            "count such as 10000, or 0 for none, not true",
        ),
        ("data", "validation = nan", "data.validation: expected a share"),
        ("data", "validation = inf", "data.validation: expected a share"),
        ("data", "validation = '10 %'", "data.validation: expected a share"),
        ("data", "scale = 'unti'", "data.scale: expected 'raw', 'unit' or 'standard', not 'unti'"),
        ("data", "dataset = 3", "data.dataset: expected text in quotes, not 3"),
        ("data", "dataset = 1979-05-27", "data.dataset: expected text in quotes, not datetime"),
        ("data", "split = 0.1", "data.split: unknown setting: did you mean 'split_seed'?"),
        ("augment", "rotation = -1", "augment: rotation=-1: expected a number of at least 0"),
        ("augment", "rotate = 5", "augment: unknown argument 'rotate': did you mean 'rotation'?"),
        ("augment", "enlarge = true", "augment: enlarge=True: expected a whole number"),
        ("augment", "name = 'all'", "augment: unknown argument 'name'"),
        ("optimizer", "learning_rate = 0.1", "optimizer: needs a name; known: adadelta, adagrad"),
        ("optimizer", "name = 'adm'", "unknown optimizer 'adm': did you mean 'adam' or 'adamw'?"),
        ("optimizer", "name = ['adam']", "optimizer.name: expected text in quotes, not ['adam']"),
        ("optimizer", "name = 3", "optimizer.name: expected text in quotes, not 3"),
        ("schedule", "rate = 0.1", "schedule: needs a name; known: constant, cosine"),
        (
            "schedule",
            "name = 'on_plateau'",
            "unknown schedule 'on_plateau': did you mean 'reduce_lr_on_plateau'?",
        ),
        ("reported", "accuracy = '99 %'", "reported.accuracy: expected a number, not '99 %'"),
        ("reported", "accuracy = nan", "reported.accuracy: expected a finite number, not nan"),
        ("reported", "acuracy = 1", "reported.acuracy: unknown setting: did you mean 'accuracy'?"),
        ("other", "a = 1", "other: unknown setting; known: augment, data"),
    ],
)
def test_every_table(table: str, setting: str, message: str) -> None:
    text = HEAD + (TRAIN if not table.startswith("train") else "train.epochs = 1\n")
    if table == "train":
        text = HEAD + "[train]\n" + ("" if setting.startswith("epochs") else "epochs = 1\n")
    elif table.startswith("train"):
        text = HEAD + TRAIN + f"[{table}]\n"
    else:
        text += f"[{table}]\n"
    line = text.count("\n") + 1
    # a table that lacks something, or should not be there, is meant as a whole
    whole = "needs a name" in message or table == "other"
    [found] = mistakes(text + setting + "\n")
    assert found.startswith(f"line {line - 1 if whole else line}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 3\nlayers = 'Reshape(784)'\n", "line 1: title: expected text in quotes, not 3"),
        ("title = 'x'\nlayers = ['Flatten()']\n", "line 2: layers: expected text in quotes, not ["),
        ("title = 'x'\n", "layers: is missing"),
        (HEAD + "augment = 'much'\n", "line 3: augment: expected a table, not 'much'"),
        (HEAD + "optimizer = 'adam'\n", "line 3: optimizer: expected a table, not 'adam'"),
        (HEAD + "optimizer = {}\n", "line 3: optimizer: needs a name"),
        (HEAD + "schedule = []\n", "line 3: schedule: expected a table, not []"),
        (HEAD + "data = 'mnist'\n", "line 3: data: expected a table, not 'mnist'"),
        (HEAD + "reported = 0.99\n", "line 3: reported: expected a table, not 0.99"),
        (HEAD + "name = 3\n", "line 3: name: expected text in quotes, not 3"),
        (HEAD + "source = 1\n", "line 3: source: expected text in quotes, not 1"),
    ],
)
def test_wrong_types_at_the_top(text: str, message: str) -> None:
    [found] = mistakes(text + TRAIN)
    assert found.startswith(message)


def test_no_train_table() -> None:
    assert mistakes(HEAD) == ["train: is missing"]
    assert mistakes(HEAD + "train = 5\n") == ["line 3: train: expected a table, not 5"]
    assert mistakes(HEAD + "[train]\nseed = 1\n") == ["line 3: train.epochs: is missing"]


def test_dotted_keys_and_inline_tables_have_lines() -> None:
    assert mistakes(HEAD + "train.epochs = 0\ndata = {validation = 2.5}\n")[0].startswith("line 3")
    text = HEAD + "train = {epochs = 0,  batch_size = 0}\n"
    assert [found[:7] for found in mistakes(text)] == ["line 3:", "line 3:"]


def test_a_long_value_is_cut() -> None:
    for value in (f"'{'x' * 5000}'", "[" + "1, " * 5000 + "]", "1" * 4000):
        [found] = mistakes(HEAD + f"[train]\nepochs = 1\nprecision = {value}\n")
        assert "..." in found
        assert len(found) < 200


def test_numbers_too_large_for_a_float() -> None:
    huge = "1" + "0" * 400
    text = HEAD + TRAIN + f"clip_norm = {huge}\n[augment]\nrotation = {huge}\n"
    assert len(mistakes(text + f"[reported]\naccuracy = {huge}\n")) == 3


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (TRAIN + "[train.early_stopping]\npatience = 3\n", ["train.early_stopping"]),
        (TRAIN + "[schedule]\nname = 'reduce_lr_on_plateau'\n", ["schedule"]),
        (
            TRAIN + "early_stopping = {}\n[schedule]\nname = 'reduce_lr_on_plateau'\n"
            "monitor = 'validation_accuracy'\n",
            ["train.early_stopping", "schedule"],
        ),
        (TRAIN + "[schedule]\nname = 'reduce_lr_on_plateau'\nmonitor = 'loss'\n", []),
        (TRAIN + "[schedule]\nname = 'cosine'\n", []),
        (TRAIN, []),
    ],
)
@pytest.mark.parametrize("share", ["0", "0.0"])
def test_nothing_to_watch(text: str, keys: list[str], share: str) -> None:
    text = HEAD + text + f"[data]\nvalidation = {share}\n"
    if not keys:
        parse(text)
        return
    assert [found.partition(": ")[2] for found in mistakes(text)] == [
        f"data.validation is 0, but {key} watches the validation set; give a share such as 0.1"
        for key in keys
    ]


def test_key_lines() -> None:
    text = """# comment = 1
title = "x"   # layers = 3

layers = '''
a = 1
[no.table]
'''
train.seed = 3
"data" = { scale = "raw" }
[ train . early ]
x = 1
[[many]]  # more
y = \"\"\"one line\"\"\"
z = 2
"""
    assert key_lines(text) == {
        "title": 2,
        "layers": 4,
        "train.seed": 8,
        "data": 9,
        "train . early": 10,
        "train . early.x": 11,
        "many": 12,
        "many.y": 13,
        "many.z": 14,
    }
    assert key_lines("") == {}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = (
    "title layers data optimizer schedule augment train reported name epochs validation "
    "learning_rate rotation early_stopping patience x"
)
KEYS = st.sampled_from(NAMES.split())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            SCALARS,
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_any_change_makes_a_recipe_or_mistakes(changes: dict[str, Any]) -> None:
    problems: list[str] = []
    try:
        made = load("marvin", changes)
    except RecipeError as error:
        problems = error.problems
    else:  # what is found good can be used
        used = (made.network, made.optimizer_record, made.schedule_record, made.augmentation)
        assert all(part is not None for part in used)
    assert all(problems)


PIECES = (
    'title layers train [ ] [[ = """ \'\'\' " . epochs 1 Dense(10) { } , true nan # \\ optimizer'
)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*PIECES.split(), "\n", "\r\n", " "]), max_size=30).map("".join)
)
def test_any_text_makes_mistakes(text: str) -> None:
    with pytest.raises(RecipeError):
        parse(text)
    key_lines(text)
