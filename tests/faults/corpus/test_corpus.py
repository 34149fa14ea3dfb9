"""Almost ninety kinds of malformed files: each is refused by the right check, in words that help, without a trace.

The reading functions are asked directly; what only the database sees is extracted; the command is tried on a few.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import DeliveryError, O7Error
from o7_warehouse.extract import extract
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.deliveries import (
    asked,
    emptied,
    opened,
    read_manifest,
    rewrite,
    small_world,
    write_drop,
    write_manifest,
)
from tests.faults.corpus.drops import Beginning, read_whole, write_file
from tests.faults.corpus.kinds import CSV, OF_CSV_HEADERS, OF_CSV_LINES, OF_CSV_STREAMS, OTHERS, Kind
from tests.faults.corpus.sheets import ENTITY, ROW, TITLES, good_sheet, parts, row, sheet, workbook

if TYPE_CHECKING:
    from pathlib import Path

ENDING = "Ask О7's operator to deliver it again."
MOST_MEMORY = 512 * 2**20
MEASURED = """
import json, re, sys
from pathlib import Path
from o7_warehouse.errors import DeliveryError, O7Error
from tests.faults.corpus.drops import read_whole
ended = {}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    try:
        ended[folder.name] = read_whole(folder)
    except O7Error as error:
        ended[folder.name] = error.check
# The most this very program held: getrusage would tell what the one that started it held.
status = Path("/proc/self/status").read_text()
ended["memory"] = int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024
print(json.dumps(ended))
"""


def assert_refused(error: O7Error, kind: Kind) -> None:
    """The error is the kind's, tells what, why and what to do, and nothing of a row."""
    words = str(error)
    assert (type(error), error.check) == (kind.error, kind.check), words
    assert kind.says in words
    assert words.endswith(ENDING)
    assert (
        "Columns are matched by name." in words or "not loaded at all" in words or "no name can be" in words
    )
    assert "Нальчик" not in words
    assert "83701000" not in words


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_a_malformed_spreadsheet_is_refused(tmp_path: Path, kind: Kind) -> None:
    folder = write_file(tmp_path / "xlsx", kind.make())

    with pytest.raises(O7Error) as refusal:
        read_whole(folder)

    assert_refused(refusal.value, kind)


@pytest.mark.parametrize("kind", [*OF_CSV_HEADERS, *OF_CSV_STREAMS], ids=lambda kind: kind.name)
def test_a_malformed_csv_is_refused(tmp_path: Path, kind: Kind) -> None:
    folder = write_file(tmp_path / "csv", kind.make())

    with pytest.raises(O7Error) as refusal:
        read_whole(folder)

    assert_refused(refusal.value, kind)


def test_the_kinds_are_many_and_none_is_another() -> None:
    kinds = [*OTHERS, *OF_CSV_HEADERS, *OF_CSV_STREAMS, *OF_CSV_LINES]
    contents = {hash(kind.make()) for kind in kinds}

    assert len(kinds) > 70
    # An empty file and noise come as both.
    assert len(contents) >= len(kinds) - 2


def test_the_same_files_without_a_fault_are_read_whole(tmp_path: Path) -> None:
    assert read_whole(write_file(tmp_path / "csv", CSV.encode())) == 1
    assert read_whole(write_file(tmp_path / "xlsx", workbook(good_sheet()))) == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            lambda: workbook(sheet(row(1, [f" {title.upper()}  " for title in TITLES]), row(2, ROW))),
            id="titles in another case, with spaces",
        ),
        pytest.param(
            lambda: workbook(sheet(row(1, TITLES), row(2, ROW), '<row r="3"/><row r="4"><c r="A4" s="1"/></row>')),
            id="blank rows with a format at the end",
        ),
        pytest.param(
            lambda: workbook(sheet(row(1, TITLES), row(2, ROW)), xl__printerSettings__printerSettings1_dot_bin=b"x"),
            id="settings of a printer",
        ),
        pytest.param(
            lambda: workbook(sheet(row(1, TITLES), row(2, ROW)).replace("UTF-8", "windows-1251").encode("cp1251")),
            id="XML in an encoding that it names",
        ),
        pytest.param(
            lambda: workbook(
                sheet(row(1, TITLES), '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'),
                xl__sharedStrings_dot_xml="<sst><si><r><t>837</t></r><r><t>01000</t></r><rPh><t>x</t></rPh></si></sst>",
            ),
            id="a shared text in pieces",
        ),
        pytest.param(
            lambda: workbook("".join(sheet(row(1, TITLES), row(2, ROW)).split(' r="A2"'))),
            id="a cell that does not say where it stands",
        ),
    ],
)  # fmt: skip
def test_what_people_and_programs_do_differently_is_read(tmp_path: Path, content) -> None:
    read = Beginning()

    assert read_whole(write_file(tmp_path / "xlsx", content()), read) == 1
    assert read.kept.startswith(b'"83701000";')


def test_a_row_that_the_manifest_does_not_count_is_refused(tmp_path: Path) -> None:
    with pytest.raises(O7Error, match="holds 1 rows, and the manifest promises 2") as refusal:
        read_whole(write_file(tmp_path / "xlsx", workbook(good_sheet()), rows=2))

    assert refusal.value.check == "file_rows"


def test_no_malformed_file_takes_more_memory_than_half_a_gigabyte(tmp_path: Path) -> None:
    """All of them one after another in a process of its own, and a great good one, which must not be kept either."""
    kinds = {f"{'csv' if kind not in OTHERS else 'xlsx'}-{number:02}": kind
             for number, kind in enumerate([*OTHERS, *OF_CSV_HEADERS, *OF_CSV_STREAMS])}  # fmt: skip
    for name, kind in kinds.items():
        write_file(tmp_path / name, kind.make())
    rows = 60_000
    great = sheet(
        row(1, TITLES), *(row(number, [f"{number * 7919}", *ROW[1:]]) for number in range(2, rows + 2))
    )
    write_file(tmp_path / "xlsx-great", workbook(great), rows=rows)

    done = subprocess.run(
        [sys.executable, "-P", "-c", MEASURED, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    ended = json.loads(done.stdout)
    assert ended.pop("memory") < MOST_MEMORY
    assert ended.pop("xlsx-great") == rows
    assert ended == {name: kind.check for name, kind in kinds.items()}
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("entries", "listed", "says"),
    [
        pytest.param(
            {"form": "parquet"}, {}, "form is none of contract, datamart, manual", id="an unknown form"
        ),
        pytest.param({"form": ["manual"]}, {}, "form is none of", id="a form that is a list"),
        pytest.param(
            {"prefix": "x."}, {}, "prefix and base belong to the form datamart", id="a prefix by hand"
        ),
        pytest.param({"base": "2025-12-14"}, {}, "prefix and base belong", id="changes by hand"),
        pytest.param(
            {"form": "datamart", "prefix": "о7"}, {}, "prefix is not a short text", id="a Cyrillic prefix"
        ),
        pytest.param(
            {"form": "datamart", "base": "14.12.2025"}, {}, "base is not a date", id="a base that is no date"
        ),
        pytest.param({}, {"operation": "merge"}, "operation of", id="an unknown operation"),
        pytest.param({}, {"operation": "delete"}, "only the form datamart can", id="a deletion by hand"),
        pytest.param({}, {"file": "../municipality_ref.xlsx"}, "not a bare file name", id="a file outside"),
        pytest.param({}, {"bytes": 10**4400}, "it is not JSON (ValueError)", id="a number without end"),
        pytest.param({"night": "2025-02-30"}, {}, "night is not a date", id="a day that is in no calendar"),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused(tmp_path: Path, entries, listed, says: str) -> None:
    folder = write_file(tmp_path / "xlsx", workbook(good_sheet()))
    content = read_manifest(folder) | entries
    content["files"][0] |= listed
    sys.set_int_max_str_digits(0)
    try:
        write_manifest(folder, content)
    finally:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)

    with pytest.raises(DeliveryError) as refusal:
        read_whole(folder)

    assert refusal.value.check == "manifest_unusable"
    assert says in str(refusal.value)
    assert str(refusal.value).endswith(ENDING)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"files": ' + " " * 2**24 + "1}", "\0"], ids=["deep", "long", "zero"]
)
def test_a_manifest_that_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    folder = write_file(tmp_path / "xlsx", workbook(good_sheet()))
    (folder / "manifest.json").write_text(text, encoding="utf-8")

    with pytest.raises(DeliveryError) as refusal:
        read_whole(folder)

    assert refusal.value.check == "manifest_unusable"


def test_an_archive_in_the_place_of_a_folder_is_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "drop.zip"
    archive.write_bytes(workbook(good_sheet()))

    with pytest.raises(DeliveryError, match="is a file, and a drop is a folder with its manifest") as refusal:
        read_whole(archive)

    assert refusal.value.check == "manifest_missing"


@pytest.fixture(scope="module")
def empty(warehouse_database):
    """A warehouse without a night."""
    return emptied(warehouse_database)


@pytest.fixture(scope="module")
def good_drop():
    """A whole delivery, of which one file is to be broken."""
    with open_folder() as folder:
        yield write_drop(folder / "drop", small_world(rows=2))


@pytest.mark.parametrize("kind", OF_CSV_LINES, ids=lambda kind: kind.name)
def test_a_line_that_only_the_database_cannot_read_is_refused_and_kept_as_a_finding(
    empty, good_drop: Path, kind: Kind
) -> None:
    content = kind.make()
    rewrite(good_drop, ENTITY, content, rows=content.count(b"\n"))
    rewrite(good_drop, ENTITY, content, rows=_records(content))
    settings = dataclasses.replace(empty, drop=good_drop, source_dsn=None)
    run_id = opened(settings)

    with pytest.raises(O7Error) as refusal:
        extract(settings, run_id)

    assert_refused(refusal.value, kind)
    found = "select check_id, severity, message from audit.contract_finding where run_id = %s"
    assert asked(settings, found, (run_id,)) == [(kind.check, "critical", str(refusal.value))]
    assert asked(settings, "select count(*) from landing._delivery") == [(0,)]
    assert asked(settings, "select count(*) from raw_o7.night") == [(0,)]


def _records(content: bytes) -> int:
    """The rows a manifest would count: line ends after the header, and a last line without one."""
    return content.count(b"\n") - 1 + (not content.endswith(b"\n"))


def test_parts_names_what_it_was_given() -> None:
    assert "xl/sharedStrings.xml" in parts("", xl__sharedStrings_dot_xml="")
