"""What a server counts, in Prometheus's format: requests, how long they took, pictures, queues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
"""Seconds: a small picture takes a few thousandths, a page some tenths, a long PDF a minute."""


class Metrics:
    """The figures of one server; several in one process do not mix.

    Args:
        folder: where the processes of a server keep what they count, so that each tells the sums
            of all (`ziffern.serving.processes`); None if it is the only one.
    """

    MEDIA = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, folder: str | None = None) -> None:
        self._registry = self._told = CollectorRegistry()
        if folder is not None:
            self._told = CollectorRegistry()
            MultiProcessCollector(self._told, folder)  # type: ignore[no-untyped-call]
        self._requests = Counter(
            "ziffern_requests", "Answered requests.", ("method", "route", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "ziffern_request_seconds", "From a request's head to the end of its answer.",
            ("route",), buckets=BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._pictures = Counter(
            "ziffern_answers", "Pictures answered, times models.", registry=self._registry
        )
        self._waiting = Gauge(
            "ziffern_pictures_waiting", "Pictures that wait for an answer.",
            registry=self._registry, multiprocess_mode="livesum",
        )  # fmt: skip

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is its pattern, or names of models would pile up."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    @contextmanager
    def pictures(self, count: int) -> Iterator[None]:
        """Count pictures: they wait inside the block, and are answered once it has ended well."""
        self._waiting.inc(count)
        try:
            yield
        finally:
            self._waiting.dec(count)
        self._pictures.inc(count)

    def text(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self._told)
