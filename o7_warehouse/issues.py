"""What the field rules found, remembered over the nights: since when a row breaks a rule, and when it was mended.

The audit holds the failing keys of every run; here the keys of the runs that stand for the published nights are
folded into intervals, so that a year of nights costs what changed. A rule that was not evaluated on a night has
mended nothing: what it last found stays open until it is evaluated again. A row that another school keeps, or that
belongs to another pupil, is another question.

Beside it stands how many rows are in quarantine, as the account of the night's rows counts them (design §2): equal
copies of a row are one question and several rows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from o7_warehouse.intervals import History

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

ISSUES: Final = History(
    table="published.issue_versions",
    key=("row_key", "rule_id", "org_id", "student_key"),
    state=("is_placement",),
)
ASIDE: Final = History(
    table="published.aside_versions", key=("entity", "row_key", "org_id"), state=("row_count",)
)
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_WAITING: Final = """
    select night.night, night.run_id::text
    from published.night
    left join published.issue_night as known on night.night = known.night
    where known.run_id is distinct from night.run_id or not known.counts_rows
    order by night.night
    limit %(most)s
"""
# A rule that is placed puts every row aside that breaks it, so the quarantine of the night names it.
_TONIGHT: Final = """
    create temporary table issues_of_the_night as
    select
        failing.rule_id,
        coalesce(failing.row_key, %(nobody)s) as row_key,
        coalesce(failing.org_id, '') as org_id,
        coalesce(failing.student_key, %(nobody)s) as student_key,
        failing.rule_id in (
            select unnest(entry.rule_ids) from quarantine.entry where entry.night = %(night)s
        ) as is_placement,
        count(*) as row_count
    from audit.failing_key as failing
    where failing.run_id = %(run_id)s
    group by 1, 2, 3, 4, 5
"""
# Rules with a result tonight, and those that are gone and left something open; beside each the next night of the
# memory on which it was evaluated, or was gone.
_RULES: Final = """
    select
        known.rule_id,
        coalesce(result.outcome in ('pass', 'fail'), true) as was_evaluated,
        coalesce((
            select min(later.night)::text from published.issue_night as later
            where
                later.night > %(night)s
                and not exists (
                    select from audit.rule_result as unknown
                    where
                        unknown.run_id = later.run_id and unknown.rule_id = known.rule_id
                        and unknown.outcome not in ('pass', 'fail')
                )
        ), 'infinity') as following
    from (
        select rule_id from audit.rule_result where run_id = %(run_id)s
        union
        select rule_id from published.issue_versions where night_from <= %(night)s and night_to > %(night)s
    ) as known
    left join audit.rule_result as result on result.run_id = %(run_id)s and known.rule_id = result.rule_id
    order by known.rule_id
"""
_OF_THE_RULES: Final = """(
    select rule_id, row_key, org_id, student_key, is_placement from pg_temp.issues_of_the_night
    where rule_id = any(%(rules)s)
)"""
# A row may break several rules of placement. What gives several rows one key, a missing identity or a repeated one, is
# a rule that all of them break: the one that most rows break names them all.
_ASIDE_TONIGHT: Final = """(
    select entity, row_key, org_id, max(row_count)::integer as row_count
    from (
        select split_part(rule_id, '.', 1) as entity, row_key, org_id, sum(row_count) as row_count
        from pg_temp.issues_of_the_night
        where is_placement
        group by rule_id, row_key, org_id
    ) as broken
    group by entity, row_key, org_id
)"""
_FOLLOWING: Final = """
    select coalesce(min(night)::text, 'infinity') from published.issue_night where night > %s and counts_rows
"""
_AS_BEFORE: Final = """(
    select rule_id, row_key, org_id, student_key, is_placement from published.issue_versions
    where
        night_from <= %(before)s and night_to > %(before)s and rule_id = any(%(rules)s)
)"""


def remember(cursor: Cursor, *, most: int | None = None) -> list[dt.date]:
    """Fold into the memory every published night whose standing run it does not hold yet; returns these nights.

    ``most``: no more than so many, the earliest first. Idempotent. publish.py keeps two publications apart.
    """
    cursor.execute(_WAITING, {"most": most})
    waiting: list[tuple[dt.date, str]] = cursor.fetchall()
    for night, run_id in waiting:
        _fold(cursor, night, run_id)
    return [night for night, _ in waiting]


def rebuild(cursor: Cursor) -> list[dt.date]:
    """Forget everything and fold every published night again from the audit; returns the nights."""
    cursor.execute("delete from published.issue_versions")
    cursor.execute("delete from published.aside_versions")
    cursor.execute("delete from published.issue_night")
    return remember(cursor)


def _fold(cursor: Cursor, night: dt.date, run_id: str) -> None:
    values = {"night": night, "run_id": run_id, "nobody": NOBODY}
    # Statistics know nothing of tonight's keys, and without them the planner reads those of all nights.
    cursor.execute("set local enable_seqscan = off")
    cursor.execute(_TONIGHT, values)
    cursor.execute("set local enable_seqscan = on")
    cursor.execute("select max(night) from published.issue_night where night < %s", (night,))
    [(before,)] = cursor.fetchall()
    cursor.execute(_RULES, values)
    groups: defaultdict[tuple[bool, str], list[str]] = defaultdict(list)
    for rule_id, was_evaluated, following in cursor.fetchall():
        groups[was_evaluated, following].append(rule_id)
    for (was_evaluated, following), rules in groups.items():
        ISSUES.merge(
            cursor,
            tonight=_OF_THE_RULES if was_evaluated else _AS_BEFORE,
            night=night,
            following=following,
            scope="rule_id = any(%(rules)s)",
            values={"rules": rules, "before": before},
        )
    cursor.execute(_FOLLOWING, (night,))
    [(following,)] = cursor.fetchall()
    ASIDE.merge(cursor, tonight=_ASIDE_TONIGHT, night=night, following=following)
    cursor.execute("drop table pg_temp.issues_of_the_night")
    cursor.execute(
        "insert into published.issue_night (night, run_id, counts_rows) values (%s, %s, true)"
        " on conflict (night) do update set run_id = excluded.run_id, counts_rows = true",
        (night, run_id),
    )
