"""`ziffern recipes`: which recipes there are and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from ziffern.cli import drawing, output, schedules
from ziffern.cli.options import Changes, Json

if TYPE_CHECKING:
    from ziffern.recipe import Recipe

app = App(name="recipes", help="List, show and draw recipes.", sort_key=11)
app.command(schedules.command, name="schedules")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the shipped recipes."""
    from ziffern import measured, recipe

    rows: list[dict[str, Any]] = []
    for name in recipe.names():
        loaded = recipe.load(name)
        found = measured.of(name)
        rows.append(
            {
                "name": name,
                "title": loaded.title,
                "source": loaded.source,
                "parameters": loaded.parameters,
                "multiply_adds": loaded.multiply_adds,
                "reported_accuracy": loaded.reported.accuracy if loaded.reported else None,
                "measured": found,
            }
        )
    if json:
        output.emit_json({"recipes": rows})
        return
    output.table(
        ["name", "source", "parameters>", "multiply-adds>", "reported>", "measured>"],
        [
            [
                row["name"],
                row["source"],
                f"{row['parameters']:,}",
                f"{row['multiply_adds']:,}",
                output.percent(row["reported_accuracy"]),
                output.percent(row["measured"]["accuracy"]) if row["measured"] else "–",
            ]
            for row in rows
        ],
    )


@app.command
def show(
    name: str,
    /,
    *,
    set_: Changes = None,
    schedule: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="Draw the learning rates of the training into this .png, .svg or .pdf.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a recipe: layer table as Keras's summary with multiply-adds, settings, results.

    Parameters
    ----------
    name:
        A recipe's name or file.
    """
    from ziffern import measured, recipe

    if schedule is not None:
        drawing.check(schedule, "--schedule")
    loaded = recipe.load(name, recipe.parse_changes(set_ or []))
    network, found = loaded.network, measured.of(loaded.name)
    drawn = None if schedule is None else schedules.draw(loaded, schedule)
    if json:
        output.emit_json(
            {
                **loaded.model_dump(),
                "network": [
                    {
                        "name": stage.name,
                        "layer": str(stage.layer),
                        "type": stage.kind,
                        "output_shape": list(stage.output_shape),
                        "parameters": stage.parameters,
                        "multiply_adds": stage.multiply_adds,
                    }
                    for stage in network.stages
                ],
                "parameters": loaded.parameters,
                "trainable_parameters": loaded.trainable_parameters,
                "multiply_adds": loaded.multiply_adds,
                "averaging": loaded.predict.copies.pictures,
                "networks": loaded.networks,
                "measured": found,
                "schedule_picture": drawn,
            }
        )
        return
    print(f"{loaded.title} ({loaded.name}): {loaded.summary}\n")
    output.table(
        ["layer", "type", "output shape", "parameters>", "multiply-adds>"],
        [
            [
                stage.name,
                stage.kind,
                f"({', '.join(['None', *map(str, stage.output_shape)])})",
                f"{stage.parameters:,}",
                f"{stage.multiply_adds:,}",
            ]
            for stage in network.stages
        ],
        droppable=["type"],
    )
    print()
    frozen = network.parameters - network.trainable_parameters
    output.facts(
        [
            (
                "parameters",
                f"{network.parameters:,}"
                + (f" ({frozen:,} of them not trained)" if frozen else ""),
            ),
            ("multiply-adds", f"{network.multiply_adds:,} a picture{_averaging(loaded)}"),
            *([("ensemble", _ensemble(loaded))] if loaded.ensemble else []),
            ("source", loaded.source or "–"),
            ("data", _data(loaded)),
            ("augmentation", _line(loaded.augment) or "none"),
            ("optimiser", _line(loaded.optimizer)),
            ("schedule", _line(loaded.schedule) or "constant"),
            ("learning rate", schedules.line(loaded)),
            ("training", _training(loaded)),
            ("reported", _reported(loaded)),
            ("measured", _measured(found)),
            *([("schedule picture", drawn)] if drawn else []),
        ]
    )


def _averaging(loaded: Recipe) -> str:
    """Say what averaging over copies costs, where a recipe asks for it."""
    if not (copies := str(loaded.predict.copies)):
        return ""
    cost = loaded.predict.copies.pictures * loaded.network.multiply_adds
    return f"; {cost:,} to answer it, together with {copies}"


def _ensemble(loaded: Recipe) -> str:
    """Say what several networks come to."""
    assert loaded.ensemble is not None
    what = "probabilities" if loaded.ensemble.vote == "mean" else "logits"
    return (
        f"{loaded.networks} such networks, {loaded.parameters:,} parameters; "
        f"the mean of their {what}"
    )


def _data(loaded: Recipe) -> str:
    data = loaded.data
    held_out = (
        f"{data.validation:,} pictures"
        if isinstance(data.validation, int)
        else f"{data.validation:.0%} of the training pictures"
    )
    if data.held_out == "last":
        held_out = f"the last {held_out}"
    if data.held_out == "writers":
        held_out += ", whole writers,"
    parts = [
        data.dataset,
        f"{data.scale} scale",
        f"{held_out} held out for validation" if data.validation else "no validation set",
        "stratified" if data.stratified else "",
        f"split by seed {data.split_seed}" if data.split_seed is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _training(loaded: Recipe) -> str:
    train = loaded.train
    epochs = "1 epoch" if train.epochs == 1 else f"{train.epochs} epochs"
    given = train.model_dump(include=train.model_fields_set - {"epochs", "batch_size", "seed"})
    rest = _line(given)
    return f"{epochs}, batches of {train.batch_size}, seed {train.seed}" + (rest and f", {rest}")


def _line(table: dict[str, Any]) -> str:
    """Write a table of settings in one line; what has a name begins with it."""
    words = []
    for key, value in table.items():
        if key == "name":
            words.append(str(value))
        elif isinstance(value, dict):
            words.append(f"{key} ({_line(value)})")
        elif value is not None:
            words.append(f"{key} {value}")
    return ", ".join(words)


def _reported(loaded: Recipe) -> str:
    reported = loaded.reported
    if reported is None:
        return "–"
    parts = [
        f"accuracy {reported.accuracy:.2%}" if reported.accuracy is not None else "",
        f"loss {reported.loss:.4f}" if reported.loss is not None else "",
        f"after {reported.epochs} epochs" if reported.epochs is not None else "",
        reported.note,
    ]
    return ", ".join(part for part in parts if part)


def _measured(found: dict[str, Any] | None) -> str:
    if not found:
        return "– (not measured yet)"
    spread = "" if found["accuracy_sd"] is None else f" ± {found['accuracy_sd']:.2%}"
    seeds = "1 seed" if found["n"] == 1 else f"{found['n']} seeds"
    return (
        f"accuracy {found['accuracy']:.2%}{spread}, loss {found['loss']:.4f} "
        f"on the test set (n = {seeds})"
    )
