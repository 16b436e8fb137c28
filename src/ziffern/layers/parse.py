"""From recipe text to layer records.

The text is read with Python's own grammar but never executed: it may hold calls of known layers
with literal arguments and nothing else. Lines pasted from a notebook work as they are, with
``model.add(…)`` around them, ``layers.`` before them or a comma behind them; an input that they
state (``input_shape=(784,)``) becomes an `Input` before the first layer.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from ziffern.errors import InputError, did_you_mean
from ziffern.layers.base import Layer
from ziffern.layers.call import Call
from ziffern.layers.dense import Input
from ziffern.layers.vocabulary import OTHER_NAMES, VOCABULARY

STATED_INPUT = ("input_shape", "input_dim", "batch_input_shape")
"""Arguments of the first layer by which notebooks say what the network is fed."""


class ParseError(InputError):
    """The layer text has mistakes: `problems` holds (line from 1, message) of each."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(problems)
        super().__init__("; ".join(f"line {line}: {message}" for line, message in self.problems))


LONGEST = 100_000
"""Characters of a layer text; a network is a list of layers, not a program."""
DEEPEST = 24
"""Levels of expressions in expressions: ten residual blocks inside each other."""
LARGEST = 10**18
"""The largest whole number that a layer may name."""
MOST_SLIPS = 20
"""Unreadable lines after which the rest is left unread."""


def parse_layers(text: str) -> list[tuple[int, Layer]]:
    """Read layer lines; return (line number from 1, layer) in order.

    Raises:
        ParseError: with all mistakes of the text.
    """
    problems: list[tuple[int, str]] = []
    layers: list[tuple[int, Layer]] = []
    for statement in _statements(text, problems):
        try:
            _refuse_monsters(statement)
            calls = _calls(statement)
            found = _each(_layer, calls)
            before = None if layers else _stated_input(calls[0])
        except _MistakeError as mistake:
            problems += mistake.problems
        else:
            layers += [(calls[0].lineno, before)] if before else []
            layers += [(call.lineno, layer) for call, layer in zip(calls, found, strict=True)]
    if problems:
        raise ParseError(problems)
    return layers


class _MistakeError(Exception):
    """Mistakes in an expression: (line, message) of each."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__()
        self.problems = problems


def _mistake(node: ast.expr | ast.stmt, message: str) -> _MistakeError:
    return _MistakeError((node.lineno, message))


def _each(read: Callable[[Any], Any], nodes: Iterable[ast.expr]) -> list[Any]:
    """Read every node; the mistakes of all of them come together."""
    values: list[Any] = []
    problems: list[tuple[int, str]] = []
    for node in nodes:
        try:
            values.append(read(node))
        except _MistakeError as mistake:
            problems += mistake.problems
    if problems:
        raise _MistakeError(*problems)
    return values


def _statements(text: str, problems: list[tuple[int, str]]) -> list[ast.stmt]:
    """Parse; a line that is no Python is reported and blanked so that the others still count."""
    if len(text) > LONGEST:
        problems.append((1, f"longer than {LONGEST:,} characters; expected a list of layers"))
        return []
    # line breaks as Python's parser and TOML see them; lines of a notebook may be indented
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    for number, line in enumerate(lines, 1):
        if reason := _unreadable(line):
            problems.append((number, reason))
            lines[number - 1] = ""
    for _ in range(MOST_SLIPS):
        try:
            # Python may warn about odd strings, which says nothing here
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse("\n".join(lines)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line_number = min(max(getattr(error, "lineno", None) or 1, 1), len(lines))
            line = lines[line_number - 1]
            reason = (getattr(error, "msg", None) or "too deeply nested").partition(":")[0]
            problems.append((line_number, f"cannot read {_short(line)}: {reason}"))
            if not line:
                break
            lines[line_number - 1] = ""
    return []


def _unreadable(line: str) -> str | None:
    """Say what is wrong with a line that Python's parser would stumble over with a wrong reason."""
    for letter in line:
        if (ord(letter) < 32 and letter != "\t") or 0xD800 <= ord(letter) <= 0xDFFF:
            return f"cannot read {_short(line)}: it holds the character U+{ord(letter):04X}"
    if line.partition("#")[0].rstrip().endswith(":"):
        return f"only layers such as Dense(10) are allowed here, not {_short(line)}"
    return None


def _refuse_monsters(statement: ast.stmt) -> None:
    """Refuse what could exhaust the stack or the memory of those who read the expression."""
    line = statement.lineno
    level: list[ast.AST] = [statement]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        for node in level:
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, int) and value > LARGEST:
                line = getattr(node, "lineno", line)
                raise _MistakeError((line, "there is a number of more than 18 digits"))
    if level:
        raise _MistakeError((line, "too deeply nested"))


def _calls(statement: ast.stmt) -> list[ast.Call]:
    """Return the layer calls of one statement: ``A(…)``, ``A(…),`` or ``[A(…), B(…)]``."""
    if isinstance(statement, ast.Expr):
        value = statement.value
        items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        if items and all(isinstance(item, ast.Call) for item in items):
            return [_unwrapped(item) for item in items if isinstance(item, ast.Call)]
    raise _mistake(
        statement,
        f"only layers such as Dense(10) are allowed here, not {_code(statement)}",
    )


def _unwrapped(call: ast.Call) -> ast.Call:
    """Take the layer out of ``model.add(layer)``."""
    inside = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if isinstance(call.func, ast.Attribute) and _dotted(call.func) == "add":
        if isinstance(inside, ast.Call):
            return inside
        raise _mistake(call, f"expected one layer in {_code(call)}")
    return call


def _dotted(node: ast.expr) -> str | None:
    """Return the last part of ``keras.layers.Dense``, None if this is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and _dotted(node.value) is not None:
        return node.attr
    return None


def _layer(call: ast.Call) -> Layer:
    name = _dotted(call.func)
    if name is None:
        raise _mistake(call, f"expected a layer, not {_code(call)}")
    kind = VOCABULARY.get(OTHER_NAMES.get(name, name))
    if kind is None:
        raise _mistake(call, f"unknown layer {name!r}{did_you_mean(name, VOCABULARY)}")
    names = [keyword.arg for keyword in call.keywords]
    if None in names:
        raise _mistake(call, f"{name}: ** is not allowed")
    values = _each(_value, [*call.args, *(keyword.value for keyword in call.keywords)])
    positional = tuple(values[: len(call.args)])
    keywords = {
        str(key): value
        for key, value in zip(names, values[len(call.args) :], strict=True)
        if key not in STATED_INPUT
    }
    fields = dataclasses.fields(kind)
    defaults = {
        item.name: item.default for item in fields if item.default is not dataclasses.MISSING
    }
    try:
        return kind(**Call(name, positional, keywords).bind([f.name for f in fields], defaults))
    except (ValueError, InputError) as error:
        raise _mistake(call, str(error)) from error


def _stated_input(call: ast.Call) -> Input | None:
    """Return the input that a notebook states on its first layer, unless it is the usual one."""
    for keyword in call.keywords:
        if keyword.arg in STATED_INPUT:
            shape = _value(keyword.value)
            if keyword.arg == "batch_input_shape" and isinstance(shape, tuple):
                shape = shape[1:]
            if shape == (28, 28, 1):
                return None
            try:
                return Input(shape)
            except InputError as error:
                raise _mistake(call, f"{keyword.arg}: {error}") from error
    return None


def _value(node: ast.expr) -> Any:
    """Return a literal, a nested call as `Call`, a nested list of layers as layers."""
    if isinstance(node, ast.Call):
        name = _dotted(node.func)
        if name in VOCABULARY or name in OTHER_NAMES:
            return _layer(node)
        if name is not None and all(keyword.arg for keyword in node.keywords):
            return Call(
                name,
                tuple(_value(item) for item in node.args),
                {str(keyword.arg): _value(keyword.value) for keyword in node.keywords},
            )
    if isinstance(node, ast.List | ast.Tuple) and any(
        isinstance(item, ast.Call) for item in node.elts
    ):
        # calls in a list are layers
        return tuple(
            _each(lambda item: (_layer if isinstance(item, ast.Call) else _value)(item), node.elts)
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        # Rescaling(1./255) is how everybody writes it
        top, bottom = _value(node.left), _value(node.right)
        if all(isinstance(item, int | float) for item in (top, bottom)) and bottom != 0:
            return top / bottom
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise _mistake(
            node, f"expected a plain value such as 3 or 'relu', not {_code(node)}"
        ) from error


def _code(node: ast.AST) -> str:
    try:
        return _short(ast.unparse(node))
    except ValueError:  # some f-strings cannot be written back
        return "this expression"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
