"""Attacks of a clerk with a spreadsheet: what the package and its sheet may hold and grow to."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from o7_warehouse.sources import xlsx_file, xlsx_package, xlsx_sheet, xlsx_xml
from tests.attacks.catalogue import Attack, having, refused, without
from tests.faults.corpus import kinds
from tests.faults.corpus.drops import read_whole, write_file
from tests.faults.corpus.sheets import (
    ROW,
    TITLES,
    good_sheet,
    package,
    parts,
    row,
    sheet,
    text_cell,
    with_entry,
    workbook,
)

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from pathlib import Path

SMUGGLED: Final = b"SMUGGLED"
ENTITY: Final = '<!DOCTYPE x [<!ENTITY a "SMUGGLED">]>'
OUTSIDE: Final = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


class Kept:
    """Takes all that is read and keeps it."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, block: bytes) -> int:
        """Take all of it."""
        self.content += bytes(block)
        return len(block)


def read(folder: Path, content: bytes, *, rows: int = 1) -> bytes:
    """What the warehouse would get of a spreadsheet. Raises O7Error."""
    kept = Kept()
    sink: io.RawIOBase = kept  # type: ignore[assignment]
    read_whole(write_file(folder / "xlsx", content, rows=rows), sink)
    return kept.content


def taken(check: str, make: Callable[[], bytes], *, rows: int = 1) -> Callable[[Path], bool]:
    """Whether a file is taken for a delivery, which the check must refuse."""
    return lambda folder: not refused(check, lambda: read(folder, make(), rows=rows))


def smuggles(check: str, make: Callable[[], bytes]) -> Callable[[Path], bool]:
    """Whether the words that nobody sees in the sheet come out of it."""

    def attempt(folder: Path) -> bool:
        got: list[bytes] = []
        return not refused(check, lambda: got.append(read(folder, make()))) and SMUGGLED in got[0]

    return attempt


def crashes(folder: Path) -> bool:
    """Whether half a letter in a cell stops the reader by an error that tells nobody anything."""
    try:
        return not refused(
            "zero_byte", lambda: read(folder, workbook(good_sheet(row(3, ["1_xD800_", *ROW[1:]]))))
        )
    except UnicodeEncodeError:
        return True


def spaces() -> bytes:
    """A megabyte and a half of nothing between two rows."""
    return workbook(sheet(row(1, TITLES), " " * (3 * 2**19), row(2, ROW)))


def cell(xml: str) -> Callable[[], bytes]:
    """A sheet whose second row holds this cell."""
    return lambda: workbook(sheet(row(1, TITLES), f'<row r="2">{xml}</row>'))


def held(name: str) -> Callable[[], bytes]:
    """A good file with one part more."""
    return lambda: with_entry(name)


def leaving(clause: str) -> Callable[[object], object]:
    """The names of parts judged without one clause."""
    return without(xlsx_package, "_examine", clause)


PATHS: Final = {
    "climbs out of the package": ("../../evil.csv", ' or ".." in name.split("/")'),
    "begins at the root": ("/etc/cron.d/evil", 'name.startswith("/") or '),
    "climbs out by backslashes": ("xl\\..\\..\\evil.csv", ' or "\\\\" in name'),
    "names a drive": ("C:evil.csv", ' or ":" in name'),
}
HELD: Final = {
    "xlsx_macro": {"a macro in Visual Basic": "xl/vbaProject.bin", "a macro sheet of Excel 4": "xl/macrosheets/sheet1.xml"},
    "xlsx_external_link": {
        "a link that fetches cells of another file": "xl/externalLinks/externalLink1.xml",
        "a question to a database": "xl/connections.xml",
    },
    "xlsx_embedded": {"an object of another program": "xl/embeddings/oleObject1.bin", "an archive within the archive": "inner.zip"},
}  # fmt: skip
SHEETS: Final = [
    ("a symbolic link as a part of the package", "zip_link",
     lambda: with_entry("xl/link.xml", attributes=(stat.S_IFLNK | 0o777) << 16),
     without(xlsx_package, "_examine", "if stat.S_ISLNK(part.external_attr >> 16):", "if False:")),
    ("two parts whose names differ in case, so that each reader takes another one", "zip_name_twice",
     lambda: package(parts(good_sheet()) | {"xl/Workbook.xml": "<workbook/>"}),
     without(xlsx_package, "open_package", "len({name.casefold() for name in names}) != len(names)", "False")),
    ("more than a thousand parts", "zip_too_large",
     lambda: package(parts(good_sheet()) | {f"xl/theme/theme{number}.xml": "" for number in range(1001)}),
     having(xlsx_package, "MOST_PARTS", 10**9)),
    ("a bomb: a part that grows more than a hundredfold", "zip_too_large", spaces,
     having(xlsx_package, "HIGHEST_RATIO", 10**9)),
    ("a document type that names a file of the machine", "xlsx_xml",
     lambda: workbook(sheet(row(1, TITLES), row(2, ROW), before=OUTSIDE)),
     without(xlsx_xml.Elements, "_document_type", "raise self._refusal", "self._refusal")),
    ("elements nested five thousand deep", "xlsx_xml",
     lambda: workbook(sheet(row(1, TITLES), row(2, ROW), "<x>" * 5000 + "</x>" * 5000)),
     having(xlsx_xml, "DEEPEST", 10**9)),
    ("a tag that does not end for three megabytes", "xlsx_xml",
     lambda: workbook(sheet(row(1, TITLES), row(2, ROW), f'<x y="{kinds._letters(3_000_000)}"/>')),  # noqa: SLF001
     having(xlsx_xml, "LONGEST_TOKEN", 10**9)),
    ("a second sheet that is hidden", "xlsx_sheets", kinds._two_sheets,  # noqa: SLF001
     without(xlsx_sheet, "_only_sheet", "if len(sheets) != 1:", "if not sheets:")),
    ("a number whose leading zeros Excel has eaten", "xlsx_not_text", cell('<c r="A2"><v>83701000</v></c>'),
     without(xlsx_sheet._Sheet, "_close_cell", 'elif self._type not in {"inlineStr", "str"}:', "elif False:")),  # noqa: SLF001
    ("a date that became a serial number", "xlsx_not_text", cell('<c r="B2" s="1"><v>45992.4166</v></c>'),
     without(xlsx_sheet._Sheet, "_close_cell", 'elif self._type not in {"inlineStr", "str"}:', "elif False:")),  # noqa: SLF001
    ("an error value in the place of a code", "xlsx_not_text", cell('<c r="A2" t="e"><v>#REF!</v></c>'),
     without(xlsx_sheet._Sheet, "_close_cell", 'elif self._type not in {"inlineStr", "str"}:', "elif False:")),  # noqa: SLF001
    ("a zero byte written as _x0000_", "zero_byte", lambda: workbook(good_sheet(row(3, ["1_x0000_", *ROW[1:]]))),
     without(xlsx_sheet._Sheet, "_close_cell", '"\\0" in text or ')),  # noqa: SLF001
    ("a cell of more text than Excel can show", "xlsx_cell_too_long",
     lambda: workbook(good_sheet(row(3, ["1" * 40_000, *ROW[1:]]))),
     having(xlsx_sheet, "LONGEST_CELL", 10**9)),
    ("ten thousand columns", "columns_too_many",
     lambda: workbook(sheet(row(1, [*TITLES, *(f"t{number}" for number in range(10_000))]), row(2, ROW))),
     having(xlsx_sheet, "MOST_COLUMNS", 10**9)),
    ("a row hidden behind a blank one", "xlsx_gap", lambda: workbook(sheet(row(1, TITLES), row(2, ROW), row(9, ROW))),
     without(xlsx_file, "_body", "if number != last + 1:", "if False:")),
    ("a row of another file that is wider than the header", "row_ragged",
     lambda: workbook(good_sheet(row(3, [*ROW, "лишнее"]))),
     without(xlsx_file, "_body", "if max(row) >= len(header):", "if False:")),
    ("a title twice, so that one column hides another", "header_twice",
     lambda: workbook(sheet(row(1, [*TITLES, TITLES[2].upper()]), row(2, [*ROW, "другое"]))),
     without(xlsx_file, "_header", "if name_twice := twice(names):", "if name_twice := None:")),
]  # fmt: skip
# How many rows a sheet has that its defence no longer refuses.
TWO_ROWS: Final = (
    "a zero byte", "a cell of more", "a row hidden", "a row of another",
)  # fmt: skip
HIDDEN_WORDS: Final = [
    ("a word that an entity brings in", "xlsx_xml",
     lambda: workbook(sheet(row(1, TITLES), row(2, ROW).replace("Нальчик", "&a;"), before=ENTITY)),
     without(xlsx_xml.Elements, "_document_type", "raise self._refusal", "self._refusal")),
    ("a formula behind an innocent word", "xlsx_formula",
     cell('<c r="A2" t="str"><f>HYPERLINK("http://x")</f><v>SMUGGLED</v></c>'),
     without(xlsx_sheet._Sheet, "_start", 'elif name == "f":', 'elif name == "nothing":')),  # noqa: SLF001
    ("a second cell in the place of the one that is seen", "xlsx_not_a_table",
     cell(text_cell(0, 2, "83701000") + text_cell(0, 2, "SMUGGLED")),
     without(xlsx_sheet._Sheet, "_open_cell", "if place <= self._place:", "if False:")),  # noqa: SLF001
    ("a cell that stands in the row of another pupil", "xlsx_not_a_table", cell('<c r="A7" t="inlineStr"><is><t>SMUGGLED</t></is></c>'),
     without(xlsx_sheet._Sheet, "_open_cell", "or int(found[2]) != self._number", "")),  # noqa: SLF001
]  # fmt: skip


def _attacks() -> list[Attack]:
    found = [
        (f"a part whose name {name}", "zip_path", taken("zip_path", held(path)), leaving(clause))
        for name, (path, clause) in PATHS.items()
    ]
    found += [
        (name, check, taken(check, held(part)), having(xlsx_package, "FORBIDDEN", {}))
        for check, entries in HELD.items()
        for name, part in entries.items()
    ]
    found += [
        (name, check, taken(check, make, rows=2 if name.startswith(TWO_ROWS) else 1), removed)
        for name, check, make, removed in SHEETS
    ]
    found += [(name, check, smuggles(check, make), removed) for name, check, make, removed in HIDDEN_WORDS]
    found.append((
        "half a letter that no encoding has, which would crash the reader", "zero_byte", crashes,
        without(xlsx_sheet._Sheet, "_close_cell", ' or any("\\ud800" <= letter <= "\\udfff" for letter in text)'),  # noqa: SLF001
    ))  # fmt: skip
    return [
        Attack(code=f"FILE-{number:02}", name=name, defence=f"the check {check} of the reader of XLSX", attempt=attempt, removed=removed)
        for number, (name, check, attempt, removed) in enumerate(found, start=1)
    ]  # fmt: skip


ATTACKS: Final = _attacks()
