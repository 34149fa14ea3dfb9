"""A process that may take too little memory ends a step in words, not in a traceback."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import MemoryShortError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Python says where no memory is left for the stack of one more thread.
NO_THREAD: Final = "can't start new thread"


@contextmanager
def memory_told(step: str) -> Iterator[None]:
    """Tell that a limit of the process leaves a step too little memory. Raises MemoryShortError.

    Who is killed by the system for want of memory, as by the limit of a container, tells nothing: the run ends as one
    that was killed.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and str(error) != NO_THREAD:
            raise
        raise MemoryShortError(
            f"The step {step} needs more memory than its process may take, so it was ended. What is published is "
            "untouched. Give the process more (the limit of the service or of the shell), then run the night again."
        ) from error
