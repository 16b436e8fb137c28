"""Looks into a model at one picture: `activations`, `unit`, `why`, `steps`."""

from __future__ import annotations

import base64
import io
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from ziffern.contract import steps as steps_of
from ziffern.pictures import Pixels
from ziffern.serving import why
from ziffern.serving.looks import Look
from ziffern.serving.models import Served
from ziffern.serving.problems import invalid
from ziffern.serving.schemas import IMAGE, Normalised, body, problems
from ziffern.serving.state import State, state_of
from ziffern.serving.uploads import form_of, json_of, model_of, one_of, pictures_of
from ziffern.states import State as Certainty
from ziffern.states import states

router = APIRouter()

Picture = Annotated[Any, Field(json_schema_extra=IMAGE)]


class Asked(BaseModel):
    """One picture."""

    model_config = ConfigDict(extra="forbid", strict=True)

    image: Picture


class AskedWhy(Asked):
    """One picture, and which class is to be explained."""

    target: Annotated[int | None, Field(ge=0)] = None
    neighbours: Annotated[int, Field(ge=0, le=50)] = 8


class AskedUnit(Asked):
    """One picture, and which unit is looked at, where."""

    layer: str
    unit: Annotated[int, Field(ge=0)]
    place: Annotated[list[Annotated[int, Field(ge=0)]] | None, Field(max_length=3)] = None


class LayerSeen(BaseModel):
    """What a layer gives for a picture."""

    name: str
    kind: str
    text: str
    shape: list[int]
    low: float
    high: float
    maps: list[str] | None
    values: list[float] | None
    left_out: int


class SoftmaxSeen(BaseModel):
    """From logits to probabilities."""

    class_names: list[str]
    logits: list[float]
    temperature: float
    shifted: list[float]
    exp: list[float]
    sum: float
    probabilities: list[float]


class Activations(BaseModel):
    """A picture's way through a network."""

    model: str
    normalised: Normalised
    digit: int | str | None
    state: Certainty
    layers: list[LayerSeen]
    softmax: SoftmaxSeen


class Channel(BaseModel):
    """One channel of a filter, and what it looks at."""

    channel: int
    weights: list[list[float]]
    inputs: list[list[float]]
    sum: float


class UnitSeen(BaseModel):
    """How the sum of a unit comes about."""

    model: str
    layer: str
    unit: int
    place: list[int] | None
    kind: str
    channels: list[Channel]
    left_out: int
    rest: float
    bias: float
    sum: float
    activation: str
    output: float


class Neighbour(BaseModel):
    """A training digit that looks alike."""

    digit: int
    distance: float
    index: int
    normalised: Normalised


class Why(BaseModel):
    """Why a model answers as it does."""

    model: str
    target: int
    score: float
    occlusion: list[list[float]]
    neighbours: list[Neighbour]


class StepSeen(BaseModel):
    """One step of the preparation."""

    name: str
    text: str
    size: list[int]
    picture: str


class Preparation(BaseModel):
    """How a picture becomes what a model sees."""

    model: str
    normalised: Normalised
    steps: list[StepSeen]


ERRORS = problems(404, 415, 422)


@router.post(
    "/v1/models/{name}/activations",
    response_model=Activations,
    openapi_extra=body(Asked),
    responses=ERRORS,
)
async def activations(request: Request, name: str) -> Response:
    """Show what each layer gives for one picture, and softmax step by step."""
    state, served = _found(request, name)
    picture, _ = await _asked(request, served, Asked)
    return await _activations(state, served, picture)


@router.get(
    "/v1/models/{name}/activations", response_model=Activations, responses=problems(404, 413, 422)
)
async def activations_of(
    request: Request,
    name: str,
    image: Annotated[str, Query(description="A picture file as base64.", max_length=30_000)],
) -> Response:
    """Show the same for a small picture in the address."""
    state, served = _found(request, name)
    given = [(image, "/image")]
    ((picture,),) = await pictures_of(given, [served.model.contract], state.limits)
    return await _activations(state, served, picture)


@router.post(
    "/v1/models/{name}/unit",
    response_model=UnitSeen,
    openapi_extra=body(AskedUnit, form=False),
    responses=ERRORS,
)
async def unit(request: Request, name: str) -> Response:
    """Show one unit's filter and its sum at one place."""
    state, served = _found(request, name)
    picture, asked = await _asked(request, served, AskedUnit)
    found = await state.study(
        lambda: Look(served.saved, picture).unit(asked.layer, asked.unit, asked.place)
    )
    return _json({"model": served.name, **found})


@router.post(
    "/v1/models/{name}/why",
    response_model=Why,
    openapi_extra=body(AskedWhy, form=False),
    responses=ERRORS,
)
async def why_so(request: Request, name: str) -> Response:
    """Show which pixels speak for a class, and which training digits look alike."""
    state, served = _found(request, name)
    picture, asked = await _asked(request, served, AskedWhy)
    classes = len(served.model.class_names)
    if asked.target is not None and asked.target >= classes:
        raise invalid("/target", f"there are {classes} classes, numbered from 0")

    def look() -> dict[str, Any]:
        logits = served.model.alone.logits
        best = int(logits(picture[None])[0].argmax())
        target = best if asked.target is None else asked.target
        score, falls = why.occlusion(logits, picture, target)
        near = why.neighbours(picture, asked.neighbours)
        return {"target": target, "score": score, "occlusion": falls, "neighbours": near}

    return _json({"model": served.name, **await state.study(look)})


@router.post(
    "/v1/models/{name}/steps",
    response_model=Preparation,
    openapi_extra=body(Asked),
    responses=ERRORS,
)
async def steps(request: Request, name: str) -> Response:
    """Show how a picture becomes what the model sees, step by step."""
    state, served = _found(request, name)
    given, _ = await _given(request, Asked)
    contract = served.model.contract
    values = await one_of(given, state.limits)

    def prepare() -> list[dict[str, Any]]:
        form = {"size": contract.size, "box": contract.box, "centre": contract.centre}
        found = steps_of(values, **form)  # type: ignore[arg-type]
        last = found[-1].picture
        told = [
            {
                "name": step.name,
                "text": step.text,
                "size": [step.picture.shape[1], step.picture.shape[0]],
                "picture": _png(step.picture),
            }
            for step in found
        ]
        return [{"normalised": last, "steps": told}]

    (found,) = await state.study(prepare)
    return _json({"model": served.name, **found})


def _found(request: Request, name: str) -> tuple[State, Served]:
    state = state_of(request)
    return state, state.models.get(name)


async def _given(request: Request, kind: type[Any]) -> tuple[tuple[Any, str], Any]:
    """Return the picture of a request as it was given, with its place, and all else of it."""
    form = await form_of(request, state_of(request).limits)
    if form is None:
        asked, _ = await json_of(request, kind)
        return (asked.image, "/image"), asked
    if len(form.files) != 1:
        raise invalid("/files", f"expected one file, got {len(form.files)}")
    asked = model_of({**form.fields, "image": None}, kind)
    return (form.files[0][0], "/files/0"), asked


async def _asked(request: Request, served: Served, kind: type[Any]) -> tuple[Pixels, Any]:
    """Return the picture of a request as the model sees it, uint8 (28, 28), and all else of it."""
    given, asked = await _given(request, kind)
    limits = state_of(request).limits
    ((picture,),) = await pictures_of([given], [served.model.contract], limits)
    return picture, asked


async def _activations(state: State, served: Served, picture: Pixels) -> Response:
    def look() -> dict[str, Any]:
        seen = Look(served.saved, picture)
        softmax = seen.softmax()
        probabilities = softmax["probabilities"][: len(served.digits)]
        model = served.model
        (told,) = states(
            probabilities[None], model.thresholds, background_class=model.background_class
        )
        digit = None if told == "no-digit" else served.digits[int(probabilities.argmax())]
        return {
            "normalised": picture,
            "digit": digit,
            "state": told,
            "layers": seen.layers(),
            "softmax": softmax,
        }

    return _json({"model": served.name, **await state.study(look)})


def _json(value: Any) -> Response:
    content = orjson.dumps(_contiguous(value), option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")


def _contiguous(value: Any) -> Any:
    """Return a value whose arrays lie in memory as they are read: others are not written."""
    if isinstance(value, dict):
        return {key: _contiguous(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_contiguous(inner) for inner in value]
    return value.copy(order="C") if hasattr(value, "flags") else value


def _png(picture: Pixels) -> str:
    """Return a picture as the address of a PNG, at most 560 pixels long."""
    image = Image.fromarray(picture)
    image.thumbnail((560, 560))
    content = io.BytesIO()
    image.save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
