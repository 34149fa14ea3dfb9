"""Writes the documents of a set, many of them in processes of their own, each document whole in one of them.

A worker is a program beside this one that is sent documents and writes their files into the folder of the set: fonts
and templates are loaded once in each, no page is kept in memory here, and it works as well inside a task of a
scheduler, whose processes may have no children of Python's own making.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from o7_warehouse.errors import ReportError
from o7_warehouse.report.sets import Rights, Written, put
from o7_warehouse.report.writers import written
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from o7_warehouse.report.document import Document

# Starting one costs as much as writing two documents.
MOST_WORKERS: Final = 2
WORTH_A_WORKER: Final = 6
# typst keeps what it has laid out of its last documents, some 30 MB each of a school; a new process keeps nothing.
MOST_DOCUMENTS: Final = 8
_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Order:
    """Where the files of a document go, and who may read them."""

    place: Path
    rights: Rights


def write_documents(documents: Iterator[Document], order: Order, *, count: int) -> list[Written]:
    """Write every document of a set; `documents` gives `count` of them, one at a time. Returns the files in order.

    Raises ReportError and OSError of the first document that cannot be written; then the set is not whole.
    """
    workers = min(MOST_WORKERS, len(os.sched_getaffinity(0)), count // WORTH_A_WORKER)
    if workers < 1:
        return [one for document in documents for one in write_document(document, order)]
    source = _Source(documents)
    with ThreadPoolExecutor(workers) as threads:
        for waiting in [threads.submit(_serve, source, order) for _ in range(workers)]:
            waiting.result()
    return [one for _, files in sorted(source.done) for one in files]


def write_document(document: Document, order: Order) -> list[Written]:
    """Write the files of one document into the folder of its set."""
    files = []
    for name, content in written(document, stem=document.file_stem).items():
        path = f"{document.folder}{name}"
        put(order.place / path, content, order.rights)
        files.append(Written.of(path, content))
    return files


class _Source:
    """Gives out documents one by one, whoever asks, until there are none or one has failed."""

    def __init__(self, documents: Iterator[Document]) -> None:
        self._documents = enumerate(documents)
        self._alone = threading.Lock()
        self.done: list[tuple[int, Sequence[Written]]] = []
        self.has_failed = False

    def next(self) -> tuple[int, Document] | None:
        with self._alone:
            return None if self.has_failed else next(self._documents, None)

    def stop(self) -> None:
        """Give out nothing more: a set with a hole is of no use."""
        self.has_failed = True


def _serve(source: _Source, order: Order) -> None:
    """Give workers documents, one worker after the other, until none is left; what goes wrong here stops the rest."""
    with ExitStack() as unless_done:
        unless_done.callback(source.stop)
        given = source.next()
        while given is not None:
            with begun() as program:
                for _ in range(MOST_DOCUMENTS):
                    if given is None:
                        break
                    place, document = given
                    source.done.append((place, _answer(program, document, order)))
                    given = source.next()
        unless_done.pop_all()


def _answer(program: subprocess.Popen[bytes], document: Document, order: Order) -> Sequence[Written]:
    if program.stdin is None or program.stdout is None:
        raise AssertionError("A worker is always begun with both of its pipes.")
    try:
        _send(program.stdin, (document, order))
        answer = _received(program.stdout)
    except BrokenPipeError:
        answer = None
    if answer is None:
        raise ReportError(
            f"{document.subject}: the process that writes documents ended (status {program.wait()}). The set would not "
            "be whole. See whether memory ran out, then render again."
        )
    if isinstance(answer, BaseException):
        raise answer
    files: Sequence[Written] = answer
    return files


def begun() -> subprocess.Popen[bytes]:
    """A worker that waits for documents; it ends when nobody can send it any more."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "o7_warehouse.report.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _send(pipe: IO[bytes], message: Any) -> None:
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(content).to_bytes(_LENGTH, "big") + content)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    """The next message, or None when the other side has ended."""
    length = pipe.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    # Both ends are this very program.
    return pickle.loads(pipe.read(int.from_bytes(length, "big")))  # noqa: S301


def main() -> None:
    """Write documents as they come until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever else is printed must not get between the answers.
    os.dup2(2, 1)
    while (message := _received(sys.stdin.buffer)) is not None:
        try:
            answer: Any = write_document(*message)
        except (ReportError, OSError) as error:
            answer = error
        _send(answers, answer)


if __name__ == "__main__":
    main()
