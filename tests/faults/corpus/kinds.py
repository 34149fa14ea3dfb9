"""Every kind of malformed file: how it is made, which check must find it, and what must be said.

Made when they are asked for, so that none lies in the repository. One drop, one entity, one file.
"""

from __future__ import annotations

import random
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.errors import ContractError, DeliveryError, O7Error
from tests.faults.corpus.sheets import (
    ROW,
    TITLES,
    WORKBOOK,
    bomb,
    good_sheet,
    letter,
    package,
    parts,
    row,
    sheet,
    text_cell,
    with_entry,
    workbook,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "source_id;modified_at;name\n"
LINE = "83701000;2025-12-01T10:00:00+03:00;Нальчик\n"
CSV = HEADER + LINE
HELD = b"PK\x03\x04 nothing else"


@dataclass(frozen=True)
class Kind:
    """One kind: its content, the class and the check of the error, and some of its words."""

    name: str
    make: Callable[[], bytes]
    error: type[O7Error]
    check: str
    says: str


def in_csv(name: str, text: str | bytes, check: str, says: str, error: type[O7Error] = DeliveryError) -> Kind:
    """A CSV file of this content."""
    content = text if isinstance(text, bytes) else text.encode()
    return Kind(name, lambda: content, error, check, says)


def in_xlsx(
    name: str,
    make: Callable[[], bytes] | str,
    check: str,
    says: str,
    error: type[O7Error] = DeliveryError,
) -> Kind:
    """An XLSX file, made whole, or of this sheet."""
    if isinstance(make, str):
        content = make
        return Kind(name, lambda: workbook(content), error, check, says)
    return Kind(name, make, error, check, says)


def cell(xml: str) -> str:
    """A good sheet whose row 3 holds this cell in column A."""
    return good_sheet(f'<row r="3">{xml}</row>')


def _nested(depth: int) -> str:
    return sheet(row(1, TITLES), "<x>" * depth + "</x>" * depth)


def _many_parts() -> bytes:
    return package(parts(good_sheet()) | {f"xl/theme/theme{number}.xml": "" for number in range(1001)})


def _twice_named() -> bytes:
    return package(parts(good_sheet()) | {"xl/Workbook.xml": WORKBOOK})


def _two_sheets() -> bytes:
    book = WORKBOOK.replace(
        "</sheets>", '<sheet name="Лист2" sheetId="2" state="hidden" r:id="rId2"/></sheets>'
    )
    return package(parts(good_sheet()) | {"xl/workbook.xml": book})


def _encrypted() -> bytes:
    content = bytearray(workbook(good_sheet()))
    # The flag of the first entry, in its own header and in the directory.
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02", 0, content.index(b"PK\x01\x02") + 4) + 8] |= 1
    return bytes(content)


def _damaged() -> bytes:
    content = bytearray(workbook(good_sheet()))
    place = content.index(b"xl/worksheets/sheet1.xml") + 60
    content[place : place + 8] = b"\xff" * 8
    return bytes(content)


def _lying_size() -> bytes:
    """A ZIP whose directory promises a hundred bytes of a sheet that has more."""
    content = bytearray(workbook(good_sheet(*(row(number, ROW) for number in range(3, 60)))))
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")
    return bytes(content)


def _without(name: str) -> bytes:
    return package({part: content for part, content in parts(good_sheet()).items() if part != name})


def _noise() -> bytes:
    return random.Random(22).randbytes(5000)


OTHERS = (
    in_xlsx("cut off in the middle", lambda: workbook(good_sheet())[:600], "xlsx_not_a_zip", "no whole XLSX package"),
    in_xlsx("nothing but the first bytes of a ZIP", lambda: HELD, "xlsx_not_a_zip", "cut off or damaged"),
    in_xlsx("an empty file", lambda: b"", "xlsx_not_a_zip", "no whole XLSX package"),
    in_xlsx("noise", _noise, "xlsx_not_a_zip", "no whole XLSX package"),
    in_xlsx("a CSV under another name", CSV.encode, "xlsx_not_a_zip", "no whole XLSX package"),
    in_xlsx("an old XLS", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "xlsx_not_a_zip", "old XLS or is locked"),
    in_xlsx("bytes damaged on the way", _damaged, "xlsx_not_a_zip", "cut off or damaged"),
    in_xlsx("a size that lies", _lying_size, "xlsx_not_a_zip", "cut off or damaged"),
    in_xlsx("a ZIP of something else", lambda: package({"notes.txt": "x"}), "xlsx_not_a_table", "no workbook in it"),
    in_xlsx("a ZIP without a sheet", lambda: _without("xl/worksheets/sheet1.xml"), "xlsx_not_a_table", "is not in the file"),
    in_xlsx("a ZIP in the ZIP", lambda: with_entry("inner.zip", content=workbook(good_sheet())), "xlsx_embedded", "holds other files"),
    in_xlsx("a document embedded", lambda: with_entry("xl/embeddings/oleObject1.bin"), "xlsx_embedded", "holds other files"),
    in_xlsx("a macro", lambda: with_entry("xl/vbaProject.bin"), "xlsx_macro", "holds macros or controls"),
    in_xlsx("a link to another file", lambda: with_entry("xl/externalLinks/externalLink1.xml"), "xlsx_external_link", "external links"),
    in_xlsx("a question to a database", lambda: with_entry("xl/connections.xml"), "xlsx_external_link", "external links"),
    in_xlsx("a name that climbs out", lambda: with_entry("../../evil.csv"), "zip_path", "leads out of it"),
    in_xlsx("a name from the root", lambda: with_entry("/etc/passwd"), "zip_path", "leads out of it"),
    in_xlsx("a name of another system", lambda: with_entry("xl\\..\\..\\evil.csv"), "zip_path", "leads out of it"),
    in_xlsx("an entry that is a link", lambda: with_entry("xl/link.xml", attributes=(stat.S_IFLNK | 0o777) << 16), "zip_link", "a link to another place"),
    in_xlsx("an entry behind a password", _encrypted, "zip_encrypted", "locked by a password"),
    in_xlsx("a name twice", _twice_named, "zip_name_twice", "the same name"),
    in_xlsx("a thousand parts", _many_parts, "zip_too_large", "1000 is the most"),
    in_xlsx("a bomb", lambda: bomb(200), "zip_too_large", "would grow to 209715"),
    in_xlsx("XML cut off", good_sheet()[:-20], "xlsx_xml", "not well-formed XML"),
    in_xlsx("a document type with entities", sheet(row(1, TITLES), row(2, ROW), before='<!DOCTYPE x [<!ENTITY a "b">]>'), "xlsx_xml", "declares a document type"),
    in_xlsx("a file of the machine as an entity", sheet(row(1, TITLES), before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "xlsx_xml", "declares a document type"),
    in_xlsx("elements nested without end", _nested(5000), "xlsx_xml", "nested too deep"),
    in_xlsx("one endless tag", lambda: workbook(sheet(row(1, TITLES), f'<row r="2" spans="{_letters(3_000_000)}"/>')), "xlsx_xml", "longer than a megabyte"),
    in_xlsx("XML in no known encoding", good_sheet().replace("UTF-8", "x-unknown"), "xlsx_xml", "XML"),
    in_xlsx("two sheets, one of them hidden", _two_sheets, "xlsx_sheets", "2 sheets, hidden ones too"),
    in_xlsx("a formula", cell('<c r="A3"><f>1+1</f><v>2</v></c>'), "xlsx_formula", "cell A3 holds a formula"),
    in_xlsx("a formula that gives text", cell('<c r="A3" t="str"><f>HYPERLINK("http://x")</f><v>x</v></c>'), "xlsx_formula", "cell A3 holds a formula"),
    in_xlsx("merged cells", good_sheet(after='<mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells>'), "xlsx_merged", "cells are merged"),
    in_xlsx("a code that became a number", cell('<c r="A3"><v>83701000</v></c>'), "xlsx_not_text", "cell A3 is a number"),
    in_xlsx("a number as a float", cell('<c r="A3" t="n"><v>8.3701E7</v></c>'), "xlsx_not_text", "cell A3 is a number"),
    in_xlsx("a date as a serial number", cell('<c r="B3" s="1"><v>45992.4166</v></c>'), "xlsx_not_text", "cell B3 is a number; a date is one too"),
    in_xlsx("a date as a date", cell('<c r="B3" t="d"><v>2025-12-01</v></c>'), "xlsx_not_text", "cell B3 is a date"),
    in_xlsx("a logical value", cell('<c r="A3" t="b"><v>1</v></c>'), "xlsx_not_text", "cell A3 is a logical value"),
    in_xlsx("an error value", cell('<c r="A3" t="e"><v>#N/A</v></c>'), "xlsx_not_text", "cell A3 is an error of a formula"),
    in_xlsx("a text that is not there", cell('<c r="A3" t="s"><v>7</v></c>'), "xlsx_not_a_table", "cell A3 points to a text"),
    in_xlsx("a cell in another row", cell('<c r="A4" t="inlineStr"><is><t>1</t></is></c>'), "xlsx_not_a_table", "a row that is not its own"),
    in_xlsx("a cell twice", cell(text_cell(0, 3, "1") * 2), "xlsx_not_a_table", "a cell of a row comes twice"),
    in_xlsx("rows out of order", sheet(row(1, TITLES), row(3, ROW), row(2, ROW)), "xlsx_not_a_table", "rows do not stand in their order"),
    in_xlsx("a blank row among others", sheet(row(1, TITLES), row(2, ROW), row(4, ROW)), "xlsx_gap", "row 3 is blank"),
    in_xlsx("a row wider than the header", good_sheet(row(3, [*ROW, "лишнее"])), "row_ragged", "row 3 is wider than the header: column D"),
    in_xlsx("a zero byte", good_sheet(row(3, ["1_x0000_", *ROW[1:]])), "zero_byte", "cell A3 holds a sign that no text can"),
    in_xlsx("half a letter", good_sheet(row(3, ["1_xD800_", *ROW[1:]])), "zero_byte", "cell A3 holds a sign that no text can"),
    in_xlsx("a cell longer than Excel's", good_sheet(row(3, ["1" * 40_000, *ROW[1:]])), "xlsx_cell_too_long", "more text than Excel can keep"),
    in_xlsx("a cell of megabytes", lambda: workbook(good_sheet(row(3, [_letters(5_000_000), *ROW[1:]]))), "xlsx_cell_too_long", "more text than Excel can keep"),
    in_xlsx("a million shared texts", lambda: workbook(good_sheet(), xl__sharedStrings_dot_xml=_many_texts()), "xlsx_too_large", "too many different texts; split it by school"),
    in_xlsx("no rows and no header", sheet(), "header", "row 1 is not a header", ContractError),
    in_xlsx("a row in the place of the header", sheet(row(1, ROW), row(2, ROW)), "header", "row 1 is not a header", ContractError),
    in_xlsx("a title above the header", sheet(row(1, ["Выгрузка за декабрь"]), row(2, TITLES), row(3, ROW)), "header", "row 1 is not a header", ContractError),
    in_xlsx("a column without a title", sheet(row(1, [TITLES[0], None, *TITLES[1:]]), row(2, ROW)), "header", "a column without a title, or one too long: B", ContractError),
    in_xlsx("a title twice", sheet(row(1, [*TITLES, TITLES[2].upper()]), row(2, ROW)), "header_twice", "names a column twice: 'name'", ContractError),
    in_xlsx("ten thousand columns", sheet(row(1, [*TITLES, *map(letter, range(10_000))])), "columns_too_many", "wider than 500 columns"),
)  # fmt: skip


def _many_texts() -> str:
    return "<sst>" + "".join(f"<si><t>{number * 7919}</t></si>" for number in range(1_000_002)) + "</sst>"


def _letters(number: int) -> str:
    """So many letters in which no packer finds an order, so that their ratio betrays nothing."""
    return "".join(random.Random(22).choices("abcdefghijklmnopqrstuvwxyz", k=number))


OF_CSV_HEADERS = (
    in_csv("UTF-16", CSV.encode("utf-16"), "encoding", "line 1 is not UTF-8"),
    in_csv("UTF-16 without its mark", CSV.encode("utf-16-le"), "header", "line 1 is not a header", ContractError),
    in_csv("a byte order mark", CSV.encode("utf-8-sig"), "byte_order_mark", "begins with a byte order mark", ContractError),
    in_csv("an empty file", "", "header", "line 1 is not a header", ContractError),
    in_csv("a header without its end", HEADER.strip(), "header", "line 1 is not a header", ContractError),
    in_csv("line ends of an old Mac", CSV.replace("\n", "\r"), "header", "line 1 is not a header", ContractError),
    in_csv("a row in the place of the header", LINE * 2, "header", "line 1 is not a header", ContractError),
    in_csv("Russian titles", ";".join(TITLES) + "\n" + LINE, "header", "line 1 is not a header", ContractError),
    in_csv("another delimiter", CSV.replace(";", ","), "header", "line 1 is not a header", ContractError),
    in_csv("a name twice", CSV.replace("modified_at", "name"), "header", "line 1 is not a header", ContractError),
    in_csv("two thousand columns", ";".join(f"c{number}" for number in range(2000)) + "\n", "columns_too_many", "more than 500 columns", ContractError),
    in_csv("ten thousand columns", ";".join(f"column{number}" for number in range(10_000)) + "\n", "columns_too_many", "more than 500 columns", ContractError),
    in_csv("noise", b"\xff" + _noise(), "encoding", "line 1 is not UTF-8"),
    in_csv("an XLSX under another name", workbook(good_sheet()), "encoding", "line 1 is not UTF-8"),
)  # fmt: skip

OF_CSV_STREAMS = (
    in_csv("a quotation mark never closed", CSV + LINE.replace(";Н", ';"Н'), "quote_open", "never closed"),
    in_csv("a row without end", CSV + '"' + "0" * 20 * 2**20, "record_too_long", "a row of more than 16 MB"),
)

# What only PostgreSQL finds, while it copies.
OF_CSV_LINES = (
    in_csv("cp1251", CSV.encode("cp1251"), "encoding", "line 2: is not written in UTF-8"),
    in_csv("a row with a value too few", CSV + "83703000;2025-12-01T10:00:00+03:00\n", "row_ragged", "line 3: has too few values (from column name)"),
    in_csv("a row with a value too many", CSV + LINE.strip() + ";1\n", "row_ragged", "line 3: has too many values"),
    in_csv("a delimiter in a text", CSV + LINE.replace("Нальчик", "Нальчик; город"), "row_ragged", "line 3: has too many values"),
    in_csv("an empty line", CSV + "\n" + LINE, "row_ragged", "line 3: has too few values"),
    in_csv("a zero byte", CSV + LINE.replace("Н", "\0"), "zero_byte", "line 3: holds a zero byte"),
    in_csv("a mixture of line ends", CSV + LINE.replace("\n", "\r\n"), "line_ends", "mixes two kinds of line end"),
    in_csv("half a letter at the end", CSV.encode()[:-2], "encoding", "line 2: is not written in UTF-8"),
)  # fmt: skip
