"""From a request to pictures: forms and JSON, files and arrays, all within the limits.

Nothing is decoded before the headers of all pictures have told their sizes, and only formats of
`ziffern.pictures` are. Bringing pictures into a network's form is `ziffern.contract`'s work.
"""

from __future__ import annotations

import asyncio
import binascii
import functools
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import orjson
from fastapi import Request
from PIL import Image, PngImagePlugin
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from ziffern.contract import Contract
from ziffern.pictures import FORMATS, KINDS, Pixels, grey, upright
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, Values, invalid, of_validation

SIDE = 28
SMALL = 100_000
"""Pixels of a request, and bytes of its files, that are decoded where they arrive, in up to 10 ms:
a batch of 100 pictures of 28×28, a canvas. More goes to another thread, so that nobody else has to
wait."""
FIELD = 10_000  # characters of a field that is no file

Given = TypeVar("Given", bound=BaseModel)
Result = TypeVar("Result")

_decoders = ThreadPoolExecutor(2, thread_name_prefix="decoder")
# Pillow unpacks notes while it reads a header, up to 64 MB of them; no picture here needs so many
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 2**20


@dataclass(frozen=True)
class Form:
    """A form: its files, as content and name, and its other fields, each with all its values."""

    files: list[tuple[bytes, str]]
    fields: dict[str, list[str]]


async def form_of(request: Request, limits: Limits) -> Form | None:
    """Return the form that a request brings; None if it brings JSON.

    Raises:
        Problem: neither of both, or too many files.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return None
    if kind != "multipart/form-data":
        raise Problem(
            "media-type", 415, f"expected application/json or multipart/form-data, got {kind!r}"
        )
    async with request.form(
        max_files=limits.files + 1, max_fields=100, max_part_size=FIELD
    ) as given:
        files: list[tuple[bytes, str]] = []
        fields: dict[str, list[str]] = {}
        for name, value in given.multi_items():
            if not isinstance(value, UploadFile):
                fields.setdefault(name, []).append(value)
            elif name == "files":
                files.append((await value.read(), value.filename or "picture"))
            else:
                raise invalid(f"/{name}", "unknown field for a file; files come in 'files'")
        return Form(files, fields)


async def json_of(request: Request, kind: type[Given]) -> tuple[Given, int]:
    """Return the JSON that a request brings, and how often `true` and `false` occur in it.

    Raises:
        Problem: no JSON, or of another form.
    """
    body = await request.body()
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem("not-json", 400, f"the body is no JSON: {error}") from error
    return model_of(values, kind), body.count(b"true") + body.count(b"false")


def model_of(values: Any, kind: type[Given]) -> Given:
    """Return values as a model of pydantic.

    Raises:
        Problem: they have another form.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise of_validation(error.errors(include_url=False, include_input=False)) from error


Opened = Pixels | Image.Image


def opened(value: Any, pointer: str, *, careful: bool = True) -> Opened:
    """Open a picture of JSON: rows of numbers, or the content of a file as base64.

    Args:
        value: what stands in the JSON.
        pointer: where it stands there.
        careful: whether `true` and `false` may occur among the numbers, which Python takes for 1
            and 0.

    Raises:
        Problem: neither of both, or no picture.
    """
    if isinstance(value, str):
        return opened_file(_decoded(value, pointer), pointer)
    try:
        if len(value) != SIDE or not isinstance(value, list):
            raise ValueError
        content = b"".join(map(bytes, value))  # refuses what is no whole number of 0 to 255
        if len(content) != SIDE * SIDE or set(map(len, value)) != {SIDE}:
            raise ValueError
        if careful and any(bool in map(type, row) for row in value):
            raise ValueError
    except (TypeError, ValueError, MemoryError, OverflowError) as error:
        rows = f"{SIDE} rows of {SIDE} whole numbers from 0 to 255"
        raise invalid(pointer, f"expected {rows}, or a picture file as base64") from error
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE)


def _decoded(text: str, pointer: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        plain = text.translate(_URL_SAFE) if "-" in text or "_" in text else text
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except ValueError as error:
        raise invalid(pointer, "expected base64 with the content of a picture file") from error


_URL_SAFE = str.maketrans("-_", "+/")


def opened_file(content: bytes, pointer: str) -> Image.Image:
    """Read the header of a picture file.

    Raises:
        Problem: no picture of a known format.
    """
    return _clear(pointer, lambda: Image.open(io.BytesIO(content), formats=FORMATS))


def levels(picture: Opened, pointer: str) -> Pixels:
    """Decode an opened picture as grey levels (H, W).

    Raises:
        Problem: it is damaged or cut short.
    """
    if isinstance(picture, np.ndarray):
        return picture

    def decode() -> Pixels:
        with picture:
            return grey(upright(picture))

    return _clear(pointer, decode)


def _clear(pointer: str, work: Callable[[], Result]) -> Result:
    """Do something with a picture file; whatever goes wrong becomes one problem."""
    try:
        return work()
    except MemoryError:
        raise
    except Exception as error:  # a decoder may fail in any way on a damaged file
        detail = f"no picture that can be read; expected {KINDS}"
        raise Problem(
            "unusable", 422, f"{pointer.lstrip('/')}: {detail}", errors=[(pointer, detail)],
            values={"what": "picture"},
        ) from error  # fmt: skip


async def pictures_of(
    given: Sequence[tuple[Any, str]],
    contracts: Sequence[Contract],
    limits: Limits,
    *,
    careful: bool = True,
) -> list[Pixels]:
    """Return pictures as models see them: for each contract uint8 (N, 28, 28).

    Args:
        given: each value of JSON, or content of a file, with its place in the request.
        contracts: how the models want them.
        limits: how many pictures and pixels there may be.
        careful: as in `opened`.

    Raises:
        Problem: none, too many, too large, or one of them is no picture.
    """
    if not given:
        raise invalid("/images", "expected at least one picture")
    if len(given) > limits.files:
        raise Problem(
            "too-large", 413, f"{len(given):,} pictures; expected at most {limits.files:,}",
            values={"what": "pictures", "most": limits.files},
        )  # fmt: skip
    loop = asyncio.get_running_loop()

    def read_headers() -> list[Opened]:
        return [
            opened_file(value, at)
            if isinstance(value, bytes)
            else opened(value, at, careful=careful)
            for value, at in given
        ]

    # files tell their size only once their header is read, and a header may be long to read
    files = sum(len(value) for value, _ in given if isinstance(value, bytes | str))
    if files <= SMALL:
        found = read_headers()
    else:
        found = await loop.run_in_executor(_decoders, read_headers)
    pixels = sum(
        picture.size if isinstance(picture, np.ndarray) else _area(picture) for picture in found
    )
    _check_pixels(pixels, limits)
    places = [at for _, at in given]
    if pixels <= SMALL:
        return _normalised(found, places, contracts)
    return await loop.run_in_executor(_decoders, _normalised, found, places, contracts)


async def one_of(given: tuple[Any, str], limits: Limits) -> Pixels:
    """Return one picture as it is: grey levels, or colours with or without transparency.

    Raises:
        Problem: as `pictures_of`.
    """
    value, at = given

    def work() -> Pixels:
        found = opened_file(value, at) if isinstance(value, bytes) else opened(value, at)
        if isinstance(found, np.ndarray):
            return found
        _check_pixels(_area(found), limits)
        return _clear(at, functools.partial(upright, found))

    return await asyncio.get_running_loop().run_in_executor(_decoders, work)


def _check_pixels(pixels: int, limits: Limits) -> None:
    if pixels > limits.pixels:
        most = f"expected at most {limits.pixels:,} together"
        values: Values = {"what": "pixels", "most": limits.pixels}
        raise Problem("too-large", 413, f"{pixels:,} pixels; {most}", values=values)


def _area(picture: Image.Image) -> int:
    return picture.width * picture.height


def _normalised(
    found: Sequence[Opened], places: Sequence[str], contracts: Sequence[Contract]
) -> list[Pixels]:
    grown: dict[tuple[int, int, str], Pixels] = {}
    pictures = [levels(picture, at) for picture, at in zip(found, places, strict=True)]
    for contract in contracts:
        form = contract.size, contract.box, contract.centre
        if form not in grown:
            grown[form] = contract.normalise_all(pictures)
    return [grown[contract.size, contract.box, contract.centre] for contract in contracts]
