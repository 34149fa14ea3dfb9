"""A row that could not be placed comes back by itself: four nights, their memory, their digests and worklists.

The second night delivers a pupil twice, the third one mends it, the fourth one delivers the same again.
"""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from o7_warehouse import server
from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.verify import verify
from o7_warehouse.commands_worklist import worklist
from o7_warehouse.digest.read import read_digest
from o7_warehouse.digest.words import as_text
from o7_warehouse.errors import CommandError
from o7_warehouse.worklist.rows import read_worklists
from tests.conftest import open_folder
from tests.faults.canaries import PUPIL, VALID, decoded, found_in, plant
from tests.faults.planting import rows_of, with_manifest, with_rows
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Four nights on end: with --full.
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
NIGHTS = [date(2025, 12, 15) + timedelta(days=days) for days in range(4)]
BROKEN, MENDED, QUIET = NIGHTS[1:]
CARD = VALID["student"]["student_no"]


@dataclass(frozen=True)
class House:
    """The state directory after the four nights, what they delivered, and the pupil who was delivered twice."""

    state: State
    drop: Path
    twice: str

    def asked(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the warehouse answers its administrator."""
        return self.state.execute(statement, *values)

    def digest(self, night: date) -> str:
        """The digest of a night, now."""
        return as_text(read_digest(self.state.settings(), night)).replace("\N{NO-BREAK SPACE}", " ")

    def written(self, night: date) -> dict[str, bytes]:
        """The files of the digest beside the reports of a night."""
        folder = self.state.folder / "reports" / night.isoformat() / "digest"
        return {path.suffix: path.read_bytes() for path in folder.iterdir()}


def delivered(base: Path, folder: Path, night: date) -> Path:
    """The same rows as the delivery of another night."""
    drop = shutil.copytree(base, folder / night.isoformat())
    with_manifest(night=night.isoformat(), snapshot_at=f"{night + timedelta(days=1)}T00:10:00+03:00")(drop)
    return drop


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Four nights with canaries among the pupils."""
    with open_folder() as folder, open_folder() as drops:
        simulate("--pupils", "300", "--nights", "1", "--to", str(drops / "base"))
        base = drops / "base" / NIGHTS[0].isoformat()
        plant(base)
        persons = rows_of(base, "person")
        state = State(folder)
        with server.running(state.settings()):
            for night in NIGHTS:
                drop = delivered(base, drops, night)
                if night == BROKEN:
                    with_rows(drop, "person", [*persons, persons[5] | {"birth_place": "с. Нартан"}])
                arrived(state.walk(O7_DROP=str(drop)))
            yield House(state, base, persons[5]["source_id"])


def test_the_row_is_in_quarantine_for_the_night_on_which_it_could_not_be_placed(house: House) -> None:
    entries = (
        "select night, rule_ids, copies from quarantine.entry where entity = 'person' and source_id = %s"
    )

    assert house.asked(entries, house.twice) == [
        (BROKEN, ["person.key_single"], 1),
        (BROKEN, ["person.key_single"], 1),
    ]


def test_the_history_shows_the_stay_and_the_fact_that_came_back_once(house: House) -> None:
    [(key,)] = house.asked("select student_key from raw_o7.student_keys where student_id = %s", house.twice)

    stays = house.asked(
        "select first_night, last_night, released_on, age_nights, rule_ids from published.quarantine_history"
        " where entity = 'person' and row_key in (select row_key from published.issues where student_key = %s)",
        key,
    )
    assert stays == [(BROKEN, BROKEN, MENDED, 1, ["person.key_single"])]
    versions = house.asked(
        "select night_from, nullif(night_to, 'infinity') from published.profile_versions where student_key = %s"
        " order by night_from",
        key,
    )
    assert versions == [(NIGHTS[0], BROKEN), (MENDED, None)]
    assert house.asked("select count(*) from marts.fct_profile_completeness where student_key = %s", key) == [
        (1,)
    ]


def test_the_figures_miss_the_pupil_for_that_night_only(house: House) -> None:
    counted = house.asked(
        "select denominator::int from published.indicator_values where indicator = '4.1' and level = 'region'"
        " and education_stage = 'all' order by night"
    )

    [whole] = counted[0]
    assert counted == [(whole,), (whole - 1,), (whole,), (whole,)]


def test_what_is_broken_on_all_nights_is_as_old_as_the_nights(house: House) -> None:
    ages = house.asked(
        "select distinct issues.first_night, issues.mended_on, issues.age_nights from published.issues"
        " inner join raw_o7.student_keys as pupil on issues.student_key = pupil.student_key"
        " where pupil.student_id = %s and rule_id = 'contact.email'",
        PUPIL,
    )

    assert ages == [(NIGHTS[0], None, len(NIGHTS))]


def test_each_night_tells_what_changed_and_a_quiet_one_says_so(house: House) -> None:
    first, broken, mended, quiet = (house.digest(night) for night in NIGHTS)

    assert "сравнивать не с чем" in first
    assert "• Основные сведения: помещено 2, вышло 0, остаётся 3" in broken
    assert "(person.key_single)" in broken
    assert "• Основные сведения: помещено 0, вышло 2, остаётся 1" in mended
    assert "Изменений нет.\n" in quiet
    assert not any("Изменений нет" in other for other in (first, broken, mended))


def test_the_digest_lies_beside_the_reports_and_is_known_to_the_audit(house: House) -> None:
    for night in NIGHTS:
        files = house.written(night)
        assert files[".txt"].decode().replace("\N{NO-BREAK SPACE}", " ") == house.digest(night)
        assert json.loads(files[".json"])["has_changes"] is (night in {BROKEN, MENDED})
    assert house.asked(
        "select count(*)::int, count(distinct run_id)::int from audit.report_file where report_id = 'digest'"
    ) == [(2 * len(NIGHTS), len(NIGHTS))]
    # How a night ended is noted after its seal: of the newest one that is still to be sealed, and nothing else.
    found = verify(house.state.settings()).findings
    assert [(one.kind, one.table, one.night) for one in found] == [(Kind.addition, "night_outcome", QUIET)]


def test_the_same_night_again_gives_the_same_digest(house: House) -> None:
    before = {night: house.written(night) for night in NIGHTS}

    arrived(house.state.walk("--night", BROKEN.isoformat(), O7_DROP=str(house.drop)))

    assert {night: house.written(night) for night in NIGHTS} == before
    assert house.digest(MENDED).encode() in before[MENDED][".txt"].replace(
        "\N{NO-BREAK SPACE}".encode(), b" "
    )


@pytest.fixture(scope="module")
def files(house: House) -> dict[str, Path]:
    """The worklist of each school for the newest night."""
    worklist(state=house.state.folder)
    folder = house.state.folder / "schools"
    return {path.parent.name: path for path in folder.glob("*/*.xlsx")}


def numbers_in(path: Path) -> set[str]:
    """The numbers of cards a workbook names."""
    book = openpyxl.load_workbook(path)
    if "По учащимся" not in book.sheetnames:
        return set()
    return {str(row[0]) for row in book["По учащимся"].iter_rows(min_row=2, values_only=True)}


def test_every_school_has_a_worklist_with_its_own_pupils_and_no_others(
    house: House, files: dict[str, Path]
) -> None:
    own: dict[str, set[str]] = {}
    for row in rows_of(house.drop, "student"):
        own.setdefault(row["org_id"], set()).add(row["student_no"])
    schools = house.asked(
        "select org_unit_code from published.org_units where level = 'school' and night = %s", QUIET
    )

    assert set(files) == {code for (code,) in schools}
    named = {school: numbers_in(path) for school, path in files.items()}
    assert sum(map(len, named.values())) > 20
    assert {school: numbers - own[school] for school, numbers in named.items() if numbers - own[school]} == {}


def test_a_worklist_names_a_pupil_by_the_number_of_the_card_and_by_nothing_else(
    house: House, files: dict[str, Path]
) -> None:
    [school] = [row["org_id"] for row in rows_of(house.drop, "student") if row["source_id"] == PUPIL]

    assert found_in(decoded(files[school].read_bytes())) == {CARD}
    others = [path for code, path in files.items() if code != school]
    assert found_in(text for path in others for text in decoded(path.read_bytes())) == set()


def test_a_worklist_says_since_when(house: House, files: dict[str, Path]) -> None:
    [school] = [row["org_id"] for row in rows_of(house.drop, "student") if row["source_id"] == PUPIL]
    sheet = openpyxl.load_workbook(files[school])["По учащимся"]

    lines = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0] == CARD]

    assert ("Контакты", "E-mail") in {row[1:3] for row in lines}
    assert {(row[5].date(), row[6]) for row in lines} == {(NIGHTS[0], len(NIGHTS))}


def test_only_the_owner_of_the_files_may_read_them(files: dict[str, Path]) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in files.values()} == {0o700}


def test_one_school_is_written_alone_where_it_is_asked_for(house: House, files: dict[str, Path]) -> None:
    school = min(files)
    with open_folder() as folder:
        worklist(school=school, to=folder, state=house.state.folder)

        assert [path.read_bytes() for path in folder.rglob("*.xlsx")] == [files[school].read_bytes()]


def test_no_worklist_is_written_among_the_reports_nor_for_a_school_nobody_knows(house: House) -> None:
    with pytest.raises(CommandError, match="among the reports"):
        worklist(to=house.state.folder / "reports" / "schools", state=house.state.folder)
    with pytest.raises(CommandError, match="knows no school 'nowhere'"):
        worklist(school="nowhere", state=house.state.folder)


def test_the_audit_says_that_worklists_were_made_and_nothing_of_what_they_say(
    house: House, files: dict[str, Path]
) -> None:
    assert files
    made = house.asked("select detail from audit.task_record where task = 'worklist' order by recorded_at")

    assert made[0] == ({"schools": len(files)},)


def test_a_row_in_quarantine_is_told_to_its_school_as_one_that_is_not_counted(house: House) -> None:
    [school] = [row["org_id"] for row in rows_of(house.drop, "person") if row["source_id"] == house.twice]
    settings = house.state.settings()

    for night, aside in ((BROKEN, 2), (QUIET, 0)):
        [[found], strangers] = read_worklists(settings, night=night, school=school)
        assert (found.set_aside, strangers) == (aside, 0)
