"""What stands around every request: who may ask, how much and how long, and what every answer says.

Pure ASGI, for a layer of the framework's own kind would cost a third of a small request. Which
endpoint answers, and with what, is not decided here.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ziffern.serving.limits import Limits
from ziffern.serving.metrics import Metrics
from ziffern.serving.problems import Problem, busy

CONTENT = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""What the page may load: its own files, and pictures that it made itself."""
HEADERS = [
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": CONTENT,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    }.items()
]
PRIVATE = ("/v1", "/metrics", "/openapi.json")
"""Where a token is needed, if the server has one."""
NO_STORE = (b"cache-control", b"no-store")
LOOK_AGAIN = (b"cache-control", b"no-cache")

log = logging.getLogger(__name__)


class Guard:
    """Lets requests through to the application, within the limits.

    Args:
        app: the application.
        limits: how much, and how long.
        metrics: what counts requests.
        token: what clients have to send, if any.
        hosts: names under which the server may be asked, without port; any if None.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        metrics: Metrics,
        token: str | None = None,
        hosts: Sequence[str] | None = None,
    ) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._token = None if token is None else token.encode()
        self._hosts = None if hosts is None else {host.lower().encode() for host in hosts}
        self._active = self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


def _host_of(origin: bytes) -> bytes | None:
    """Return host and port of an origin; None if it is no address."""
    try:
        return urlsplit(origin.decode("latin-1")).netloc.encode()
    except ValueError:
        return None


class _Exchange:
    """One request and its answer."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard, self._scope, self._receive, self._send = guard, scope, receive, send
        self._limits = guard._limits
        self._started = time.perf_counter()
        self._status = 0
        self._bytes = 0
        self._arrived = False
        self._private = scope["path"].startswith(PRIVATE)
        self._patience: asyncio.Timeout | None = None

    async def run(self) -> None:
        guard = self._guard
        guard._active += 1
        try:
            try:
                self._let_in()
                async with asyncio.timeout(self._limits.seconds) as self._patience:
                    await guard._app(self._scope, self._take, self._give)
            except Problem as problem:
                await self._refuse(problem)
            except TimeoutError:
                late = f"the answer took more than {self._limits.seconds:.0f} s and was given up"
                await self._refuse(busy(late, what="late", seconds=self._limits.seconds))
            except Exception:
                log.exception("%s %s failed", self._scope["method"], self._scope["path"])
                await self._refuse(Problem("failed", 500, "the server failed; its log says why"))
        finally:
            guard._active -= 1
            guard._held -= self._bytes
            route = getattr(self._scope.get("route"), "path", "other")
            seconds = time.perf_counter() - self._started
            guard._metrics.request(self._scope["method"], route, self._status, seconds)

    def _let_in(self) -> None:
        """Refuse what can be refused by its head alone."""
        guard, limits = self._guard, self._limits
        told = dict(self._scope["headers"])
        host = told.get(b"host", b"").lower()
        name = host.rpartition(b":")[0] if host.rpartition(b":")[2].isdigit() else host
        if guard._hosts is not None and name not in guard._hosts:
            raise Problem("foreign", 403, "this server is not asked under that name")
        origin = told.get(b"origin")
        if origin is not None and _host_of(origin) != host:
            raise Problem("foreign", 403, "pages of other origins may not ask this server")
        if self._private and told.get(b"sec-fetch-site") == b"cross-site":
            raise Problem("foreign", 403, "pages of other sites may not ask this server")
        if self._private and guard._token is not None:
            scheme, _, given = told.get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(given, guard._token):
                raise Problem(
                    "token", 401, "send the server's token as: Authorization: Bearer TOKEN",
                    headers={"www-authenticate": "Bearer"},
                )  # fmt: skip
        if guard._active > limits.requests:
            raise busy(f"{limits.requests} requests are being answered; ask again in a moment")
        length = told.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > limits.body:
            raise self._too_large()

    def _too_large(self) -> Problem:
        return Problem(
            "too-large", 413, f"the body is too large; at most {self._limits.body:,} bytes",
            values={"what": "body", "mebibytes": self._limits.body / 2**20},
            headers={"connection": "close"},
        )  # fmt: skip

    async def _take(self) -> Message:
        """Return the next part of the request's body."""
        if self._arrived:  # only that the client leaves is still to come
            return await self._receive()
        guard, limits = self._guard, self._limits
        left = limits.body_seconds - (time.perf_counter() - self._started)
        try:
            async with asyncio.timeout(max(left, 0)):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem(
                "too-slow", 408, f"the body did not arrive within {limits.body_seconds:.0f} s",
                values={"seconds": limits.body_seconds},
                headers={"connection": "close"},
            ) from error  # fmt: skip
        if message["type"] == "http.request":
            length = len(message.get("body", b""))
            self._bytes += length
            guard._held += length
            self._arrived = not message.get("more_body", False)
            if self._bytes > limits.body:
                raise self._too_large()
            if guard._held > limits.held:
                raise busy("too many large bodies at once; ask again in a moment")
        return message

    async def _give(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._patience is not None:
                self._patience.reschedule(None)  # from here on each part has its own time
            kept = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
            caching = NO_STORE if self._private else LOOK_AGAIN
            own = [pair for pair in message["headers"] if pair[0] == b"cache-control"]
            given = dict(kept)  # a document may have a policy of its own
            ours = [pair for pair in HEADERS if pair[0] not in given]
            message["headers"] = [*kept, *ours, *(own or [caching])]
            await self._send(message)
            return
        async with asyncio.timeout(self._limits.send_seconds):
            await self._send(message)

    async def _refuse(self, problem: Problem) -> None:
        if self._status:  # half an answer is out already: the connection is all that can be closed
            raise problem
        self._patience = None
        await problem.response()(self._scope, self._receive, self._give)
