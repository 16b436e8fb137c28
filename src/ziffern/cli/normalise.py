"""`ziffern normalise`: how a picture becomes what a network sees, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ziffern.cli import drawing, output
from ziffern.cli.options import Json


def normalise(
    image: Path,
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Draw every step into a .png, .svg or .pdf file."),
    ] = None,
    digit: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Write the result itself, 28×28 pixels, as a .png file."),
    ] = None,
    json: Json = False,
) -> None:
    """Show how a picture of one digit is prepared for a network: every step of the contract.

    Parameters
    ----------
    image:
        A picture file with one digit, dark on light or light on dark, of any size.
    """
    from ziffern.cli.predict import picture_lines
    from ziffern.contract import steps
    from ziffern.errors import InputError

    if out is not None:
        drawing.check(out, "--out")
        drawing.check_source(out, "--out", image)
    if digit is not None:
        if digit.suffix.lower() != ".png":
            raise InputError(f"--digit {digit}: expected a name that ends in .png")
        drawing.check_source(digit, "--digit", image)
    found = steps(image)
    result = found[-1].picture
    written = {}
    if out is not None:
        from ziffern.figures.preparation import preparation_figure

        written["drawing"] = drawing.save(preparation_figure(found, title=image.name), out)
    if digit is not None:
        written["digit"] = _save(result, digit)
    if json:
        told = [{"name": step.name, "text": step.text} for step in found]
        output.emit_json({"image": str(image), "steps": told, "pixels": result.tolist(), **written})
        return
    output.facts([(step.name, step.text) for step in found])
    print()
    for line in picture_lines(result):
        print(f"  {line}".rstrip())
    if written:
        print()
        output.facts(list(written.items()))


def _save(picture: object, path: Path) -> str:
    import io

    import numpy as np
    from PIL import Image

    from ziffern.files import write_atomic

    buffer = io.BytesIO()
    Image.fromarray(np.asarray(picture, dtype=np.uint8)).save(buffer, format="PNG")
    return str(write_atomic(path, buffer.getvalue()))
