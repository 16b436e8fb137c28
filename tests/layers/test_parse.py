"""Layer text: a notebook's lines work as they are, everything else is refused and nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ziffern.layers import Layer, ParseError, parse_layers
from ziffern.layers.convolution import Conv2D
from ziffern.layers.dense import Dense, Dropout, Flatten, Input, Rescaling
from ziffern.layers.initializers import Initializer
from ziffern.layers.parse import LONGEST, MOST_SLIPS
from ziffern.layers.regularizers import Regularizer
from ziffern.layers.residual import Residual


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ParseError) as caught:
        parse_layers(text)
    return caught.value.problems


def test_layers_and_their_lines() -> None:
    text = """
    # a comment
    Conv2D(32, 3, activation='relu')   # another

    Flatten(); Dropout(0.5)
    Dense(
        10,
        activation='softmax',
    )
    """
    assert parse_layers(text) == [
        (3, Conv2D(32, 3, activation="relu")),  # type: ignore[arg-type]
        (5, Flatten()),
        (5, Dropout(0.5)),
        (6, Dense(10, "softmax")),
    ]
    assert parse_layers("") == parse_layers("\n  # nothing\n") == []


@pytest.mark.parametrize("form", ["{}", "layers.{}", "keras.layers.{}", "tf.keras.layers.{}"])
@pytest.mark.parametrize(
    "around", ["{}", "{},", "model.add({})", "    {}", "[{}]", "  self.net.add({}),", "\u00a0{}\t"]
)
def test_lines_of_a_notebook(form: str, around: str) -> None:
    line = around.format(form.format("Conv2D(32, (3, 3), activation='relu')"))
    assert parse_layers(line) == [(1, Conv2D(32, 3, activation="relu"))]  # type: ignore[arg-type]


def test_a_list_of_a_notebook() -> None:
    text = "[\n    layers.Flatten(input_shape=(28, 28, 1)),\n    layers.Dense(\n    10),\n]"
    assert parse_layers(text) == [(2, Flatten()), (3, Dense(10))]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(ending: str) -> None:
    text = ending.join(["Flatten()", "", "Dense(10)", "Dens(3)"])
    assert [line for line, _ in mistakes(text)] == [4]


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("Dense(512, activation='relu', input_shape=(784,))", (784,)),
        ("Dense(512, activation='relu', input_dim=784)", (784,)),
        ("Dense(512, activation='relu', batch_input_shape=(None, 784))", (784,)),
        ("Dense(512, activation='relu', input_shape=[28, 28])", (28, 28)),
        ("Dense(512, activation='relu', input_shape=(28, 28, 1))", None),
    ],
)
def test_the_input_that_a_notebook_states(line: str, shape: tuple[int, ...] | None) -> None:
    first = [] if shape is None else [(1, Input(shape))]
    assert parse_layers(line) == [*first, (1, Dense(512, "relu"))]
    # further down it says nothing, as in Keras
    assert parse_layers(f"Flatten()\n{line}") == [(1, Flatten()), (2, Dense(512, "relu"))]


def test_an_input_layer() -> None:
    for line in ("Input(shape=(28, 28))", "keras.Input((28, 28))", "Input([28, 28])"):
        assert parse_layers(line) == [(1, Input((28, 28)))]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Dense(5, input_dim=784.5)", "input_dim: Input: shape=784.5: expected a shape"),
        ("Dense(5, input_shape=(None, 28))", "expected a shape such as (28, 28, 1)"),
        ("Dense(5, batch_input_shape=(None,))", "batch_input_shape: Input: shape=(): expected"),
        ("Dense(5, input_shape=shape)", "expected a plain value such as 3 or 'relu', not 'shape'"),
    ],
)
def test_an_input_that_is_none(line: str, message: str) -> None:
    [(_, found)] = mistakes(line)
    assert message in found


def test_values(layer: Callable[[str], Layer]) -> None:
    assert layer("Rescaling(1./255)") == Rescaling(1 / 255)
    assert layer("Rescaling(1 / 127.5, offset=-1)") == Rescaling(1 / 127.5, -1)
    assert layer("Conv2D(32, [3, 5])") == Conv2D(32, (3, 5))
    assert layer("Dense(1_000)") == Dense(1000)
    assert layer("Dense(10, activation=None)") == Dense(10)
    dense = layer(
        "Dense(10, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1, seed=7), "
        "kernel_regularizer=regularizers.l2(1e-4), bias_regularizer='l1')"
    )
    assert isinstance(dense, Dense)
    assert dense.kernel_initializer == Initializer("random_normal", (("stddev", 0.1),))
    assert dense.kernel_regularizer == Regularizer(l2=1e-4)
    assert dense.bias_regularizer == Regularizer(l1=0.01)
    block = layer("Residual([layers.Dense(3), Activation('relu')], shortcut=(Dense(3),))")
    assert isinstance(block, Residual)
    assert [str(inner) for inner in block.body] == ["Dense(3)", "Activation('relu')"]
    assert block.shortcut == (Dense(3),)


def test_all_mistakes_with_their_lines() -> None:
    text = """
Conv2D(32, 3, activaton='relu')
Conv2D(32, 3, activation='rleu', strides=0)
Denss(2)
Dense(10
Dropout()
x = Dense(10)
Flatten('a', 'b')
"""
    assert mistakes(text) == [
        (2, "Conv2D has no argument 'activaton': did you mean 'activation'?"),
        (
            3,
            "Conv2D: strides=0: expected a whole number of at least 1; "
            "activation='rleu': unknown name: did you mean 'relu' or 'relu6'?",
        ),
        (4, "unknown layer 'Denss': did you mean 'Dense'?"),
        (5, "cannot read 'Dense(10': '(' was never closed"),
        (6, "Dropout needs rate"),
        (7, "only layers such as Dense(10) are allowed here, not 'x = Dense(10)'"),
        (8, "Flatten takes 1 argument (name), but 2 given"),
    ]
    with pytest.raises(ParseError, match=r"^line 2: Conv2D has .*; line 3: .*; line 8: "):
        parse_layers(text)


def test_mistakes_inside_a_block_are_on_their_own_lines() -> None:
    text = "Residual([\n  Dense(3),\n  Dens(3),\n  Dense(x),\n], shortcut=[\n  Dense(),\n])"
    assert mistakes(text) == [
        (3, "unknown layer 'Dens': did you mean 'Dense'?"),
        (4, "expected a plain value such as 3 or 'relu', not 'x'"),
        (6, "Dense needs units"),
    ]
    assert parse_layers("Residual([MaxPool2D(1)])") == parse_layers("Residual([MaxPooling2D(1)])")


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import system",
        "exec('{payload}')",
        "eval('{payload}')",
        "{payload}",
        "Dense({payload})",
        "Dense(10, name={payload})",
        "Dense(10, kernel_initializer={payload})",
        "Dense(10, kernel_regularizer={payload})",
        "Dense(10, input_shape={payload})",
        "Residual([{payload}])",
        "model.add({payload})",
        "({payload}).add(Dense(10))",
        "Dense(lambda: {payload})",
        "Dense((lambda: {payload})())",
        "[{payload} for _ in range(3)]",
        "Dense([{payload} for _ in range(3)][0])",
        "Dense(*[{payload}])",
        "Dense(**{{'units': {payload}}})",
        "Dense(units := {payload})",
        "Dense(10) if {payload} else Dense(5)",
        "Dense(10, name=f'{{{payload}}}')",
        "Dense(10, name='a' + {payload})",
        "Dense({payload} / 1)",
        "Dense({{{payload}: 1}})",
        "Dense(({payload}, 1))",
        "Dense(10)[{payload}]",
        "Dense(10).__class__({payload})",
        "@{payload}\ndef f(): pass",
        "class A({payload}): pass",
        "def f(x={payload}): pass",
        "with {payload}: Dense(10)",
        "while {payload}: pass",
        "assert {payload}",
        "del {payload}",
        "x: {payload} = 3",
        "print(Dense(10), {payload})",
        "().__class__.__bases__[0].__subclasses__()",
        "Dense(10).__init__.__globals__",
        "Dense(__import__('os').sep)",
        "Dense(10**9)",
        "Dense(2 * 5)",
        "Dense('9' * 9)",
        "Dense(os.environ)",
        "Dense(10, activation=tf.nn.relu)",
        "Dense(10); {payload}",
        "global x",
        "return Dense(10)",
        "await Dense(10)",
        "yield Dense(10)",
        "raise {payload}",
        "...",
        "'Dense(10)'",
        "10",
        "[]",
        "()",
        "Dense",
        "%matplotlib inline",
        "!touch {victim}",
        ">>> Dense(10)",
    ],
)
def test_code_is_refused_and_never_runs(line: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    payload = f"open('{victim}', 'w')"
    text = line.replace("{payload}", payload).replace("{victim}", str(victim))
    text = text.replace("{{", "{").replace("}}", "}")
    found = mistakes(text)
    assert not victim.exists()
    assert all(len(message) < 700 and "\n" not in message for _, message in found)


def test_code_is_told_from_layers() -> None:
    assert mistakes("for i in range(3):\n    Dense(10)\nDens(1)") == [
        (1, "only layers such as Dense(10) are allowed here, not 'for i in range(3):'"),
        (3, "unknown layer 'Dens': did you mean 'Dense'?"),
    ]
    assert mistakes("Dense(10, activation=tf.nn.relu)") == [
        (1, "expected a plain value such as 3 or 'relu', not 'tf.nn.relu'")
    ]
    assert mistakes("model.add(1, 2)\nmodel.add(Dense)") == [
        (1, "expected one layer in 'model.add(1, 2)'"),
        (2, "expected one layer in 'model.add(Dense)'"),
    ]
    assert mistakes("Dense(10)(3)") == [(1, "expected a layer, not 'Dense(10)(3)'")]
    # a line that ends in a colon, but in a comment
    assert parse_layers("Dense(10)  # the last:") == [(1, Dense(10))]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Dense(10)\nDense(\0)", 2, "it holds the character U+0000"),
        ("Dense(10)\nDense(\x0c)", 2, "U+000C"),
        ("Dense('\ud800')", 1, "U+D800"),
        ("Dense(10)\nDense(9999999999999999999)", 2, "a number of more than 18 digits"),
        ("Dense(-9999999999999999999)", 1, "a number of more than 18 digits"),
        ("Dense(0x" + "f" * 9000 + ")", 1, "a number of more than 18 digits"),
        ("Dense(" + "9" * 9000 + ")", 1, "cannot read 'Dense(999"),
        ("Dense(10)\n" + "(" * 300, 2, "too many nested parentheses"),
        ("[" * 150 + "]" * 150, 1, "too deeply nested"),
        ("Dense(" + "-" * 60 + "1)", 1, "too deeply nested"),
        ("Dense(" + "-" * 50_000 + "1)", 1, ""),
        ("Dense(" + "1+" * 40_000 + "1)", 1, ""),
        ("a." * 40_000 + "a()", 1, ""),
        ("Dense(3)" + "()" * 40_000, 1, ""),
        ("Residual([" * 60 + "Dense(1)" + "])" * 60, 1, "too deeply nested"),
        ("Dense(10)\n" * 20_000, 1, f"longer than {LONGEST:,} characters"),
    ],
)
def test_monsters(text: str, line: int, reason: str) -> None:
    [(at, message)] = mistakes(text)
    assert at == line
    assert reason in message
    assert len(message) < 200


def test_after_many_unreadable_lines_the_rest_is_left_unread() -> None:
    found = mistakes("Dense 10\n" * 500 + "Dens(3)")
    assert [line for line, _ in found] == list(range(1, MOST_SLIPS + 1))


def test_warnings_of_pythons_parser_stay_inside() -> None:
    # pytest makes an error of every warning
    with pytest.raises(ParseError, match="unknown name"):
        parse_layers("Dense(10, activation='\\d')")


@settings(max_examples=300, deadline=None)
@given(st.text())
@example("\x00")
@example("\ud800")
@example("Dense(\\")
@example("'''")
@example("\\\n")
@example("Dense(10)\\")
@example("\ufeffDense(10)")
def test_any_text_gives_layers_or_mistakes(text: str) -> None:
    check_harmless(text)


TOKENS = [
    *("Dense", "Conv2D", "Residual", "Reshape", "model.add", "layers.", "l2", "relu", "name"),
    *("(", ")", "(", ")", "[", "]", "{", "}", ",", "=", ".", ":", ";", "'", '"', '"""', "#", "\\"),
    *("\n", " ", "\t", "*", "**", "/", "-", "+", "~", "@", "%", "->", ":=", "==", "<", "not "),
    *("1", "0", "-1", "1e999", "0.5", "10**9", "3j", "b'x'", "f'{x}'", "None", "True", "..."),
    *("lambda:", "import ", "for ", "in ", "if ", "else ", "await ", "yield ", "def f():", "x"),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_anything_like_python_gives_layers_or_mistakes(text: str) -> None:
    check_harmless(text)


LINES = [
    "Conv2D(32, 3, activation='relu')",
    "model.add(layers.Dense(10, kernel_regularizer=l2(0.1)))",
    "Residual([Dense(3), Dense(4)], shortcut=[Dense(4)])",
    "Reshape((28, 28, 1), input_shape=(784,))",
]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_line_with_something_cut_out_or_put_in(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(LINES))
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(len(line), start + 4)))
    put = data.draw(st.sampled_from(TOKENS) | st.text(max_size=3))
    check_harmless(f"{line[:start]}{put}{line[end:]}")


def check_harmless(text: str) -> None:
    layers: list[tuple[int, Layer]] = []
    problems: list[tuple[int, str]] = []
    try:
        layers = parse_layers(text)
    except ParseError as error:
        problems = error.problems
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= line <= lines for line, _ in [*layers, *problems])
    assert all(message for _, message in problems)
    for _, layer in layers:
        assert parse_layers(str(layer)) == [(1, layer)]
