"""XML of an XLSX part, read as a stream: no document type, no entity, no deep nesting, no endless token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from o7_warehouse.sources.refusals import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from o7_warehouse.errors import DeliveryError

DEEPEST = 32
# One start tag, comment or instruction; text comes in pieces and is limited by whoever collects it.
LONGEST_TOKEN = 2**20


class Elements:
    """Feeds a handler with the elements of a part; the handler raises what it finds wrong."""

    def __init__(
        self,
        path: Path,
        *,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> None:
        self._path = path
        self._depth = 0
        self._start, self._end = start, end
        self._fed = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=None)
        parser.buffer_text = True
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._document_type

    def read(self, blocks: Iterator[bytes]) -> Iterator[None]:
        """Parse a part; yields after each block, so that what was found may be handed on. Raises DeliveryError."""
        for block in blocks:
            self._parse(block, is_last=False)
            self._fed += len(block)
            if self._fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
                raise self._refusal("one tag is longer than a megabyte")
            yield
        self._parse(b"", is_last=True)
        yield

    def _parse(self, block: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(block, is_last)
        except expat.ExpatError as error:
            raise self._refusal(f"line {error.lineno} of a part is not well-formed XML") from None
        except (LookupError, ValueError):
            raise self._refusal("a part is written in an encoding that XML does not know") from None

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refusal("its elements are nested too deep for a table")
        self._start(name.rpartition(":")[2], attributes)

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._end(name.rpartition(":")[2])

    def _document_type(self, *_: object) -> None:
        raise self._refusal("a part declares a document type, which no XLSX has")

    def _refusal(self, found: str) -> DeliveryError:
        return unreadable(self._path, "xlsx_xml", found)
