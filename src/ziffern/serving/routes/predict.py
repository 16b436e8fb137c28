"""`POST /v1/predict`: pictures of single digits, answered by all loaded models or some of them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ziffern.serving.models import Served
from ziffern.serving.problems import invalid
from ziffern.serving.schemas import IMAGE, Normalised, body, problems
from ziffern.serving.state import state_of
from ziffern.serving.uploads import Form, form_of, json_of, model_of, pictures_of
from ziffern.states import State, states

router = APIRouter()


class Asked(BaseModel):
    """What `POST /v1/predict` takes as JSON."""

    model_config = ConfigDict(extra="forbid", strict=True)

    images: Annotated[list[Any], Field(min_length=1, json_schema_extra={"items": IMAGE})]
    models: Annotated[list[str] | None, Field(min_length=1)] = None
    averaging: bool = True


class Prediction(BaseModel):
    """One model's answer to one picture."""

    model: str
    digit: int | str | None
    probabilities: list[float]
    state: State
    normalised: Normalised


class Predictions(BaseModel):
    """All answers, pictures in the outer order."""

    predictions: list[Prediction]


@router.post(
    "/v1/predict",
    response_model=Predictions,
    openapi_extra=body(Asked, {"models": "names", "averaging": "flag"}),
    responses=problems(404, 415, 422),
)
async def predict(request: Request) -> Response:
    """Read single digits: one or many pictures, by one or many models."""
    state = state_of(request)
    form = await form_of(request, state.limits)
    careful = False
    if form is None:
        asked, truths = await json_of(request, Asked)
        careful = truths > ("averaging" in asked.model_fields_set)
        given = [(value, f"/images/{number}") for number, value in enumerate(asked.images)]
    else:
        asked = model_of(_fields(form), Asked)
        given = [(content, f"/files/{n}") for n, (content, _) in enumerate(form.files)]
    chosen = state.models.chosen(asked.models)
    contracts = [served.model.contract for served in chosen]
    seen = await pictures_of(given, contracts, state.limits, careful=careful)
    with state.metrics.pictures(len(given) * len(chosen)):
        answers = await asyncio.gather(
            *(
                served.ask(pictures, averaging=asked.averaging)
                for served, pictures in zip(chosen, seen, strict=True)
            )
        )
    columns = [
        _predictions(served, pictures, rows)
        for served, pictures, rows in zip(chosen, seen, answers, strict=True)
    ]
    told = [each for row in zip(*columns, strict=True) for each in row]
    content = orjson.dumps({"predictions": told}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")


def _fields(form: Form) -> dict[str, Any]:
    """Return a form's fields as the JSON that says the same."""
    values: dict[str, Any] = {**form.fields, "images": [None] * max(1, len(form.files))}
    if "images" in form.fields:
        raise invalid("/images", "in a form pictures are files of the field 'files'")
    if "averaging" in values:
        *_, last = form.fields["averaging"]
        if last not in ("true", "false"):
            raise invalid("/averaging", "expected true or false")
        values["averaging"] = last == "true"
    return values


def _predictions(served: Served, pictures: Any, rows: Any) -> list[dict[str, Any]]:
    """Return one model's answers to all pictures."""
    name, digits = served.name, served.digits
    model = served.model
    told = states(rows, model.thresholds, background_class=model.background_class)
    return [
        {
            "model": name,
            "digit": None if state == "no-digit" else digits[best],
            "probabilities": probabilities,
            "state": state,
            "normalised": picture,
        }
        for probabilities, best, state, picture in zip(
            rows.tolist(), rows.argmax(axis=1).tolist(), told, pictures, strict=True
        )
    ]
