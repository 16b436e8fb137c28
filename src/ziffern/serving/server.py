"""The server's own side: its socket, its processes, and how it reads what clients send.

    run(listen("127.0.0.1", 8421), ["flagship"], runs="runs", token=None, workers=1)

What is answered is `ziffern.serving.app`'s business, what is printed the command line's.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import gc
import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ziffern.errors import InputError, WorkError
from ziffern.serving.app import LOOPBACK, app
from ziffern.serving.problems import MEDIA, Problem
from ziffern.serving.processes import Processes, counting, end_with_parent
from ziffern.serving.state import State

HEAD = 32 * 1024
"""Bytes of a request's head: address and headers. Browsers send 1 or 2 kB."""
BACKLOG = 1024  # connections that wait to be accepted
COLLECT = 50_000, 10, 10
"""When to look for garbage: 100 pictures in JSON are 2,900 lists, which soon go by themselves.
With Python's own 700, reading them took half as long again."""
STOP_SECONDS = 30
"""How long requests under way may take to end once the server is asked to stop."""


class Protocol(HttpToolsProtocol):
    """HTTP with bounds on what uvicorn leaves open: a request's head, and unread answers."""

    _head: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _left = HEAD

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request's head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget_head()
        self._forget_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Hold the answer back, for a while: a client that reads nothing more is left."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._state.limits.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._forget_unread()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even if its last answer is never read."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(self._state.limits.send_seconds, self.transport.abort)

    def on_message_begin(self) -> None:
        """Begin to read a head; one that comes in drips has no more time."""
        if self._head is None:
            self._expect_head()
        self._left = HEAD
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        self._spend(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header."""
        self._spend(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._forget_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and close the connection."""
        content = Problem("not-http", 400, "this is no HTTP request, or its head is too large")
        body = bytes(content.response().body)
        head = f"content-type: {MEDIA}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[400] + head.encode() + body)
        self.transport.close()

    def shutdown(self) -> None:
        """End after what is under way; what streams for long asks whether the server is ready."""
        self._state.ready = False
        super().shutdown()

    @property
    def _state(self) -> State:
        return cast(State, self.config.loaded_app.state.ziffern)

    def _expect_head(self) -> None:
        seconds = self._state.limits.head_seconds
        self._head = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _spend(self, *parts: bytes) -> None:
        self._left -= sum(map(len, parts))
        if self._left < 0:
            raise ValueError("a request's head is too large")  # becomes the answer 400


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it answers; from then on it also knows how to stop."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._tell()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: a name or address.
        port: 0 for any free one.

    Raises:
        InputError: no such host or port.
        WorkError: the port is in use, or not ours to use.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"port {port}: expected 0 to 65535")
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise InputError(f"unknown host {host!r}: {error.strerror}") from error
    except UnicodeError as error:
        raise InputError(f"unknown host {host!r}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise WorkError(
                f"port {port} of {host} is in use; give another one with --port, 0 for any free one"
            ) from error
        raise WorkError(f"cannot listen at port {port} of {host}: {error.strerror}") from error


def is_loopback(listening: socket.socket) -> bool:
    """Whether only programs of this machine reach a socket."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def address(listening: socket.socket) -> str:
    """Return where a browser of this machine finds a socket."""
    host, port = listening.getsockname()[:2]
    where = ipaddress.ip_address(host.partition("%")[0])
    if where.is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    listening: socket.socket,
    models: Sequence[str],
    *,
    runs: str,
    named: Sequence[str] = (),
    token: str | None = None,
    workers: int = 1,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal says to stop; what is under way is finished.

    Args:
        listening: of `listen`.
        models, runs, token: as in `ziffern.serving.app.app`.
        named: what else this machine is called where only it can ask.
        workers: processes, each with all models.
        started: called once clients will be answered.

    Raises:
        RunError, InputError, WorkError: as `app`, if there is one process.
    """
    own = urlsplit(address(listening)).hostname or ""
    hosts = (*LOOPBACK, own, *named) if is_loopback(listening) else None
    make = functools.partial(app, tuple(models), runs=runs, token=token, hosts=hosts)
    if workers > 1:
        with counting() as folder:
            factory = functools.partial(_one_of_several, make, folder)
            processes = Processes(_config(factory, workers), [listening], folder)
            started()
            processes.run()
        return
    made = _frozen(make)
    try:
        Server(_config(lambda: made, 1), started).run([listening])
    except KeyboardInterrupt:  # it raises the signal again that it has stopped for
        return


def _one_of_several(make: Any, folder: str) -> FastAPI:
    """Make the application in a process that answers beside others."""
    end_with_parent(folder)
    return _frozen(functools.partial(make, training=False, figures=folder))


def _frozen(make: Any) -> FastAPI:
    """Make the application, and spare the garbage collector what stays, and what goes at once."""
    made: FastAPI = make()
    # it would complain of each form that strangers send damaged
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    return made


def _config(factory: Any, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        factory,
        factory=True,
        workers=workers,
        http=Protocol,
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="error",
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
