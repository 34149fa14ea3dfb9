"""The other forms a night can be delivered in, made of the finished CSV drop: the same rows, written as others do."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from o7_simulator import datamart, manual
from o7_simulator.csv_drop import MANIFEST, MARKER, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_simulator.catalogues import Contract

FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^;"\n]*))([;\n])')
Line = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the new form, as its manifest names it."""

    entity: str
    path: Path
    rows: int
    operation: str = "create"

    def listed(self) -> dict[str, Any]:
        """Its entry in the manifest."""
        content = self.path.read_bytes()
        entry = {
            "entity": self.entity,
            "file": self.path.name,
            "rows": self.rows,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return entry if self.operation == "create" else entry | {"operation": self.operation}


class Form(Protocol):
    """Writes one night anew."""

    def entries(self) -> dict[str, Any]:
        """What the manifest says of the whole delivery."""

    def write(self, folder: Path, entity: str, lines: list[Line]) -> Iterator[Written]:
        """Write the rows of an entity; they come in the contract's columns."""

    def end_night(self, night: str) -> None:
        """All entities of the night are written."""


def form_of(name: str, contract: Contract) -> Form:
    """The form of this name: ``datamart`` or ``manual``."""
    return datamart.Datamart(contract) if name == "datamart" else manual.Manual(contract)


FORMS = ("contract", "datamart", "manual")


def rewrite(target: Path, form: Form) -> None:
    """Put every night of a finished drop into the form, in the nights' order; the manifest comes last."""
    for night in json.loads((target / MARKER).read_text("utf-8"))["nights"]:
        folder = target / night
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).unlink()
        written: list[Written] = []
        for file in manifest["files"]:
            old = folder / file["file"]
            lines = list(read_lines(old.read_text("utf-8")))[1:]
            old.unlink()
            written += form.write(folder, file["entity"], lines)
        form_entries = form.entries()
        form.end_night(night)
        manifest |= form_entries | {"files": [one.listed() for one in written]}
        write_manifest(folder, manifest)


def read_lines(text: str) -> Iterator[Line]:
    """The lines of a canonical CSV; a field without anything is None, one of two quotation marks is empty."""
    line: list[str | None] = []
    for field in FIELD.finditer(text):
        quoted, plain, end = field.groups()
        line.append(plain or None if quoted is None else quoted.replace('""', '"'))
        if end == "\n":
            yield tuple(line)
            line = []
