"""A drop folder in which something is wrong is refused whole, in words that help, and harms nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import ContractError, DeliveryError, O7Error
from tests.deliveries import write_manifest
from tests.faults.house import SECOND, House, assert_refused, personal_values
from tests.faults.planting import (
    cut,
    in_encoding,
    of_schools_outside,
    only,
    replaced_by_link,
    rows_of,
    unlisted,
    with_line,
    with_lines,
    with_listed,
    with_manifest,
    with_values,
    without_column,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASK = "Ask О7's operator to deliver it again"
MEND = "Ask О7's operator to mend and deliver again"


@dataclass(frozen=True)
class Fault:
    """What is done to a good drop, and how the night must end."""

    name: str
    plant: Callable[[Path], None]
    step: str
    error: type[O7Error]
    says: tuple[str, str, str]


def of_manifest(name: str, plant: Callable[[Path], None], found: str, do: str = ASK) -> Fault:
    """A fault after which the manifest says nothing that could be believed."""
    return Fault(name, plant, "open_night", DeliveryError, (found, "cannot be trusted", do))


def of_a_line(name: str, plant: Callable[[Path], None], found: str) -> Fault:
    """A fault that only reading the file shows."""
    return Fault(
        name, plant, "extract", DeliveryError, (found, "one unreadable line is not loaded at all", ASK)
    )


def of_rows(name: str, plant: Callable[[Path], None], found: str) -> Fault:
    """A fault that shows itself when all rows are there."""
    return Fault(name, plant, "check_delivery", DeliveryError, (found, "Nothing was loaded", MEND))


def of_form(name: str, plant: Callable[[Path], None], found: str) -> Fault:
    """A fault of entities and columns."""
    return Fault(name, plant, "check_delivery", ContractError, (found, "Nothing was loaded", MEND))


FAULTS = (
    Fault("no contract version", with_manifest(contract_version=None), "open_night", ContractError,
          ("does not say which version of the contract", "may mean anything", "by version 1.0")),
    Fault("a newer contract version", with_manifest(contract_version="2.0"), "open_night", ContractError,
          ("keeps version '2.0'", "Equal names may mean other things", "Bring contracts/o7.yml to the new version")),
    Fault("an older contract version", with_manifest(contract_version="0.9"), "open_night", ContractError,
          ("keeps version '0.9'", "Equal names may mean other things", "Ask О7's operator for ours")),
    Fault("another contract", with_manifest(contract="o8"), "open_night", ContractError,
          ("belongs to the contract 'o8'", "columns mean other things", "Name the right drop folder")),

    Fault("no manifest", lambda folder: (folder / "manifest.json").unlink(), "open_night", DeliveryError,
          ("neither manifest.json nor a dated folder", "complete only when its manifest is there", "Wait until О7")),
    of_manifest("a manifest cut off", lambda folder: (folder / "manifest.json").write_bytes(
        (folder / "manifest.json").read_bytes()[:400]), "it is not JSON"),
    of_manifest("a manifest that is a list", lambda folder: write_manifest(folder, []), "not a JSON object"),  # type: ignore[arg-type]
    of_manifest("a manifest without files", with_manifest(files=[]), "files is not a list of files"),
    of_manifest("a manifest without a night", with_manifest(night="16.12.2025"), "night is not a date"),
    of_manifest("a snapshot without offset", with_manifest(snapshot_at="2025-12-17T00:10:00"),
                "snapshot_at is not an instant with an offset"),
    of_manifest("a file outside the folder", with_listed("person", file="../person.csv"), "not a bare file name"),
    of_manifest("an entity listed twice", with_listed("person", entity="student"), "names the entity 'student'"),
    of_manifest("a hash that is none", with_listed("person", sha256="0"), "not 64 lower-case hexadecimal digits"),

    Fault("a listed file that is missing", lambda folder: (folder / "person.csv").unlink(), "open_night", DeliveryError,
          ("person.csv is listed in the manifest and cannot be read", "Part of a delivery is not loaded", ASK)),
    Fault("a file that is a link", replaced_by_link, "open_night", DeliveryError,
          ("cannot be read as a file of this folder", "Part of a delivery is not loaded", ASK)),
    Fault("a file cut off", cut("person", is_admitted=False), "open_night", DeliveryError,
          ("the file is cut off", "Part of a delivery is not loaded", ASK)),
    Fault("another hash", with_listed("person", sha256="0" * 64), "extract", DeliveryError,
          ("its SHA-256 is another one", "nothing of this night is loaded", ASK)),
    Fault("another number of rows", with_listed("person", rows=299), "extract", DeliveryError,
          ("rows, and the manifest promises 299", "nobody can account for", ASK)),

    Fault("UTF-16", in_encoding("person", "utf-16"), "open_night", DeliveryError,
          ("line 1 is not UTF-8", "no name can be trusted", ASK)),
    Fault("UTF-16 without its mark", in_encoding("person", "utf-16-le"), "open_night", ContractError,
          ("line 1 is not a header", "Columns are matched by name", ASK)),
    Fault("a row in the place of the header", with_lines("person", lambda lines: lines[1:]), "open_night",
          ContractError, ("line 1 is not a header", "Columns are matched by name", ASK)),
    Fault("a byte order mark", in_encoding("person", "utf-8-sig"), "open_night", ContractError,
          ("begins with a byte order mark", "part of the first column's name", ASK)),
    of_a_line("cp1251", in_encoding("person", "cp1251"), "person, line 2: is not written in UTF-8"),
    of_rows("names in a lost encoding", with_values("person", last_name="????????"), "names hold U+FFFD or «????»"),

    of_a_line("a file cut off before it was described", cut("person", is_admitted=True),
              "person, line 201: has too few values"),
    of_a_line("a row with a value too few", with_line("person", 5, lambda line: line.rsplit(b";", 1)[0] + b"\n"),
              "person, line 5: has too few values (from column inn)"),
    of_a_line("a row with a value too many", with_line("person", 5, lambda line: line.strip() + b";1\n"),
              "person, line 5: has too many values"),
    of_a_line("a quotation mark never closed", with_line("person", 5, lambda line: line.replace(b";", b';"', 1)),
              "opens a quotation mark that is never closed"),
    of_a_line("a zero byte", with_line("person", 5, lambda line: line.replace(b";", b";\0", 1)),
              "person, line 5: holds a zero byte"),
    Fault("a name twice in the header", with_line("person", 1, lambda line: line.replace(b"snils", b"inn")),
          "open_night", ContractError,
          ("line 1 is not a header of different column names", "Columns are matched by name", ASK)),

    of_form("a mandatory column missing", without_column("person", "snils"), "person.snils was not delivered"),
    of_form("a column renamed", with_line("person", 1, lambda line: line.replace(b"last_name", b"surname")),
            "person.last_name was not delivered, and the contract demands it. 'surname' was delivered instead"),
    of_form("an entity not delivered", unlisted("guardian"), "guardian was not delivered, and the contract demands"),
    of_form("a column that means something else", with_values("person", birth_date="12.05.2012"),
            "values looked at are not of the contract's type date"),

    of_rows("an empty entity", only("contact", lambda *_: False), "contact came without a single row"),
    of_rows("30 % fewer rows", only("performance_daily", lambda number, _: number % 10 >= 3),
            "30 % fewer than the"),
    of_rows("a municipality left out", of_schools_outside("83703000", "section_declaration"),
            "section_declaration of municipality 83703000 has 0 rows, 100 % fewer"),
    of_rows("parents left out", only("student", lambda number, _: number % 10 != 0), "have no delivered student"),
    of_rows("keys twice", with_values("contact", source_id="10000000-cP11"), "rows repeat a key"),
    of_rows("a snapshot taken too early", with_manifest(snapshot_at="2025-12-16T20:00:00+03:00"),
            "before the day had ended"),
)  # fmt: skip


@pytest.fixture
def drop(small_world: Path, tmp_path: Path) -> Path:
    """The good drop of the second night, to be broken."""
    return shutil.copytree(small_world / SECOND, tmp_path / "drop")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.usefixtures("untouched")
def test_a_broken_drop_is_refused(house: House, small_world: Path, drop: Path, fault: Fault) -> None:
    fault.plant(drop)

    attempt = house.attempt(O7_DROP=str(drop))

    assert_refused(attempt, small_world, step=fault.step, error=fault.error, says=fault.says)


@pytest.mark.usefixtures("untouched")
def test_the_same_drop_without_a_fault_is_accepted(house: House, drop: Path) -> None:
    attempt = house.attempt(until="check_delivery", O7_DROP=str(drop))

    assert attempt.failure is None


@pytest.mark.usefixtures("untouched")
def test_a_file_that_changes_while_it_is_read_is_refused(house: House, small_world: Path, drop: Path) -> None:
    """Between the opening of the night and the extraction: the size is the same, the bytes are not."""
    content = (drop / "person.csv").read_bytes()
    (drop / "person.csv").write_bytes(content[:-2] + b"0\n")

    attempt = house.attempt(O7_DROP=str(drop))

    says = ("its SHA-256 is another one", "changed or damaged on its way", ASK)
    assert_refused(attempt, small_world, step="extract", error=DeliveryError, says=says)


def test_the_personal_values_these_tests_look_for_are_many(small_world: Path) -> None:
    [pupil, *_] = rows_of(small_world / SECOND, "person")

    values = personal_values(small_world)

    assert len(values) > 3000
    assert {pupil["source_id"], pupil["last_name"], pupil["snils"]} <= values


def test_what_must_stay_is_published_and_printed(house: House) -> None:
    filled = {name for name, content in house.good.items() if content[0] > 0}
    reports = {name.rsplit(".", 1)[1] for name in filled if name.startswith("reports/")}

    assert reports == {"html", "pdf", "docx", "xlsx", "csv", "json", "txt"}
    assert filled > {
        "published.night", "published.profile_versions", "published.pupil_reading_versions",
        "published.staff_reading_versions", "raw_o7.person", "indicators.indicator_values",
        "audit.run", "audit.rule_result",
    }  # fmt: skip
