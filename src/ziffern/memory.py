"""When memory runs out: telling it from other failures, and saying what to lower.

    with explained("answer fewer pictures at once"):
        network(pictures)

PyTorch, NumPy and ONNX Runtime each say it in their own way; here it becomes one error. What is
kept of the work that failed is the business of whoever did it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ziffern.errors import WorkError

SIGNS = (
    "out of memory",  # PyTorch on a GPU
    "can't allocate memory",  # PyTorch on a CPU
    "Failed to allocate memory",  # ONNX Runtime
    "ALLOC_FAILED",  # cuBLAS and cuDNN
    "bad_alloc",  # C++ beneath any of them
)


class OutOfMemoryError(WorkError):
    """There is not enough memory for what was asked; the message says what to lower."""


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory could not be had."""
    # the texts come with a RuntimeError, or one of the library's own
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in SIGNS)


@contextmanager
def explained(advice: str) -> Iterator[None]:
    """Re-raise a failed allocation inside the block as an `OutOfMemoryError` with advice."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OutOfMemoryError) or not ran_out(error):
            raise
        raise OutOfMemoryError(f"out of memory; {advice}") from error
