"""A published night of a few pupils by class and number of their card: the smallest republic with everything.

Three units: one with three schools (of which one has no pupils), one without schools, the state organisations with one
school of a hostile name. All figures are counted here from the pupils, by means of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg2.extras import execute_values

from tests.o7_warehouse.builds import LETTERS, percent
from tests.reports import republic
from tests.reports.republic import HOSTILE, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NIGHT = dt.date(2025, 12, 15)
# The reports that tell of it.
MUNICIPAL, WORKLIST, ENTRY, QUALITY = "municipal_sheet", "school_worklist", "fgiski_entry", "data_quality"
REPORTS = (MUNICIPAL, WORKLIST, ENTRY, QUALITY)
NALCHIK, LESKEN, STATE = "83701000", "83618000", "STATE"
UNITS = {
    NALCHIK: ("городской округ Нальчик", "837010007"),
    LESKEN: ("Лескенский муниципальный район", "836180007"),
    STATE: ("Государственные организации, подведомственные Министерству", None),
}
LONG_NAME = (
    "Муниципальное казенное общеобразовательное учреждение «Средняя общеобразовательная школа № 2 имени Героя "
    "Советского Союза Кубати Локмановича Карданова» городского округа Нальчик"
)
BIG, SMALL, SILENT, LYCEUM = "07-001", "07-002", "07/003.x", "07-901"
SCHOOLS = {
    BIG: (
        NALCHIK,
        LONG_NAME,
    ),
    SMALL: (NALCHIK, "МКОУ «Начальная школа — детский сад № 1»"),
    SILENT: (NALCHIK, "МКОУ «СОШ № 30»"),
    LYCEUM: (STATE, HOSTILE),
}
CLASSES = {
    "c-1a": (BIG, "1А"),
    "c-9b": (BIG, "9Б"),
    "c-11": (BIG, "11"),
    "c-s1": (SMALL, "1"),
    "c-l7": (LYCEUM, "7"),
}
# Requirement of the official rule -> its place among the requirements.
REQUIREMENTS = {"P01": 1, "P13": 13, "P17": 17, "P31": 31, "contact_group": 52, "identity_conflict": 53}
# A name that no report may print.
NAME = "Тамбиев Инал Русланович"


@dataclass(frozen=True)
class Pupil:
    """One pupil: number, class, number of the card (None: not delivered), what is missing."""

    number: int
    class_id: str
    card: str | None
    missing: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The pseudonym."""
        return str(uuid.UUID(int=self.number))

    @property
    def places(self) -> list[tuple[str, str]]:
        """Level and code of every unit the pupil is counted in."""
        school = CLASSES[self.class_id][0]
        return [
            ("region", REGION), ("municipality", SCHOOLS[school][0]), ("school", school), ("class", self.class_id),
        ]  # fmt: skip

    @property
    def statuses(self) -> str:
        """One letter per leaf; the СНИЛС that is missing is one with an error."""
        letters = ["f"] * 51
        for code in self.missing:
            if code.startswith("P"):
                letters[int(code[1:]) - 1] = "i" if code == "P13" else "e"
        return "".join(letters)


def pupils() -> list[Pupil]:
    """Twelve in the big school, two in the small one, three in the lyceum."""
    wanting = [
        {"P13"}, {"P13", "P31"}, set(), {"contact_group"}, {"P31"}, set(), {"P13", "P17", "P31"}, {"P31"}, set(),
        {"identity_conflict"}, set(), {"P13"},
    ]  # fmt: skip
    classes = ["c-1a"] * 5 + ["c-9b"] * 4 + ["c-11"] * 3
    found = [
        Pupil(number, class_id, str(1000 + number), frozenset(missing))
        for number, (class_id, missing) in enumerate(zip(classes, wanting, strict=True), start=1)
    ]
    found += [Pupil(21, "c-s1", "2001"), Pupil(22, "c-s1", None, frozenset({"P13"}))]
    found += [
        Pupil(number, "c-l7", f"Л-{number}", frozenset({"P31"} if number > 31 else ()))
        for number in (31, 32, 33)
    ]
    return found


def publish(cursor: Any, night: dt.date = NIGHT) -> None:
    """Publish the night, with the rows of raw by which a school knows its pupils, and open remarks."""
    run_id = str(uuid.UUID(int=night.toordinal()))
    everybody = pupils()
    tables = {
        "org_units": list(_org_units(everybody)),
        "indicator_values": list(_figures(everybody)),
        "leaf_counts": list(_leaves(everybody)),
        "nearest_wins": list(_wins(everybody)),
        "profile_requirements": [("CORE", True, code, place) for code, place in REQUIREMENTS.items()],
    }
    for table, rows in tables.items():
        prefixed = [(night, run_id, *row) for row in rows]
        execute_values(cursor, f"insert into indicators.{table} values %s", prefixed)
    republic._audit(cursor, night, run_id)  # noqa: SLF001 - the same audit in both republics
    cursor.execute(
        "insert into published.night"
        " (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)"
        " values (%s, %s, %s, %s::date + interval '21 hours 10 minutes', 'T1', '1.0', '3f9c2ab')",
        (night, run_id, run_id, night),
    )
    _persons(cursor, night, everybody)
    _remarks(cursor, night)


def _counted(everybody: Sequence[Pupil]) -> dict[tuple[str, str], list[Pupil]]:
    counted: dict[tuple[str, str], list[Pupil]] = {("region", REGION): []}
    counted |= {("municipality", code): [] for code in UNITS}
    counted |= {("school", code): [] for code in SCHOOLS}
    for pupil in everybody:
        for place in pupil.places:
            counted.setdefault(place, []).append(pupil)
    return counted


def _org_units(everybody: Sequence[Pupil]) -> Iterator[tuple[Any, ...]]:
    counted = _counted(everybody)

    def row(
        level: str, code: str, name: str, parent: str | None, oktmo: str | None, schools: int, sort: str
    ) -> Any:
        return level, code, name, parent, oktmo, schools, len(counted[level, code]), sort

    yield row("region", REGION, "Кабардино-Балкарская Республика", None, "830000003", len(SCHOOLS), "")
    for place, (code, (name, oktmo)) in enumerate(UNITS.items()):
        yield row(
            "municipality",
            code,
            name,
            REGION,
            oktmo,
            sum(unit == code for unit, _ in SCHOOLS.values()),
            f"{place:02}",
        )
    for place, (code, (unit, name)) in enumerate(SCHOOLS.items()):
        yield row("school", code, name, unit, None, 1, f"{list(UNITS).index(unit):02}\t{place:02}")
    for place, (code, (school, name)) in enumerate(CLASSES.items()):
        sort = f"{list(UNITS).index(SCHOOLS[school][0]):02}\t{list(SCHOOLS).index(school):02}\t{place:02}"
        yield row("class", code, name, school, None, 0, sort)


def _figures(everybody: Sequence[Pupil]) -> Iterator[tuple[Any, ...]]:
    for (level, code), counted in _counted(everybody).items():
        figures = {
            "4.1": sum(not pupil.missing for pupil in counted),
            "4.2": sum(pupil.number % 3 == 0 for pupil in counted),
            "4.4": len(counted),
        }
        for indicator, numerator in figures.items():
            yield (
                indicator,
                level,
                code,
                "all",
                numerator,
                len(counted),
                percent(numerator, len(counted)),
                "1.0",
            )
        if level != "class":
            staff = sum(pupil.number % 2 == 0 for pupil in counted)
            given = sum(pupil.number % 4 == 0 for pupil in counted)
            yield "4.3", level, code, "all", given, staff, percent(given, staff), "1.0"


def _leaves(everybody: Sequence[Pupil]) -> Iterator[tuple[Any, ...]]:
    for (level, code), counted in _counted(everybody).items():
        if level != "class":
            for place in range(51):
                letters = Counter(pupil.statuses[place] for pupil in counted)
                yield level, code, f"P{place + 1:02}", *(letters[letter] for letter in LETTERS.values())


def _wins(everybody: Sequence[Pupil]) -> Iterator[tuple[Any, ...]]:
    for (level, code), counted in _counted(everybody).items():
        numerator = sum(not pupil.missing for pupil in counted)
        wins = [
            (
                requirement,
                sum(pupil.missing == {requirement} for pupil in counted),
                sum(requirement in pupil.missing for pupil in counted),
            )
            for requirement in REQUIREMENTS
        ]
        wins.sort(key=lambda win: (-win[1], -win[2], REQUIREMENTS[win[0]]))
        for place, (requirement, completes, lacks) in enumerate([win for win in wins if win[2]], start=1):
            after, before = percent(numerator + completes, len(counted)), percent(numerator, len(counted))
            assert after is not None
            assert before is not None
            yield level, code, place, requirement, completes, lacks, after, after - before


def _persons(cursor: Any, night: dt.date, everybody: Sequence[Pupil]) -> None:
    for pupil in everybody:
        school, unit = CLASSES[pupil.class_id][0], SCHOOLS[CLASSES[pupil.class_id][0]][0]
        cursor.execute(
            "insert into published.profile_versions values"
            " (%s, %s, 'infinity', %s, %s, %s, 7, 'ooo', %s, %s, %s, %s, 51, 51)",
            (
                pupil.key, night, school, pupil.class_id, unit, pupil.statuses, "contact_group" not in pupil.missing,
                "identity_conflict" in pupil.missing, "ttt" if not pupil.missing else "fff",
            ),
        )  # fmt: skip
        cursor.execute(
            "insert into raw_o7.student (source_id, org_id, student_no, _night_from, _row_hash, _batch_id)"
            " values (%s, %s, %s, '2025-09-01', 1, gen_random_uuid())",
            (f"pupil-{pupil.number}", school, pupil.card),
        )
        cursor.execute(
            "insert into raw_o7.student_keys values (%s, %s, 1)", (f"pupil-{pupil.number}", pupil.key)
        )
    cursor.execute(
        "insert into raw_o7.person (source_id, org_id, last_name, first_name, middle_name, _night_from, _row_hash,"
        " _batch_id) values ('person-1', %s, %s, %s, %s, '2025-09-01', 1, gen_random_uuid())",
        (BIG, *NAME.split()),
    )


def _remarks(cursor: Any, night: dt.date) -> None:
    cursor.execute(
        "select severity, min(rule_id) from audit.rule_result where outcome = 'fail' group by severity"
    )
    rules = dict(cursor.fetchall())
    open_rows = [("critical", BIG, 0), ("warning", BIG, 0), ("warning", BIG, 3), ("info", SMALL, 9)]
    execute_values(
        cursor,
        "insert into published.issue_versions values %s",
        [
            (rules[severity], str(uuid.UUID(int=900 + place)), school, str(uuid.UUID(int=place)),
             night - dt.timedelta(days=age), "infinity", severity == "critical")
            for place, (severity, school, age) in enumerate(open_rows)
        ],
    )  # fmt: skip
