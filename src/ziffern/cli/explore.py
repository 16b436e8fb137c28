"""`ziffern explore`: an album of pictures of what a dataset holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ziffern.cli import data, output
from ziffern.cli.options import DataFolder, Json, whole


def explore(
    dataset: str,
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(metavar="DIR", help="Where to write; explore-DATASET if not given."),
    ] = None,
    limit: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=whole,
            help="At most N pictures of each part, drawn by lot, for a quick look.",
        ),
    ] = None,
    perplexity: Annotated[
        float | None,
        Parameter(metavar="P", help="About how many neighbours t-SNE keeps; 30 if not given."),
    ] = None,
    seed: Annotated[
        int,
        Parameter(metavar="N", converter=whole, help="Of draws, clusters, maps and trainings."),
    ] = 0,
    data_dir: DataFolder = None,
    json: Json = False,
) -> None:
    """Look at a dataset: samples, balance, handwriting, maps, duplicates, doubtful labels.

    Parameters
    ----------
    dataset:
        A name of the catalogue, or the path of a folder or .npz file.
    """
    from ziffern import datasets
    from ziffern.album.dataset import steps
    from ziffern.album.page import write_album

    loaded = datasets.load(dataset, data_dir=data_dir, progress=data.progress())
    numbers: dict[str, Any] = {}
    work = steps(loaded, limit=limit, perplexity=perplexity, seed=seed, numbers=numbers)
    facts = [("from", loaded.origin), ("licence", loaded.licence or "not stated")]
    if limit is not None:
        facts.append(("of each part", f"at most {limit:,} pictures, drawn by lot"))
    with output.steps(quiet=json) as progress:
        page = write_album(
            out or Path(f"explore-{loaded.name}"),
            loaded.title,
            work,
            summary="What this dataset holds: pictures, labels, and how they relate.",
            facts=facts,
            progress=progress,
        )
    if json:
        output.emit_json(
            {
                "dataset": loaded.name,
                "album": str(page),
                "is_sample": loaded.is_sample,
                "seed": seed,
                "limit": limit,
                **numbers,
            }
        )
        return
    for reason in numbers.get("left_out", {}).values():
        output.note(f"note: left out: {reason}")
    print(f"album: {page}")
