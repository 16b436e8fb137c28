"""The command line: parses, calls the library, prints; errors become one line and an exit code.

Exit codes: 0 done, 1 the work failed, 2 wrong input. Modules that need long to import are imported
inside the commands, so that help is there at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cyclopts import App, CycloptsError

from ziffern import __version__
from ziffern.cli import collect, data, mistakes, output, recipes, runs, scratch
from ziffern.cli.calibrate import calibrate
from ziffern.cli.compare import compare
from ziffern.cli.ensemble import ensemble
from ziffern.cli.evaluate import evaluate
from ziffern.cli.explain import explain
from ziffern.cli.explain_reading import explain_reading
from ziffern.cli.explore import explore
from ziffern.cli.export import export
from ziffern.cli.info import info
from ziffern.cli.inspect import inspect
from ziffern.cli.models import check, report
from ziffern.cli.normalise import normalise
from ziffern.cli.predict import predict
from ziffern.cli.read import read
from ziffern.cli.serve import serve
from ziffern.cli.shipped import models
from ziffern.cli.speedrun import speedrun
from ziffern.cli.train import train
from ziffern.errors import ZiffernError
from ziffern.memory import ran_out

app = App(
    name="ziffern",
    version=__version__,
    help="A workbench for handwritten digits: clamp any network in, train it, know how good it is.",
    help_format="plaintext",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,
)
# in help as one works: train, judge, use; then what there is
app.command(train, sort_key=1)
app.command(evaluate, sort_key=2)
app.command(compare, sort_key=3)
app.command(ensemble, sort_key=4)
app.command(speedrun, sort_key=4)
app.command(predict, sort_key=5)
app.command(read, sort_key=5)
app.command(serve, sort_key=5)
app.command(normalise, sort_key=5)
app.command(explain_reading, sort_key=5)
app.command(inspect, sort_key=6)
app.command(report, sort_key=6)
app.command(check, sort_key=7)
app.command(calibrate, sort_key=7)
app.command(export, sort_key=8)
app.command(models, sort_key=9)
app.command(runs.app)
app.command(recipes.app)
app.command(data.app)
app.command(collect.app)
app.command(scratch.app)
app.command(explore, sort_key=9)
app.command(explain, sort_key=9)
app.command(info, sort_key=20)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output.survive_encodings()
    with output.notes_from_library(), _ending_like_ctrl_c(signal.SIGTERM):
        try:
            code = app(given, exit_on_error=False, print_error=False, result_action="return_value")
            sys.stdout.flush()
        except CycloptsError as error:
            return _fail(mistakes.sentence(error), 2)
        except ZiffernError as error:
            return _fail(str(error), error.exit_code)
        except KeyboardInterrupt:
            return _fail("interrupted", 1)
        except BrokenPipeError:
            # the reader of our output is gone, as in `ziffern runs list | head`
            _leave_stdout()
            return 0
        except (MemoryError, ModuleNotFoundError, OSError, RuntimeError) as error:
            reason = _reason(error)
            if reason is None:
                raise
            return _fail(reason, 1)
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    print(f"ziffern: {message}", file=sys.stderr)
    return code


def _reason(error: Exception) -> str | None:
    """Say in one line what the machine lacks; None for what is a fault of the program."""
    if isinstance(error, ModuleNotFoundError):
        missing = (error.name or "").partition(".")[0]
        if missing == "ziffern":
            return None
        return f"{missing} is not installed; install it with: pip install 'ziffern[all]'"
    if isinstance(error, OSError):
        if error.filename is None:  # our own files have names: this is the output
            _leave_stdout()
            return f"cannot write the output: {error.strerror or error}"
        return f"{error.filename}: {error.strerror or error}"
    if ran_out(error):
        return "out of memory; lower train.batch_size, or use a smaller network or fewer pictures"
    return None


def _leave_stdout() -> None:
    """Send what is still to be written to nowhere, so that Python does not fail at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _ending_like_ctrl_c(number: signal.Signals) -> Iterator[None]:
    """Treat a request to end like Ctrl-C: keep what was learnt."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(number, interrupt)
    except ValueError:  # not in the main thread: somebody embeds us and keeps their own handling
        yield
        return
    try:
        yield
    finally:
        signal.signal(number, before)
