"""Everything that can go wrong, as one tree of exceptions.

Code anywhere raises one of these with a message that names what was given, what was expected and
the nearest right thing. Only the edges translate them: the command line into one line and an exit
code, a server into a problem document. Nothing here prints or exits.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class ZiffernError(Exception):
    """Base of all errors that Ziffern raises on purpose. Its message is fit for the user's eyes."""

    exit_code = 1


class InputError(ZiffernError):
    """What the user gave cannot be used (exit code 2)."""

    exit_code = 2


class RecipeError(InputError):
    """A recipe has mistakes; `problems` holds all of them, one line each."""

    def __init__(self, where: str, problems: Sequence[str] = ()) -> None:
        self.where = where
        self.problems = list(problems)
        if not self.problems:
            text = where
        elif len(self.problems) == 1:
            text = f"{where}: {self.problems[0]}"
        else:
            listed = "\n".join(f"  {problem}" for problem in self.problems)
            text = f"{where}: {len(self.problems)} mistakes\n{listed}"
        super().__init__(text)


class DataError(InputError):
    """A dataset or picture is unknown, damaged or of an unusable form."""


class RunError(InputError):
    """A run folder or model file is missing, damaged or does not fit."""


class WorkError(ZiffernError):
    """The input was right but the work failed: diverged, disk full, nothing downloadable."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return ``": did you mean 'marvin'?"``, or the known names when none is near.

    >>> did_you_mean("marvn", ["marvin", "quick"])
    ": did you mean 'marvin'?"
    >>> did_you_mean("xyz", ["marvin", "quick"])
    '; known: marvin, quick'
    """
    names = sorted(known)
    by_lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(given.lower(), by_lower, n=3, cutoff=0.6)
    if near:
        return f": did you mean {' or '.join(repr(by_lower[name]) for name in near)}?"
    return f"; known: {', '.join(names)}" if names else ""
