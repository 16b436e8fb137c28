"""What a server counts, in Prometheus's format: requests, how long they took, pictures, queues."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
"""Seconds: a small picture takes a few thousandths, a page some tenths, a long PDF a minute."""


class Metrics:
    """The figures of one server; several in one process do not mix."""

    MEDIA = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
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
            "ziffern_pictures_waiting", "Pictures that wait for an answer.", registry=self._registry
        )

    def watch(self, waiting: Callable[[], float]) -> None:
        """Ask this function for what waits, whenever figures are read."""
        self._waiting.set_function(waiting)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is its pattern, or names of models would pile up."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def pictures(self, count: int) -> None:
        """Count answers to pictures."""
        self._pictures.inc(count)

    def text(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self._registry)
