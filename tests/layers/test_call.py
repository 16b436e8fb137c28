"""Calls inside a layer line are bound to names as Python binds them, but never made."""

from __future__ import annotations

import pytest

from ziffern.layers.call import Call


def test_arguments_by_place_and_name() -> None:
    call = Call("uniform", (-1,), {"maxval": 2})
    assert call.bind(["minval", "maxval", "seed"], {"seed": None}) == {
        "minval": -1,
        "maxval": 2,
        "seed": None,
    }
    assert repr(call) == "uniform(-1, maxval=2)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call("f", (1, 2, 3)), "f takes 2 arguments (a, b), but 3 given"),
        (Call("f", (1,), {"a": 2}), "f is given 'a' twice; needs b"),
        (Call("f", (1, 2), {"alfa": 2}), "f has no argument 'alfa'; known: a, b"),
        (Call("f"), "f needs a and b"),
        (
            Call("f", (1, 2, 3), {"c": 1, "b": 2}),
            "f takes 2 arguments (a, b), but 3 given; "
            "has no argument 'c'; known: a, b; is given 'b' twice",
        ),
    ],
)
def test_every_mistake_is_named(call: Call, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call.bind(["a", "b"], {})
    assert str(caught.value) == message


def test_a_call_without_arguments_takes_none() -> None:
    with pytest.raises(ValueError, match="zeros takes 0 arguments, but 1 given"):
        Call("zeros", (1,)).bind([], {})
