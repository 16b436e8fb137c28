"""`ziffern export`: write a trained model in a form that other programs use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Json, RunsFolder


def export(
    model: str,
    /,
    *,
    to: Annotated[Literal["onnx"], Parameter(help="The form: onnx, for ONNX Runtime and others.")],
    out: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="The file to write; model.onnx in the model's folder."),
    ] = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Write a trained model in a form that other programs use, with its preprocessing contract.

    Parameters
    ----------
    model:
        A run's name, a unique part of it, its path, or latest; a shipped model's name; or a folder
        with model.json.
    """
    from ziffern import shipped
    from ziffern.errors import InputError
    from ziffern.evaluation.model import folder, saved_of
    from ziffern.exchange import onnx_writer

    saved = saved_of(model, runs)
    if out is not None and out.suffix.lower() != f".{to}":
        raise InputError(f"--out {out}: expected a file that ends in .{to}")
    if out is None:
        # what ships with Ziffern is not written over
        where = Path() if model in shipped.names() else folder(model, runs)
        out = where / onnx_writer.FILE
    path = onnx_writer.write(out, saved)
    if json:
        output.emit_json({"model": saved.name, "to": to, "file": str(path)})
    else:
        print(f"{to}: {path} ({path.stat().st_size:,} bytes)")
