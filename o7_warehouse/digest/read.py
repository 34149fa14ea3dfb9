"""What changed between a published night and the one before it: the facts of the digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from o7_warehouse.errors import CommandError
from o7_warehouse.warehouse import transaction
from o7_warehouse.worklist.names import read_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
# So many nights before its end, and again, a waiver is named.
SOON: Final = (14, 7, 3, 1)
Told = Literal["began", "exceeded", "ended", "withdrawn", "ends_soon"]
_NIGHT: Final = "select previous_night from published.night_chain where night = %(night)s"
_RULES: Final = """
    select
        changes.rule_id, coalesce(now.text, before.text) as text, coalesce(now.owner, before.owner) as owner,
        changes.outcome, changes.opened, changes.mended, changes.still_open, changes.waived, changes.oldest_night,
        changes.schools
    from published.issue_changes as changes
    left join published.field_rules as now on now.night = %(night)s and changes.rule_id = now.rule_id
    left join published.field_rules as before on before.night = %(previous)s and changes.rule_id = before.rule_id
    where changes.night = %(night)s
    order by changes.opened desc, changes.mended desc, changes.rule_id
"""
_ASIDE: Final = """
    select entity, put_aside, released, still_aside, oldest_night
    from published.quarantine_changes where night = %(night)s order by entity
"""
_UNCHECKED: Final = """
    select tonight.rule_id, tonight.entity, tonight.night = %(night)s as is_now
    from published.night
    inner join audit.rule_result as tonight on night.run_id = tonight.run_id
    where night.night in (%(night)s, %(previous)s) and tonight.outcome in ('error', 'not_evaluated')
    order by tonight.rule_id
"""
_WAIVERS: Final = """
    select
        coalesce(now.waiver_id, before.waiver_id) as waiver_id, coalesce(now.rule_id, before.rule_id) as rule_id,
        now.state, before.state as state_before, coalesce(now.rows_in_scope, before.rows_in_scope) as rows_in_scope,
        coalesce(now.ceiling, before.ceiling) as ceiling, coalesce(now.until, before.until) as until
    from (select * from published.waivers where night = %(night)s) as now
    full join (select * from published.waivers where night = %(previous)s) as before
        on now.waiver_id = before.waiver_id
    order by 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule with open or mended rows; counts are rows and leave out those a waiver keeps silent (``waived``).

    ``outcome`` None: the rule is gone since the night before, and what was open of it is neither mended nor open.
    """

    rule_id: str
    text: str
    owner: str
    outcome: str | None
    opened: int
    mended: int
    still_open: int
    waived: int
    oldest_night: dt.date | None
    schools: int

    @property
    def open_now(self) -> int:
        """Rows open on the night."""
        return self.opened + self.still_open


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideChange:
    """Rows of an entity in quarantine: put aside tonight, released tonight, there before and now; copies count each."""

    entity: str
    section: str
    put_aside: int
    released: int
    still_aside: int
    oldest_night: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverChange:
    """A waiver whose state changed, or whose end has come near."""

    waiver_id: str
    rule_id: str
    told: Told
    until: dt.date
    rows_in_scope: int
    ceiling: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """All that is told of a night; ``previous_night`` None: it is the first one, so nothing can have changed.

    ``unchecked`` and ``unchecked_before`` map rules that were not evaluated to the section they speak of.
    """

    night: dt.date
    previous_night: dt.date | None
    rules: tuple[RuleChange, ...]
    aside: tuple[AsideChange, ...]
    waivers: tuple[WaiverChange, ...]
    unchecked: dict[str, str]
    unchecked_before: dict[str, str]

    @property
    def changed_rules(self) -> tuple[RuleChange, ...]:
        """Rules that began to be broken by other rows, or fewer."""
        return tuple(rule for rule in self.rules if rule.outcome and (rule.opened or rule.mended))

    @property
    def gone_rules(self) -> tuple[RuleChange, ...]:
        """Rules that are evaluated no more and had open rows."""
        return tuple(rule for rule in self.rules if rule.outcome is None)

    @property
    def has_changes(self) -> bool:
        """Whether anything is new against the night before."""
        return self.previous_night is not None and bool(
            self.changed_rules
            or self.gone_rules
            or any(one.put_aside or one.released for one in self.aside)
            or self.waivers
            or self.unchecked.keys() != self.unchecked_before.keys()
        )


def read_digest(settings: Settings, night: dt.date) -> Digest:
    """The digest of a published night.

    Raises CommandError when it is not published, CatalogueError for an entity nobody has named; StatementError,
    WarehouseUnavailableError.
    """
    names = read_names(settings.root)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_NIGHT, {"night": night})
        found = cursor.fetchall()
        if not found:
            raise CommandError(
                f"The night {night} is not published, so there is nothing to tell of it. Name a published one; "
                "./o7 night runs the next."
            )
        [(previous,)] = found
        values = {"night": night, "previous": previous}
        rules = tuple(RuleChange(**row) for row in _rows(cursor, _RULES, values))
        aside = tuple(
            AsideChange(section=names.section(row["entity"]), **row) for row in _rows(cursor, _ASIDE, values)
        )
        unchecked = list(_rows(cursor, _UNCHECKED, values))
        waivers = list(_rows(cursor, _WAIVERS, values))
    return Digest(
        night=night,
        previous_night=previous,
        rules=rules,
        aside=aside,
        waivers=tuple(
            change for row in waivers if (change := _waiver_change(night, previous, **row)) is not None
        ),
        unchecked={row["rule_id"]: names.section(row["entity"]) for row in unchecked if row["is_now"]},
        unchecked_before={
            row["rule_id"]: names.section(row["entity"]) for row in unchecked if not row["is_now"]
        },
    )


def _rows(cursor: Cursor, statement: str, values: dict[str, Any]) -> Iterable[dict[str, Any]]:
    cursor.execute(statement, values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _waiver_change(
    night: dt.date,
    previous: dt.date | None,
    *,
    state: str | None,
    state_before: str | None,
    **waiver: Any,
) -> WaiverChange | None:
    """What is to be told of a waiver; None when that was told before."""
    told: Told | None = None
    if state is None:
        # It was taken out of the file. What had ended already needs no second word.
        told = "withdrawn" if state_before != "ended" else None
    elif state != state_before:
        if state != "ended":
            told = "began" if state == "silent" else "exceeded"
        elif waiver["rows_in_scope"]:
            told = "ended"
    if told is None and state in {"silent", "exceeded"}:
        left = (waiver["until"] - night).days
        left_before = (waiver["until"] - previous).days if previous else None
        if left_before is not None and any(left <= days < left_before for days in SOON):
            told = "ends_soon"
    return WaiverChange(told=told, **waiver) if told else None
