"""How much one client, and all together, may ask of a server. Only numbers; others hold them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of a server; what goes beyond is refused with a problem document.

    body: bytes of one request; a phone's photo or a scan of some pages has 2 to 20 MB.
    held: bytes of the bodies of all requests together, so that many large ones fit into memory.
    files: pictures of one request.
    pixels: of all pictures of one request together, read from their headers before any is decoded.
    requests: answered at the same time.
    waiting: pictures that may wait for one model; flagship answers so many in seconds.
    studies: looks into models that may wait.
    readings: pages and documents that may wait to be read; a class sends them at once.
    reading_seconds: for all pages of a document.
    models: loaded at the same time.
    trainings: that run at the same time, at most one of each user.
    queue: trainings that wait; a class each of whom starts one finds room.
    pause_seconds: that a training may be paused while others wait; then it is stopped.
    recipe: bytes of a recipe.
    epochs, parameters: of a training.
    watchers: who are told how trainings go, at the same time.
    desk: figures, reports and comparisons that may wait to be made.
    head_seconds, body_seconds: until a request's head, and then its body, have arrived.
    seconds: until the answer begins.
    send_seconds: for a client to take each part of the answer.
    """

    body: int = 32 * 2**20
    held: int = 256 * 2**20
    files: int = 1000
    pixels: int = 50_000_000
    requests: int = 256
    waiting: int = 10_000
    studies: int = 32
    readings: int = 32
    reading_seconds: float = 60.0
    models: int = 16
    trainings: int = 1
    queue: int = 32
    pause_seconds: float = 300.0
    recipe: int = 32 * 1024  # which a pipe to its process takes at once, however it is written
    epochs: int = 1000
    parameters: int = 20_000_000
    watchers: int = 64
    desk: int = 32
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    seconds: float = 120.0
    send_seconds: float = 30.0
