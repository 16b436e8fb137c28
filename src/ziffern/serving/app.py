"""The application: endpoints, the page, and the guard around them.

    uvicorn.run(app(["flagship", "tiny"], runs="runs"))

Models are loaded when it is made; it is ready once it has started, and whoever stops it waits for
what is under way. Sockets and signals are not its business.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from ziffern import __version__
from ziffern.serving import openapi, problems
from ziffern.serving.board import Board
from ziffern.serving.desk import Desk
from ziffern.serving.guard import Guard
from ziffern.serving.limits import Limits
from ziffern.serving.metrics import Metrics
from ziffern.serving.models import Models
from ziffern.serving.readers import Readers
from ziffern.serving.routes import about, look, predict, read, recipes, runs, trainings
from ziffern.serving.state import State
from ziffern.serving.training.queue import Trainings

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ROUTERS = tuple(part.router for part in (about, predict, look, read, recipes, trainings, runs))


def app(
    models: Sequence[str],
    *,
    runs: str = "runs",
    limits: Limits | None = None,
    token: str | None = None,
    hosts: Sequence[str] | None = None,
    training: bool = True,
    figures: str | None = None,
) -> FastAPI:
    """Return the application with its models loaded.

    Args:
        models: what to serve, named as in `ziffern.load`; the first one is asked by default.
        runs: the folder of runs, in which models may be looked for by name.
        limits: how much may be asked.
        token: what clients have to send as bearer token; the page itself and health need none.
        hosts: the names under which the server may be asked, any if not given. On loopback give
            `LOOPBACK`, so that a page elsewhere cannot pretend to be this server (DNS rebinding).
        training: whether clients may start trainings; for a server that is the only process.
        figures: where several processes keep what they count, as `Metrics`.

    Raises:
        RunError, InputError, WorkError: as `Models`.
    """
    limits = limits or Limits()
    problems.hide(runs, Path(runs).resolve(), Path.home())
    state = State(
        limits=limits,
        models=Models(models, runs=runs, limits=limits),
        readers=Readers(limits),
        runs=runs,
        metrics=Metrics(figures),
        board=Board(runs),
        desk=Desk(limits),
        trainings=Trainings(runs, limits) if training else None,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        state.ready = True
        yield
        state.ready = False
        if state.trainings is not None:
            await state.trainings.end()
        state.stop()

    made = FastAPI(
        title="Ziffern",
        summary="Handwritten digits, read by models that say how sure they are.",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
    )
    made.state.ziffern = state
    problems.install(made)
    for router in ROUTERS:
        made.include_router(router)
    openapi.install(made, token=token is not None)
    # not a mount, which would also take what an endpoint is asked in a wrong way
    made.router.default = StaticFiles(directory=STATIC, html=True)
    made.add_middleware(Guard, limits=limits, metrics=state.metrics, token=token, hosts=hosts)
    return made
