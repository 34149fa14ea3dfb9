"""Counts and hashes a CSV file while its bytes pass by."""

from __future__ import annotations

import hashlib


class DigestingCounter:
    """SHA-256 of a CSV file and the number of its records after the header, fed block by block.

    A line feed ends a record unless an odd number of quotation marks stands before it (RFC 4180). An empty
    record counts, as it does for PostgreSQL.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._lines = 0
        self._is_quoted = False
        self._last = b"\n"
        self._unended = 0

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._digest.update(block)
        lines = self._lines
        first, *others = block.split(b'"')
        if not self._is_quoted:
            self._lines += first.count(b"\n")
        for part in others:
            self._is_quoted = not self._is_quoted
            if not self._is_quoted:
                self._lines += part.count(b"\n")
        self._last = block[-1:]
        self._unended = self._unended + len(block) if self._lines == lines else 0

    @property
    def is_quoted(self) -> bool:
        """Whether a quotation mark is open: true at the end of a file says that its rows cannot be told apart."""
        return self._is_quoted

    @property
    def unended(self) -> int:
        """Bytes of the whole blocks since the one in which a record last ended: about how long the open one is."""
        return self._unended

    @property
    def records(self) -> int:
        """Records so far, without the header; a last line without its line feed counts."""
        lines = self._lines + (self._last != b"\n")
        return max(0, lines - 1)

    def hexdigest(self) -> str:
        """SHA-256 of the bytes so far, in hexadecimal digits."""
        return self._digest.hexdigest()
