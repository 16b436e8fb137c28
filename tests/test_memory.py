"""Telling that memory ran out, by the words of each library, and saying what to lower."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import RunError, WorkError
from ziffern.memory import OutOfMemoryError, explained, ran_out


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory: you tried to …"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RunError("tiny cannot answer pictures: Failed to allocate memory for requested buffer"),
        RuntimeError("std::bad_alloc"),
    ],
    ids=["python", "cuda", "cpu", "cublas", "onnxruntime", "c++"],
)
def test_a_lack_of_memory_is_told_what_to_lower(error: Exception) -> None:
    assert ran_out(error)
    told = "out of memory; give fewer pictures"
    with pytest.raises(WorkError, match=f"^{told}$") as caught, explained("give fewer pictures"):
        raise error
    assert isinstance(caught.value, OutOfMemoryError)
    assert caught.value.__cause__ is error


def test_real_ones_are_known() -> None:
    with pytest.raises(OutOfMemoryError), explained("less"):
        np.empty(2**62, np.uint8)
    torch = pytest.importorskip("torch")
    with pytest.raises(OutOfMemoryError), explained("less"):
        torch.empty(2**62, dtype=torch.uint8)


def test_other_errors_and_earlier_advice_are_left_alone() -> None:
    assert not ran_out(RuntimeError("the size of tensor a must match"))
    for error in (ValueError("no"), OutOfMemoryError("out of memory; the first advice")):
        with pytest.raises(type(error)) as caught, explained("the second"):
            raise error
        assert caught.value is error
