"""The command line: parses, calls the library, prints; errors become one line and an exit code.

Exit codes: 0 done, 1 the work failed, 2 wrong input. Modules that need long to import are imported
inside the commands, so that help is there at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from cyclopts import App, CycloptsError

from ziffern import __version__
from ziffern.cli import data, models, output, recipes, runs, train
from ziffern.errors import ZiffernError

app = App(
    name="ziffern",
    version=__version__,
    help="A workbench for handwritten digits: clamp any network in, train it, know how good it is.",
    help_format="plaintext",
    version_flags=["--version"],
)
app.command(models.info)
app.command(data.app)
app.command(recipes.app)
app.command(train.train)
app.command(models.evaluate)
app.command(models.predict)
app.command(runs.app)
app.command(models.report)
app.command(models.check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    output.show_warnings()
    _stop_on(signal.SIGTERM)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(given, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(f"{error} (ziffern --help lists all)", 2)
    except ZiffernError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", 1)
    except BrokenPipeError:
        # the reader of our output is gone, as in `ziffern runs list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _fail("out of memory; lower train.batch_size or use fewer pictures", 1)
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    print(f"ziffern: {message}", file=sys.stderr)
    return code


def _stop_on(number: signal.Signals) -> None:
    """Treat a request to end like Ctrl-C: keep what was learnt."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        signal.signal(number, interrupt)
    except ValueError:  # not in the main thread: somebody embeds us and keeps their own handling
        return
