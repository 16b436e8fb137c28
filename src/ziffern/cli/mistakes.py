"""Mistakes on the command line in our words: what was given, what was expected, what is near."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from ziffern.errors import did_you_mean

KINDS = {int: "a whole number", float: "a number", bool: "no value"}


def sentence(error: CycloptsError) -> str:
    """Say in one line what is wrong and which command's help shows what is right."""
    helps = " ".join(["ziffern", *(error.command_chain or ()), "--help"])
    return f"{_problem(error)} (see {helps})"


def _problem(error: CycloptsError) -> str:
    match error:
        case UnknownCommandError(unused_tokens=[given, *_], app=app):
            option = given.startswith("-")
            names = [name for name in app or () if name.startswith("-") == option]
            kind, shown = ("option", given) if option else ("command", repr(given))
            return f"unknown {kind} {shown}{did_you_mean(given, names)}"
        case UnknownOptionError(token=token, argument_collection=arguments):
            given = token.keyword or token.value
            names = [name for known in arguments for name in known.names if name.startswith("--")]
            return f"unknown option {given}{did_you_mean(given, names)}"
        case UnusedCliTokensError(unused_tokens=[given, *_]):
            return f"unexpected {given!r}"
        case MissingArgumentError(argument=argument) if argument is not None:
            what = "needs a value" if argument.name.startswith("-") else "is missing"
            return f"{argument.name} {what}"
        case RepeatArgumentError(token=token):
            return f"{token.keyword} is given more than once"
        case CoercionError(token=token, argument=argument) if token and argument:
            name = token.keyword or argument.name
            return f"{name} {token.value!r}: expected {_expected(error.target_type)}"
        case _:
            return " ".join(str(error).split())


def _expected(wanted: Any) -> str:
    if get_origin(wanted) is Literal:
        return " or ".join(map(str, get_args(wanted)))
    return KINDS.get(wanted, "something else")
