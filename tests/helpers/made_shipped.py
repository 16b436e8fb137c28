"""Folders of shipped models with only what is needed to answer; whole ones are tools/ship.py's."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from ziffern import modelfile, shipped
from ziffern.exchange import onnx_writer
from ziffern.files import write_json
from ziffern.modelfile import SavedModel


def made_shipped(models: Path, name: str, saved: SavedModel) -> Path:
    """Make a model one of those in `models`; `shipped.FOLDER` has to be set to that."""
    folder = models / name
    saved = dataclasses.replace(saved, name=name)
    modelfile.save(folder, saved)
    onnx_writer.write(folder / onnx_writer.FILE, saved)
    hashes = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in shipped.MODEL
    }
    write_json(folder / shipped.CARD, {"format": shipped.FORMAT, "name": name, "files": hashes})
    return folder
