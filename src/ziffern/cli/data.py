"""`ziffern data`: what datasets there are, what is in them, and fetching them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json

if TYPE_CHECKING:
    from ziffern.datasets.download import Progress

app = App(name="data", help="List, show and fetch datasets.", sort_key=12)


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the datasets of the catalogue, your own entries included."""
    from ziffern.datasets import catalogue

    entries = [catalogue.entry(name) for name in catalogue.names()]
    rows = [
        {
            "name": entry.name,
            "title": entry.title,
            "task": entry.task,
            "train": entry.sizes.get("train") if entry.sizes else None,
            "test": entry.sizes.get("test") if entry.sizes else None,
            "licence": entry.licence,
        }
        for entry in entries
    ]
    if json:
        output.emit_json({"datasets": rows})
        return
    output.table(
        ["name", "title", "train>", "test>", "licence"],
        [
            [
                row["name"],
                row["title"],
                "–" if row["train"] is None else f"{row['train']:,}",
                "–" if row["test"] is None else f"{row['test']:,}",
                row["licence"],
            ]
            for row in rows
        ],
    )


@app.command
def show(name: str, /, *, data_dir: DataFolder = None, json: Json = False) -> None:
    """Show a dataset: where it comes from, sizes, classes, hash, licence, citation.

    Parameters
    ----------
    name:
        A name of the catalogue, or the path of a folder or .npz file.
    """
    from ziffern import datasets

    dataset = datasets.load(name, data_dir=data_dir, progress=progress())
    train, counts, sizes = dataset.train, dataset.class_counts("train"), dataset.entry.sizes
    # the test set stays sealed, so its size is what the catalogue says
    test = None if dataset.is_sample else sizes.get("test")
    writers = None if train.writers is None else len(set(train.writers.tolist()))
    nondigits = 0 if train.nondigits is None else len(train.nondigits)
    found = {
        "name": dataset.name,
        "title": dataset.title,
        "origin": dataset.origin,
        "is_sample": dataset.is_sample,
        "train": len(train),
        "test": test,
        "writers": writers,
        "class_counts": counts,
        "no_digit": nondigits,
        "sha256": dataset.sha256("train"),
        "licence": dataset.licence,
        "citation": dataset.citation,
    }
    if json:
        output.emit_json(found)
        return
    output.facts(
        [
            ("name", f"{dataset.name} ({dataset.title})"),
            ("from", dataset.origin),
            ("train", f"{len(train):,} pictures" + (f" by {writers:,} writers" if writers else "")),
            ("test", "not opened" if test is None else f"{test:,} pictures, not opened"),
            (
                "classes",
                ", ".join(f"{label}:\N{NO-BREAK SPACE}{n:,}" for label, n in counts.items())
                + (f"; no digit: {nondigits:,}" if nondigits else ""),
            ),
            ("SHA-256", found["sha256"]),
            ("licence", dataset.licence or "not stated"),
            ("citation", dataset.citation or "not stated"),
        ]
    )


@app.command
def fetch(name: str, /, *, data_dir: DataFolder = None, json: Json = False) -> None:
    """Fetch a dataset into the cache, verified.

    Parameters
    ----------
    name:
        A name of the catalogue.
    """
    from ziffern import datasets

    folder = datasets.fetch(name, data_dir=data_dir, progress=progress())
    if json:
        output.emit_json({"name": name, "folder": str(folder)})
    else:
        print(f"{name} is in {folder}")


def progress() -> Progress | None:
    """Return a callback that shows a download on the terminal, None where nobody looks."""
    import sys

    if not sys.stderr.isatty():
        return None

    def show_bytes(address: str, done: int, total: int | None) -> None:
        share = f" of {total / 1e6:.1f}" if total else ""
        end = "\n" if total and done >= total else ""
        text = f"\r{address.rsplit('/', 1)[-1]}: {done / 1e6:.1f}{share} MB"
        print(text, file=sys.stderr, end=end, flush=True)

    return show_bytes
