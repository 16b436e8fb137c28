"""A real Chromium on a page that a server in this process gives: what the browser tests share.

    with serving(["tiny"]) as origin, chromium() as browser:
        browser.visit(steps, origin, locale="de-DE")     # steps(page) is called in a fresh profile

Playwright leaves an event loop in the thread that uses it, so it has a thread of its own. Every
visit fails if the page wrote an error to the console or asked another origin for anything.

    ZIFFERN_LATENCY=1 pytest tests/serving      # each answer waits up to a second before it is sent

Then answers come late and in any order, as they do on a busy machine or a bad line: what fails
is a test that is faster than the page, or a page that takes an old answer for a new one.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from shutil import which
from typing import Any

CHROMIUM = which("chromium") or which("chromium-browser")
"""Debian's; playwright's own would have to be downloaded."""
ARGUMENTS = (
    "--no-sandbox",  # containers have no user namespaces
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PATIENCE = 60_000  # milliseconds; the machine may be busy
LATENCY = float(os.environ.get("ZIFFERN_LATENCY", "0"))  # seconds


class Browser:
    """A browser that is asked from any thread."""

    def __init__(self, thread: ThreadPoolExecutor, browser: Any) -> None:
        self._thread, self._browser = thread, browser

    def visit(
        self,
        steps: Callable[[Any], None],
        address: str,
        *,
        expected: Sequence[str] = (),
        width: int = 1280,
        height: int = 900,
        **context: Any,
    ) -> None:
        """Open `address` and take `steps` there.

        Args:
            steps: is called with playwright's page.
            address: where to start; nothing but its origin may be asked.
            expected: parts of console errors that are no fault.
            width: of the window in pixels.
            height: of the window in pixels.
            context: what playwright's `new_context` takes, such as `locale`.
        """
        size = {"width": width, "height": height}
        context = {"locale": "en-GB", "viewport": size, "reduced_motion": "reduce", **context}
        self._thread.submit(self._visit, steps, address, expected, context).result()

    def _visit(
        self, steps: Callable[[Any], None], address: str, expected: Sequence[str], context: Any
    ) -> None:
        origin = "/".join(address.split("/")[:3])
        errors: list[str] = []
        foreign: list[str] = []
        opened = self._browser.new_context(**context)
        try:
            page = opened.new_page()
            page.set_default_timeout(PATIENCE)
            page.on(
                "console",
                lambda told: (
                    errors.append(told.text) if told.type in ("error", "warning") else None
                ),
            )
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda asked: foreign.append(asked.url))
            page.goto(address)
            steps(page)
        finally:
            opened.close()
        own = (f"{origin}/", "data:", f"blob:{origin}")
        foreign = [url for url in foreign if not url.startswith(own)]
        assert not foreign, f"other origins were asked: {foreign}"
        errors = [text for text in errors if not any(part in text for part in expected)]
        assert not errors, f"the console says: {errors}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, without a window, and end it."""
    from playwright.sync_api import sync_playwright

    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        try:
            launched = thread.submit(
                lambda: playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            ).result()
            try:
                yield Browser(thread, launched)
            finally:
                thread.submit(launched.close).result()
        finally:
            thread.submit(playwright.stop).result()


@contextmanager
def serving(models: Sequence[str], **settings: Any) -> Iterator[str]:
    """Serve models on a free port of this machine; yields the page's address."""
    import uvicorn

    from ziffern.serving.app import app

    inner = app(models, **settings)

    async def late(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(random.uniform(0, LATENCY))
        await inner(scope, receive, send)

    served = late if LATENCY else inner
    config = uvicorn.Config(served, port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


def faults(page: Any) -> list[str]:
    """Return what axe-core finds wrong and calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
