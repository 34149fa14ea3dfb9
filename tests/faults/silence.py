"""Sources that stand open and say nothing: from the first byte on, or in the middle of what they were saying."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
BLOCK = 2**14


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens: it is taken, so that nobody else can."""
    with closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        yield taken.getsockname()[1]


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that accepts every connection and never answers."""
    with socket.create_server((HOST, 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def falling_silent(port: int, *, after: int) -> Iterator[int]:
    """A port that stands for another one, and of each connection hands on no more than ``after`` bytes of answers.

    Then the connection stays open, as it does behind a firewall that has forgotten it.
    """
    with _standing_for(port, partial(_hand_on, most=after)) as place:
        yield place


@contextmanager
def slow_port(port: int, *, pause: float) -> Iterator[int]:
    """A port that stands for another one and rests so many seconds after each block of answers."""
    with _standing_for(port, partial(_hand_on, pause=pause)) as place:
        yield place


@contextmanager
def dying_at_a_query(port: int) -> Iterator[int]:
    """A port that stands for another one, lets everybody log in, and is gone when the first query comes."""
    with _standing_for(port, _hand_on, ask=_hand_on_until_a_query) as place:
        yield place


def _hand_on_until_a_query(source: socket.socket, sink: socket.socket) -> None:
    while (block := source.recv(BLOCK)) and not block.startswith(b"Q"):
        sink.sendall(block)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def _standing_for(
    port: int,
    answer: Callable[[socket.socket, socket.socket], None],
    ask: Callable[[socket.socket, socket.socket], None] | None = None,
) -> Iterator[int]:
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((HOST, 0)))

        def accept() -> None:
            while True:
                try:
                    near, _ = listening.accept()
                except OSError:
                    return  # the test is over
                far = socket.create_connection((HOST, port))
                stack.callback(near.close)
                stack.callback(far.close)
                threading.Thread(target=ask or _hand_on, args=(near, far), daemon=True).start()
                threading.Thread(target=answer, args=(far, near), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        # Wakes the thread that accepts; closing alone would leave it waiting.
        stack.callback(listening.shutdown, socket.SHUT_RDWR)
        yield listening.getsockname()[1]


def _hand_on(source: socket.socket, sink: socket.socket, most: int | None = None, pause: float = 0) -> None:
    handed_on = 0
    try:
        while block := source.recv(BLOCK):
            if most is not None and handed_on + len(block) > most:
                return  # and both ends stay open
            sink.sendall(block)
            handed_on += len(block)
            time.sleep(pause)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one end has gone, and nobody waits for the other


@contextmanager
def breaking_off(port: int) -> Iterator[tuple[int, Callable[[], None]]]:
    """A port that stands for another one until it is told to break off.

    Then each connection is reset, as of a server that is gone, and nobody listens any more.
    """
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((HOST, 0)))
        ends: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    near, _ = listening.accept()
                except OSError:
                    return  # nobody listens any more
                far = socket.create_connection((HOST, port))
                ends.extend((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_hand_on, args=(source, sink), daemon=True).start()

        def break_off() -> None:
            _stop_listening(listening)
            for end in ends:
                # A close without lingering is a reset, and shutdown wakes the thread that reads.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RD)
                end.close()
            ends.clear()

        threading.Thread(target=accept, daemon=True).start()
        stack.callback(break_off)
        yield listening.getsockname()[1], break_off


def _stop_listening(listening: socket.socket) -> None:
    """Wake the thread that accepts, and let nobody in any more."""
    with suppress(OSError):  # it was told so before
        listening.shutdown(socket.SHUT_RDWR)
    listening.close()
