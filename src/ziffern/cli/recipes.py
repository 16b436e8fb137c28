"""`ziffern recipes`: which recipes there are and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from ziffern.cli import output
from ziffern.cli.output import Json

app = App(name="recipes", help="List and show recipes.")


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
                "parameters": loaded.network.parameters,
                "multiply_adds": loaded.network.multiply_adds,
                "reported_accuracy": loaded.reported.accuracy if loaded.reported else None,
                "measured": found,
            }
        )
    if json:
        output.emit_json({"recipes": rows})
        return
    columns = ["name", "source", "parameters>", "multiply-adds>", "reported>", "measured>"]
    output.table(
        "",
        columns,
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
    set_: Annotated[
        list[str] | None, Parameter(name="--set", negative=(), help="Change a value: a.b=c.")
    ] = None,
    schedule: Annotated[
        Path | None, Parameter(help="Draw the learning rates of the training into this picture.")
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

    loaded = recipe.load(name, recipe.parse_changes(set_ or []))
    network, found = loaded.network, measured.of(loaded.name)
    drawn = None if schedule is None else _draw(loaded, schedule)
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
                "parameters": network.parameters,
                "trainable_parameters": network.trainable_parameters,
                "multiply_adds": network.multiply_adds,
                "measured": found,
                "schedule_picture": drawn,
            }
        )
        return
    print(f"{loaded.title} ({loaded.name}): {loaded.summary}\n")
    output.table(
        "",
        ["layer", "type", "output shape", "parameters>", "multiply-adds>"],
        [
            [
                stage.name,
                stage.kind,
                ", ".join(["None", *map(str, stage.output_shape)]),
                f"{stage.parameters:,}",
                f"{stage.multiply_adds:,}",
            ]
            for stage in network.stages
        ],
    )
    frozen = network.parameters - network.trainable_parameters
    print()
    output.facts(
        [
            ("parameters", f"{network.parameters:,}"),
            ("trainable", f"{network.trainable_parameters:,} (not trained: {frozen:,})"),
            ("multiply-adds", f"{network.multiply_adds:,} for one picture"),
            ("source", loaded.source or "–"),
            ("data", _line({"dataset": loaded.data.dataset, **loaded.data.model_dump()})),
            ("augmentation", _line(loaded.augment) or "none"),
            ("optimiser", _line(loaded.optimizer)),
            ("schedule", _line(loaded.schedule) or "constant"),
            ("training", _line(loaded.train.model_dump(exclude_none=True))),
            ("reported", _reported(loaded)),
            ("measured", _measured(found)),
            *([("schedule picture", drawn)] if drawn else []),
        ]
    )


def _line(table: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in table.items() if value is not None)


def _reported(loaded: Any) -> str:
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
    return (
        f"accuracy {found['accuracy']:.2%} ± {found['accuracy_sd']:.2%}, loss {found['loss']:.4f} "
        f"on the test set (n = {found['n']} seeds)"
    )


def _draw(loaded: Any, path: Path) -> str:
    import io

    from ziffern import schedules
    from ziffern.errors import InputError
    from ziffern.figures.curves import schedule_figure
    from ziffern.files import write_atomic

    form = path.suffix.lstrip(".").lower()
    if form not in ("png", "svg", "pdf"):
        raise InputError(f"--schedule {path}: expected a name that ends in .png, .svg or .pdf")
    # the data decide how many steps an epoch has; MNIST's size is near enough for a picture
    steps = max(1, 54_000 // loaded.train.batch_size)
    _, rates = schedules.sample(
        loaded.schedule_record, loaded.optimizer_record.learning_rate, loaded.train.epochs, steps
    )
    buffer = io.BytesIO()
    schedule_figure(rates.tolist(), unit="step").savefig(buffer, format=form)
    return str(write_atomic(path, buffer.getvalue()))
