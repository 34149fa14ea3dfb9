"""Too little memory is told in words; every other error stays what it is."""

from __future__ import annotations

import threading

import pytest

from o7_warehouse.errors import MemoryShortError
from o7_warehouse.memory_limit import NO_THREAD, memory_told


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(MemoryError(), id="no room for an object"),
        pytest.param(RuntimeError(NO_THREAD), id="no room for a thread"),
    ],
)
def test_too_little_memory_is_told_with_its_step(error: Exception) -> None:
    with pytest.raises(MemoryShortError, match="The step gate_in needs more memory"), memory_told("gate_in"):
        raise error


def test_a_thread_that_cannot_begin_says_what_is_listened_for() -> None:
    threading.stack_size(2**46)  # more than any address space has
    try:
        with pytest.raises(RuntimeError) as refused:
            threading.Thread(target=print).start()
    finally:
        threading.stack_size(0)

    assert str(refused.value) == NO_THREAD


def test_another_error_is_not_taken_for_it() -> None:
    with pytest.raises(RuntimeError, match="a fault of ours"), memory_told("gate_in"):
        raise RuntimeError("a fault of ours")
