"""From recipe text to layer records.

The text is read with Python's own grammar but never executed: it may hold calls of known layers
with literal arguments and nothing else. Lines pasted from a notebook work as they are, with
``model.add(…)`` around them, ``layers.`` before them or a comma behind them.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from typing import Any

from ziffern.errors import InputError, did_you_mean
from ziffern.layers.base import Layer
from ziffern.layers.call import Call
from ziffern.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from ziffern.layers.dense import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    Rescaling,
    Reshape,
    SpatialDropout2D,
)
from ziffern.layers.normalization import BatchNormalization, LayerNormalization
from ziffern.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from ziffern.layers.recurrent import GRU, LSTM, SimpleRNN
from ziffern.layers.residual import Residual

VOCABULARY: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        Dense,
        Conv2D,
        DepthwiseConv2D,
        SeparableConv2D,
        MaxPooling2D,
        AveragePooling2D,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        BatchNormalization,
        LayerNormalization,
        Dropout,
        SpatialDropout2D,
        Flatten,
        Reshape,
        Activation,
        LSTM,
        GRU,
        SimpleRNN,
        ZeroPadding2D,
        Rescaling,
        Residual,
        Input,
    )
}
"""Every layer that a recipe may name."""


class ParseError(InputError):
    """The layer text has mistakes: `problems` holds (line from 1, message) of each."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(problems)
        super().__init__("; ".join(f"line {line}: {message}" for line, message in self.problems))


def parse_layers(text: str) -> list[tuple[int, Layer]]:
    """Read layer lines; return (line number from 1, layer) in order.

    Raises:
        ParseError: with all mistakes of the text.
    """
    problems: list[tuple[int, str]] = []
    layers: list[tuple[int, Layer]] = []
    for statement in _statements(text, problems):
        try:
            calls = _calls(statement)
        except _MistakeError as mistake:
            problems.append((mistake.line, str(mistake)))
            continue
        for call in calls:
            try:
                layers.append((call.lineno, _layer(call)))
            except _MistakeError as mistake:
                problems.append((mistake.line, str(mistake)))
    if problems:
        raise ParseError(problems)
    return layers


class _MistakeError(Exception):
    def __init__(self, node: ast.AST, message: str) -> None:
        self.line: int = getattr(node, "lineno", 1)
        super().__init__(message)


def _statements(text: str, problems: list[tuple[int, str]]) -> list[ast.stmt]:
    """Parse; a line that is no Python is reported and blanked so that the others still count."""
    lines = [line.strip() if _stands_alone(line) else line for line in text.splitlines()]
    while True:
        try:
            return ast.parse("\n".join(lines)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = min(max(getattr(error, "lineno", None) or 1, 1), len(lines))
            shown = lines[line - 1].strip()
            reason = getattr(error, "msg", None) or str(error) or "too deeply nested"
            problems.append((line, f"cannot read {_short(shown)}: {reason}"))
            if not shown or _stands_alone(shown):
                return []
            lines[line - 1] = ""


def _stands_alone(line: str) -> bool:
    try:
        ast.parse(line.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _calls(statement: ast.stmt) -> list[ast.Call]:
    """Return the layer calls of one statement: ``A(…)``, ``A(…),`` or ``[A(…), B(…)]``."""
    if isinstance(statement, ast.Expr):
        value = statement.value
        items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        if items and all(isinstance(item, ast.Call) for item in items):
            return [_unwrapped(item) for item in items if isinstance(item, ast.Call)]
    raise _MistakeError(
        statement,
        f"only layers such as Dense(10) are allowed here, not {_short(ast.unparse(statement))}",
    )


def _unwrapped(call: ast.Call) -> ast.Call:
    """Take the layer out of ``model.add(layer)``."""
    inside = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "add":
        if isinstance(inside, ast.Call):
            return inside
        raise _MistakeError(call, f"expected one layer in {_short(ast.unparse(call))}")
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
        raise _MistakeError(call, f"expected a layer, not {_short(ast.unparse(call))}")
    kind = VOCABULARY.get(name)
    if kind is None:
        raise _MistakeError(call, f"unknown layer {name!r}{did_you_mean(name, VOCABULARY)}")
    positional = [_value(node) for node in call.args]
    keywords: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _MistakeError(call, f"{name}: ** is not allowed")
        keywords[keyword.arg] = _value(keyword.value)
    # notebooks state the input on their first layer; Ziffern knows it from the data
    for known in ("input_shape", "input_dim", "batch_input_shape"):
        keywords.pop(known, None)
    fields = [item for item in dataclasses.fields(kind) if item.init]
    defaults = {
        item.name: item.default for item in fields if item.default is not dataclasses.MISSING
    }
    names = list(inspect.signature(kind).parameters)
    try:
        bound = Call(name, tuple(positional), keywords).bind(names, defaults)
    except ValueError as error:
        raise _MistakeError(call, str(error)) from error
    try:
        return kind(**bound)
    except InputError as error:
        raise _MistakeError(call, str(error)) from error


def _value(node: ast.expr) -> Any:
    """Return a literal, a nested call as `Call`, a nested list of layers as layers."""
    if isinstance(node, ast.Call):
        name = _dotted(node.func)
        if name is not None and name in VOCABULARY:
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
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        # Rescaling(1./255) is how everybody writes it
        top, bottom = _value(node.left), _value(node.right)
        if all(isinstance(item, int | float) for item in (top, bottom)) and bottom != 0:
            return top / bottom
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise _MistakeError(
            node, f"expected a plain value such as 3 or 'relu', not {_short(ast.unparse(node))}"
        ) from error


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
