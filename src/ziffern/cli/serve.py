"""`ziffern serve`: models behind REST, and the page in the browser."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import RunsFolder


def serve(
    *,
    models: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="NAME",
            negative=(),
            consume_multiple=True,
            show_default=False,
            help="What to serve, named as for ziffern predict; all shipped models if not given.",
        ),
    ] = (),
    host: Annotated[
        str, Parameter(help="Where to listen; this machine alone if not said otherwise.")
    ] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port, 0 for any free one.")] = 8421,
    token: Annotated[
        str | None,
        Parameter(
            show_default=False,
            help="What clients have to send as bearer token; ZIFFERN_TOKEN if not given.",
        ),
    ] = None,
    workers: Annotated[int, Parameter(metavar="N", help="Processes, each with all models.")] = 1,
    runs: RunsFolder = "runs",
) -> None:
    """Serve models over REST, and a page to draw, read and look inside, until Ctrl-C."""
    from ziffern.errors import InputError
    from ziffern.evaluation.model import folder
    from ziffern.serving import server
    from ziffern.serving.models import default_names

    if workers < 1:
        raise InputError(f"--workers {workers}: expected 1 or more")
    token = token or os.environ.get("ZIFFERN_TOKEN") or None
    names = models or tuple(default_names())
    for name in names:
        folder(name, runs)  # before a port is taken, and told once however many processes there are
    with server.listen(host, port) as listening:
        where = server.address(listening)
        if token is None and not server.is_loopback(listening):
            output.note(f"warning: everybody who reaches {where} may use it; --token asks for one")

        def tell() -> None:
            print(f"serving {', '.join(names)} at {where} (Ctrl-C stops)", flush=True)

        server.run(
            listening, names, runs=runs, named=(host,), token=token, workers=workers, started=tell
        )
