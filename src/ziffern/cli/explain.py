"""`ziffern explain`: a topic of a course, computed anew, as a short text and an album."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Json


def explain(
    topic: str,
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(metavar="DIR", help="Where to write; explain-TOPIC if not given."),
    ] = None,
    json: Json = False,
) -> None:
    """Explain a topic with pictures and numbers that are computed for it.

    Parameters
    ----------
    topic:
        One of activations, optimizers, convolution, batchnorm, softmax, overfitting.
    """
    from ziffern.explain import topics

    topics.check(topic)
    # what needs long to import comes after what can be wrong
    from ziffern.album import topic as album
    from ziffern.album.page import write_album

    with output.steps(quiet=json) as progress:
        if progress is not None:
            progress(0, 2, "computing")
        told = topics.explain(topic)
        if progress is not None:
            progress(1, 2, "drawing")
        page = write_album(
            out or Path(f"explain-{topic}"), told.title, album.steps(told), summary=told.headline
        )
    if json:
        output.emit_json(
            {
                "topic": topic,
                "title": told.title,
                "headline": told.headline,
                "album": str(page),
                "sections": [
                    {"name": section.name, "title": section.title, "text": section.text}
                    for section in told.sections
                ],
                "numbers": told.numbers,
            }
        )
        return
    output.text(f"{told.title}. {told.headline}")
    for section in told.sections:
        print()
        output.text(f"{section.title}\n{section.text}")
    print(f"\nalbum: {page}")
