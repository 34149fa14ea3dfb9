"""Ends a connection whose other side is open but says nothing: TCP alone would wait for ever (vrs B2)."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from _typeshed import ReadableBuffer as Buffer
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

LOOK_SECONDS = 0.5


class Watchdog:
    """Watches one connection from a thread of its own; shuts its socket down after ``seconds`` of silence.

    Time counts only inside :meth:`listening`, and not while the received bytes are being handed on: a slow
    warehouse is no silent source.
    """

    def __init__(self, connection: Connection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._deadline: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="source-watchdog", daemon=True)
        self.has_fired = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The time in which the source owes us bytes."""
        self.renew()
        try:
            yield
        finally:
            self.pause()

    def renew(self) -> None:
        """The source has spoken."""
        self._deadline = time.monotonic() + self._seconds

    def pause(self) -> None:
        """The source owes us nothing now."""
        self._deadline = None

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self.has_fired = True
                with socket.socket(fileno=os.dup(self._connection.fileno())) as sleeping:
                    # libpq, blocked in another thread, wakes up and finds the connection closed.
                    sleeping.shutdown(socket.SHUT_RDWR)
                return


class WatchedWriter(io.RawIOBase):
    """Hands blocks on to ``sink`` and tells the watchdog that the source has spoken."""

    def __init__(self, sink: io.RawIOBase, watchdog: Watchdog) -> None:
        super().__init__()
        self._sink = sink
        self._watchdog = watchdog

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, block: Buffer) -> int:
        """Hand a block on; returns how many of its bytes were taken."""
        self._watchdog.pause()
        taken = self._sink.write(block)
        self._watchdog.renew()
        return int(taken or 0)
