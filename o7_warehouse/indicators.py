"""The published figures as the command line gives them: objects of one form, in one order."""
# ruff: noqa: S608 - the statements are built from constants of this module

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

LEVELS: Final = ("region", "municipality", "school", "class")
REGION: Final = "83000000"
NIGHTS_NAMED: Final = 10
LEAVES: Final = 51
# The statuses in the order of their catalogue.
LETTERS: Final = "fnipexds"


def indicator_rows(
    settings: Settings,
    *,
    night: dt.date | None = None,
    level: str | None = None,
    in_present_structure: bool = False,
) -> list[dict[str, Any]]:
    """Values of all indicators on a published night (default: the newest), at one level or at all of them.

    ``value`` is percent, half-up to six decimals, None without a denominator or a numerator. Ordered by
    indicator, level (region to class), org_unit_code. ``in_present_structure`` sums the schools of the night by what
    they are on the newest published one; classes are of one school year and have no such figures. Raises NightError
    for a night that is not published, CommandError for an unknown level.
    """
    if in_present_structure and level == "class":
        raise CommandError(
            "Classes are of one school year, so they have no figures in the present structure. "
            "Name another level, or ask for the figures as they were."
        )
    statement = _PRESENT_STRUCTURE if in_present_structure else _INDICATORS
    return published_rows(settings, statement, night=night, levels=levels_asked(level))


def published_rows(
    settings: Settings, statement: str, *, night: dt.date | None, levels: list[str]
) -> list[dict[str, Any]]:
    """Rows of one published night; the statement takes ``night`` and ``levels``. Raises NightError."""
    # Both statements must see the same build, also while a publication commits in between.
    with transaction(settings, "o7_reporter") as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            chosen = published_night(connection, night)
            cursor.execute(statement, {"night": chosen, "levels": levels})
            return [
                {
                    **row,
                    "night": chosen.isoformat(),
                    **(
                        {"value": None if row["value"] is None else float(row["value"])}
                        if "value" in row
                        else {}
                    ),
                }
                for row in cursor.fetchall()
            ]


def leaf_rows(
    settings: Settings, *, night: dt.date | None = None, level: str | None = None
) -> list[dict[str, Any]]:
    """How many pupils have each leaf in each status on a published night; nobody is no row.

    ``night``, ``level`` and errors are those of :func:`indicator_rows`. Counted from the history of profiles,
    which only the auditor may read; no pupil leaves this function. Ordered by leaf, status (in the order of
    the catalogue), level, org_unit_code.
    """
    levels = levels_asked(level)
    # One list per leaf and status, in the order of the answer.
    cells: list[list[dict[str, Any]]] = [[] for _ in range(LEAVES * len(LETTERS))]
    with transaction(settings, "o7_auditor") as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        chosen = published_night(connection, night)
        with connection.cursor() as cursor:
            cursor.execute("select letter, status from published.leaf_statuses")
            names = dict(cursor.fetchall())
            for name in levels:
                cursor.execute(_STATUSES.format(unit=_UNIT_COLUMNS[name]), {"night": chosen})
                for code, joined in cursor:
                    for cell, pupils in _counted(joined):
                        cells[cell].append(
                            {
                                "leaf": f"P{cell // len(LETTERS) + 1:02}",
                                "status": names[LETTERS[cell % len(LETTERS)]],
                                "night": chosen.isoformat(),
                                "level": name,
                                "org_unit_code": code,
                                "pupils": pupils,
                            }
                        )
    return list(chain.from_iterable(cells))


def _counted(joined: str) -> Iterator[tuple[int, int]]:
    """(leaf and status as one number, pupils) of a unit's strings of statuses, joined to one.

    Every 51st letter belongs to the same leaf. Counting slices takes a tenth of what unfolding the statuses
    into 6 million rows of SQL takes.
    """
    for place in range(LEAVES):
        column = joined[place::LEAVES]
        for index, letter in enumerate(LETTERS):
            if pupils := column.count(letter):
                yield place * len(LETTERS) + index, pupils


def levels_asked(level: str | None) -> list[str]:
    """One level, or all of them where none is named. Raises CommandError for an unknown one."""
    if level is None:
        return list(LEVELS)
    if level not in LEVELS:
        raise CommandError(
            f"There is no level {level!r}, so there is nothing to show. Levels: {', '.join(LEVELS)}."
        )
    return [level]


def published_night(connection: Connection, night: dt.date | None) -> dt.date:
    """The night itself, or the newest published one. Raises NightError where it, or any, is not published."""
    with connection.cursor() as cursor:
        cursor.execute("select night from published.night order by night")
        known: list[dt.date] = [row[0] for row in cursor.fetchall()]
    if not known:
        raise NightError("No night is published yet, so there are no figures. Run ./o7 night first.")
    if night is None:
        return known[-1]
    if night not in known:
        listed = ", ".join(one.isoformat() for one in known[-NIGHTS_NAMED:])
        more = f"the last {NIGHTS_NAMED} of {len(known)}: " if len(known) > NIGHTS_NAMED else ""
        raise NightError(
            f"Night {night} is not published, so there are no figures for it. Published: {more}{listed}. "
            "Name one of them, or run ./o7 night for that night."
        )
    return night


LEVEL_ORDER: Final = "array_position(array['region', 'municipality', 'school', 'class'], level)"
_INDICATORS: Final = f"""
    select
        indicator, night, level, org_unit_code, org_unit_name, numerator, denominator, value,
        definition_version
    from published.indicator_values
    where night = %(night)s and education_stage = 'all' and level = any(%(levels)s)
    order by indicator, {LEVEL_ORDER}, org_unit_code
"""
_PRESENT_STRUCTURE: Final = f"""
    select
        indicator, night, level, org_unit_code, org_unit_name, numerator, denominator, value,
        definition_version
    from published.present_structure_values
    where night = %(night)s and level = any(%(levels)s)
    order by indicator, {LEVEL_ORDER}, org_unit_code
"""

_UNIT_COLUMNS: Final = {
    "region": f"'{REGION}'::text", "municipality": "unit_code", "school": "school_id", "class": "class_id",
}  # fmt: skip
_STATUSES: Final = """
    select {unit} as org_unit_code, string_agg(statuses, '') as joined
    from published.profile_versions
    where night_from <= %(night)s and night_to > %(night)s
    group by 1
    order by 1
"""
