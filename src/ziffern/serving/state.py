"""What all endpoints of one server share: its limits, its models, its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from ziffern.serving.limits import Limits
from ziffern.serving.metrics import Metrics
from ziffern.serving.models import Models
from ziffern.serving.readers import Readers


@dataclass
class State:
    """Kept as `app.state.ziffern`; `ready` is false while the server starts and stops."""

    limits: Limits
    models: Models
    readers: Readers
    runs: str
    metrics: Metrics
    ready: bool = False


def state_of(request: Request) -> State:
    """Return the state of the server that answers a request."""
    return cast(State, request.app.state.ziffern)
