"""The nearest wins as the command line gives them: objects of one form, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import REGION, levels_asked, published_night
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from o7_warehouse.settings import Settings

_WINS: Final = """
    with recursive asked as (
        select level, org_unit_code from published.org_units where night = %(night)s and org_unit_code = %(org)s
        union
        select below.level, below.org_unit_code
        from asked
        inner join published.org_units as below
            on below.night = %(night)s and below.parent_code = asked.org_unit_code
            -- Codes are unique within their level only.
            and (asked.level, below.level) in (
                ('region', 'municipality'), ('municipality', 'school'), ('school', 'class')
            )
    )
    select
        wins.level, wins.org_unit_code, wins.org_unit_name, wins.place, wins.requirement, wins.label,
        wins.completes, wins.lacks, wins.value_after, wins.rise
    from published.nearest_wins as wins
    inner join asked using (level, org_unit_code)
    where
        wins.night = %(night)s and wins.level = any(%(levels)s) and wins.completes > 0 and wins.place <= %(top)s
    order by
        array_position(array['region', 'municipality', 'school', 'class'], wins.level),
        wins.org_unit_code, wins.place
"""


def win_rows(
    settings: Settings,
    *,
    night: dt.date | None = None,
    org: str | None = None,
    level: str | None = None,
    top: int = 5,
) -> list[dict[str, Any]]:
    """The first ``top`` requirements of each unit that alone would complete somebody's profile.

    Of the unit ``org`` (default: the region) and all below it, on a published night (default: the newest), at one
    level or all. ``value_after`` is percent and ``rise`` percentage points, six decimals, None where 4.1 has no
    value. Ordered by level, org_unit_code, place. Raises NightError for a night that is not published,
    CommandError for an unknown level or unit.
    """
    levels = levels_asked(level)
    with transaction(settings, "o7_reporter") as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        chosen = published_night(connection, night)
        asked = {"night": chosen, "org": org or REGION, "levels": levels, "top": top}
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(
                "select 1 from published.org_units where night = %(night)s and org_unit_code = %(org)s", asked
            )
            if cursor.fetchone() is None:
                raise CommandError(
                    f"Night {chosen} has no unit with the code {asked['org']!r}, so nobody's wins can be ranked. "
                    "./o7 indicators lists the codes of every level."
                )
            cursor.execute(_WINS, asked)
            return [
                {
                    "night": chosen.isoformat(),
                    **row,
                    "value_after": None if row["value_after"] is None else float(row["value_after"]),
                    "rise": None if row["rise"] is None else float(row["rise"]),
                }
                for row in cursor.fetchall()
            ]
