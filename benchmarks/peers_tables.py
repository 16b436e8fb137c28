"""What `peers.py` has measured as Markdown tables: medians, ratios, and who is ahead.

A cell holds the median over the rounds and in brackets Ziffern ÷ peer: the median of the ratios
within rounds, their lowest and highest. The last column says of each peer whether Ziffern is ahead
in every cell of the row, or in which it is behind. Nothing is estimated: what was not measured is
"–", what failed says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Line = dict[str, Any]
TARGETS = (0.990, 0.995, 0.997)
NONE = "–"


@dataclass(frozen=True)
class Column:
    """One measure: its heading, its value in an answer, how it is written, which way is better."""

    heading: str
    value: Callable[[Line], float | None]
    form: str = "{:,.0f}"
    more_is_better: bool = False
    compared: bool = True

    @property
    def name(self) -> str:
        """The heading without its unit."""
        return self.heading.partition(",")[0]


def item(name: str) -> Callable[[Line], float | None]:
    """Return what takes one value from an answer."""
    return lambda line: line.get(name)


def time_to(target: float) -> Callable[[Line], float | None]:
    """Return what takes the seconds of training after which a validation accuracy was reached."""

    def found(line: Line) -> float | None:
        rows = line.get("history", [])
        return next((r["seconds"] for r in rows if r["validation_accuracy"] >= target), None)

    return found


MEMORY = Column("peak memory, MiB", item("peak_memory_mib"))
TRAIN = (Column("training, images/s", item("images_per_second"), more_is_better=True), MEMORY)
PREDICT = (
    Column("batch of 1, images/s", item("images_per_second_1"), more_is_better=True),
    Column("batch of 256, images/s", item("images_per_second_256"), more_is_better=True),
    Column("peak memory, MiB", item("memory_mib")),
)
FIT = (
    *(Column(f"s to {100 * t:.1f} %", time_to(t), "{:,.1f}") for t in TARGETS),
    Column("s in all", item("seconds"), "{:,.1f}", compared=False),
    Column("test accuracy, %", lambda line: _percent(line.get("test_accuracy")), "{:.2f}", True),
    Column("peak memory, MiB", item("peak_memory_mib"), compared=False),  # of other networks
)
SECONDS = Column("time, s", item("seconds"), "{:.2f}")


def tables(lines: Sequence[Line], sizes: Mapping[str, float | None]) -> str:
    """Return all tables for which there are answers.

    Args:
        lines: keys and answers as `measuring.answers` gives them.
        sizes: MiB of each environment.
    """
    parts = []
    if any(size is not None for size in sizes.values()):
        parts.append(_start(lines, sizes))
    for task, columns, title in (
        ("first", (SECONDS, MEMORY), "From the start to the first answer"),
        ("train", TRAIN, "Training"),
        ("predict", PREDICT, "Prediction"),
    ):
        here = [line for line in lines if line["task"] == task]
        for network in dict.fromkeys(line["network"] for line in here):
            rows = [line for line in here if line["network"] == network]
            parts.append(f"**{title}: {network}**\n\n" + _table(rows, columns, "title"))
    if fits := [line for line in lines if line["task"] == "fit"]:
        named = [line | {"row": f"{line['title']}, {line['network']}"} for line in fits]
        parts.append("**Time to an accuracy**\n\n" + _table(named, FIT, "row"))
        if any("history" in line and line["epochs"] < line["epochs_of_recipe"] for line in fits):
            parts.append("Trainings in brackets were not carried to their end.")
    if costs := _int8(lines):
        parts.append(costs)
    failed = [f"- {_name(line)}: {line['error']}" for line in lines if line.get("error")]
    if failed:
        parts.append("Failed:\n\n" + "\n".join(failed))
    return "\n\n".join(parts) + "\n"


def _table(lines: Sequence[Line], columns: Sequence[Column], label: str) -> str:
    rows = {name: [x for x in lines if x[label] == name] for name in _names(lines, label)}
    ours = {name: found for name, found in rows.items() if name.startswith("Ziffern")}
    rounds = max(line["round"] for line in lines)
    out = [
        f"| n = {rounds} | " + " | ".join(column.heading for column in columns) + " | Ziffern is |",
        "|---" * (len(columns) + 2) + "|",
    ]
    best = {column.heading: _best(ours, column) for column in columns}
    for name, found in rows.items():
        cells, behind, compared = [], [], 0
        for column in columns:
            cell = _cell(found, column)
            reference = best[column.heading]
            if name in ours or not column.compared:
                pass
            elif reference:
                ratios = _ratios(ours[reference], found, column)
                if ratios:
                    cell += f" (× {median(ratios):.2f}; {min(ratios):.2f}–{max(ratios):.2f})"
                    compared += 1
                    middle = median(ratios)
                    if (middle < 1) if column.more_is_better else (middle > 1):
                        behind.append(column.name)
            elif ours and _values(found, column):
                behind.append(column.name)  # reached by the peer alone
                compared += 1
            cells.append(cell)
        mark = "" if name in ours else NONE
        if compared:
            mark = "behind: " + ", ".join(behind) if behind else "ahead"
        out.append(f"| {_carried(name, found)} | " + " | ".join(cells) + f" | {mark} |")
    compared_with = {best[column.heading] or "" for column in columns if column.compared} - {""}
    if len(ours) > 1 and len(rows) > len(ours):
        out += ["", "Compared with, column by column: " + "; ".join(sorted(compared_with)) + "."]
    return "\n".join(out)


def _best(ours: Mapping[str, Sequence[Line]], column: Column) -> str | None:
    """Return Ziffern's best row in a column; int8 does not count, for it answers differently."""
    middles = {
        name: median(values)
        for name, lines in ours.items()
        if "int8" not in name and (values := _values(lines, column))
    }
    if not middles:
        return None
    return (max if column.more_is_better else min)(middles, key=lambda name: middles[name])


def _ratios(ours: Sequence[Line], peers: Sequence[Line], column: Column) -> list[float]:
    """Return Ziffern ÷ peer in each round in which both have a value.

    A long training is done once: it stands beside each round of the other.
    """
    own = {line["round"]: column.value(line) for line in ours}
    other = {line["round"]: column.value(line) for line in peers}
    if len(own) == 1 or len(other) == 1:
        pairs = [(a, b) for a in own.values() for b in other.values()]
    else:
        pairs = [(own[number], other[number]) for number in sorted(own.keys() & other.keys())]
    return [a / b for a, b in pairs if a and b]


def _values(lines: Sequence[Line], column: Column) -> list[float]:
    return [value for line in lines if (value := column.value(line)) is not None]


def _cell(lines: Sequence[Line], column: Column) -> str:
    values = _values(lines, column)
    if not values:
        return "failed" if all(line.get("error") for line in lines) else NONE
    text = column.form.format(median(values))
    # a target that was not reached in every round
    good = sum("error" not in line for line in lines)
    return text if len(values) == good else f"{text} in {len(values)} of {good}"


def _carried(name: str, lines: Sequence[Line]) -> str:
    """Return a row's name, and how far its training was carried where that is not to the end."""
    done = {(line["epochs"], line["epochs_of_recipe"]) for line in lines if "history" in line}
    short = [f"{made} of {whole} epochs" for made, whole in sorted(done) if made < whole]
    return f"({name}, {short[0]})" if short else name


def _start(lines: Sequence[Line], sizes: Mapping[str, float | None]) -> str:
    imports = [line for line in lines if line["task"] == "import"]
    out = ["**Installation and import**", "", "| | installed, MiB | import, s |", "|---|---|---|"]
    for name, size in sizes.items():
        cell = _cell([line for line in imports if line["title"] == name], SECONDS)
        out.append(f"| {name} | {NONE if size is None else f'{size:,.0f}'} | {cell} |")
    return "\n".join(out)


def _int8(lines: Sequence[Line]) -> str:
    """Return what quantisation costs in accuracy, where trained models were quantised."""
    found = {line["network"]: line for line in lines if "accuracy_float32" in line}
    if not found:
        return ""
    out = [
        "**What int8 costs**, on the validation digits",
        "",
        "| | float32, % | int8, % | points | file, kB |",
        "|---|---|---|---|---|",
    ]
    for name, line in found.items():
        exact, rounded = 100 * line["accuracy_float32"], 100 * line["accuracy"]
        kilobytes = f"{line['bytes_float32'] / 1000:,.0f} → {line['bytes'] / 1000:,.0f}"
        row = f"{exact:.2f} | {rounded:.2f} | {rounded - exact:+.2f} | {kilobytes}"
        out.append(f"| {name} | {row} |")
    return "\n".join(out)


def _names(lines: Sequence[Line], label: str) -> list[str]:
    """Return the rows' names, Ziffern's first."""
    found = dict.fromkeys(str(line[label]) for line in lines)
    return sorted(found, key=lambda name: (not name.startswith("Ziffern"), name))


def _name(line: Line) -> str:
    return " ".join(str(line[key]) for key in ("task", "network", "title", "round"))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
