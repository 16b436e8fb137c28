"""`ziffern speedrun`: how well and how fast, over several seeds, and the board of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Changes, DataFolder, Json, RunsFolder, whole
from ziffern.errors import InputError, WorkError, ZiffernError

if TYPE_CHECKING:
    from ziffern.speedrun.rows import Row

BOARD = Path("speedrun.md")


def speedrun(
    *recipe: Annotated[str, Parameter(name="RECIPE")],
    set_: Changes = None,
    seeds: Annotated[
        int,
        Parameter(
            metavar="K",
            converter=whole,
            help="Train K runs of each recipe, with seeds counting up from the recipe's.",
        ),
    ] = 3,
    target: Annotated[
        float | None,
        Parameter(metavar="SHARE", help="Tell whether this accuracy is reached, such as 0.997."),
    ] = None,
    reuse: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Take finished runs with the same settings, and their evaluations, as they are, "
            "and train only what is lacking.",
        ),
    ] = False,
    board: Annotated[
        Path, Parameter(metavar="FILE", help="The board's page; its data lie beside it.")
    ] = BOARD,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    device: Annotated[
        str, Parameter(metavar="DEVICE", help="auto (a GPU if there is one), cpu, cuda or mps.")
    ] = "auto",
    quiet: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Print the result only.")
    ] = False,
    json: Json = False,
) -> None:
    """Train recipes with several seeds: accuracy, time, cost, and a board of them.

    The test set is opened once for each seed, after its training.

    Parameters
    ----------
    recipe:
        Recipes by name, or paths of TOML files; Ziffern's own if none is given.
    """
    if target is not None and not 0 < target < 1:
        hint = f"; 99.7 % is 0.997, so write {target / 100:g}" if 1 < target < 100 else ""
        raise InputError(f"--target {target:g}: expected a share between 0 and 1{hint}")

    from ziffern.speedrun import board as boards
    from ziffern.speedrun.rows import rows
    from ziffern.speedrun.trials import measured, plan

    planned = plan(recipe, changes=set_ or [], seeds=seeds, on=device)
    boards.check(board)
    options: dict[str, Any] = {
        "runs": runs, "data_dir": data_dir, "on": device, "quiet": quiet, "reuse": reuse,
    }  # fmt: skip
    found: list[Row] = []
    stopped: KeyboardInterrupt | ZiffernError | None = None
    for trial in planned:
        done = []
        try:
            for run, evaluation in measured(trial, **options):
                done.append((run, evaluation))
                if not quiet:
                    output.note(f"{run.name}: {evaluation.accuracy:.2%} on the test set")
        except (KeyboardInterrupt, ZiffernError) as error:
            stopped = error
        here = rows(trial, done)
        entered = boards.enter(board, here, partial=len(done) < seeds)
        found += here
        if not json:
            for row in here:
                _tell(row, target)
        if stopped is not None:
            break
    if json:
        output.emit_json({"rows": [row.as_dict(target) for row in found], "board": str(board)})
    elif found:
        print(f"board: {board}")
    if target is not None and any(row.is_sample for row in found):
        output.note(
            "WARNING: this was trained and tested on a SAMPLE of the dataset. It says nothing "
            f"about {target:.2%} on the whole; give the data with --data-dir"
        )
    if isinstance(stopped, KeyboardInterrupt):
        kept = f"{len(done)} of {seeds} seeds of {trial.name} are finished"
        if done and not entered:
            kept += ", the row of before stays on the board"
        again = _again(recipe, set_ or [], seeds, target, board, data_dir, runs, device)
        raise WorkError(f"interrupted, {kept}; go on with: {again}")
    if stopped is not None:
        raise stopped


def _again(
    recipe: Sequence[str],
    changes: Sequence[str],
    seeds: int,
    target: float | None,
    board: Path,
    data_dir: str | None,
    runs: str,
    device: str,
) -> str:
    """Return the command that goes on where this one was interrupted."""
    words = ["ziffern", "speedrun", *recipe]
    for change in changes:
        words += ["--set", change]
    words += ["--seeds", str(seeds)]
    for option, value, default in (
        ("--target", target, None),
        ("--board", board, BOARD),
        ("--data-dir", data_dir, None),
        ("--runs", runs, "runs"),
        ("--device", device, "auto"),
    ):
        if value != default:
            words += [option, str(value)]
    return shlex.join([*words, "--reuse"])


def _tell(row: Row, target: float | None) -> None:
    seeds = [seed.seed for seed in row.seeds]
    times = f"{row.seconds:.1f} s, {row.images_per_second:,.0f} images/s"
    energy = "not told by this machine"
    if row.joules is not None:
        energy = f"{row.joules:,.0f} J (median; {', '.join(row.joules_of)})"
    pairs: list[tuple[str, object]] = [
        ("recipe", row.name),
        ("data", f"{row.data}, {row.seeds[0].n:,} test pictures"),
        ("seeds", ", ".join(map(str, seeds))),
        ("accuracy", _spread(row.accuracy)),
        ("95 % interval", _interval(row.accuracy)),
    ]
    if row.alone is not None:
        pairs.append(("without averaging", _spread(row.alone)))
    if target is not None:
        pairs.append((f"target {target:.2%}", _reached(row, target)))
    cost = f"{row.multiply_adds:,} a picture"
    if row.averaging > 1:
        cost += f", {row.averaging * row.multiply_adds:,} with its {row.averaging - 1} copies"
    pairs += [
        ("training", f"{times} (medians; {row.hardware}, {row.precision})"),
        ("energy", energy),
        ("parameters", f"{row.parameters:,}, {row.trainable_parameters:,} of them trained"),
        ("multiply-adds", cost),
        ("test looks", row.test_looks if row.test_looks == 1 else f"up to {row.test_looks}"),
    ]
    output.facts(pairs)
    print()


def _spread(found: Any) -> str:
    if found.sd is None:
        return f"{found.mean:.2%} (one seed)"
    return f"{found.mean:.2%} ± {found.sd:.2%} (mean ± standard deviation, n = {found.n} seeds)"


def _interval(found: Any) -> str:
    if found.interval95 is None:
        return "needs at least two seeds"
    low, high = found.interval95
    return f"{low:.2%} to {high:.2%} (of the mean, over seeds)"


def _reached(row: Row, target: float) -> str:
    reached = row.reaches(target)
    if reached is None:
        return "not judged: this is a sample of the data"
    mean, low = (None if each is None else "yes" if each else "no" for each in reached)
    return f"mean: {mean}; lower end of the interval: {low or 'needs at least two seeds'}"
