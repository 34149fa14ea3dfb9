"""The waivers that spoke of a rule: who granted them, why, until when and up to how many rows, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages import grid
from o7_warehouse.audit_pages.grid import Cell, Column, Table
from o7_warehouse.errors import AuditError

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_WAIVERS: Final = """
    select
        waivers.night, waivers.waiver_id, waivers.rule_id, waivers.state, waivers.rows_failed, waivers.rows_in_scope,
        waivers.ceiling, waivers.since, waivers.until, waivers.nights_left, waivers.granted_by, waivers.reason,
        coalesce(units.org_unit_name, waivers.municipality, waivers.org_id)
    from published.waivers
    left join published.org_units as units
        on
            waivers.night = units.night
            and units.level = case when waivers.org_id is null then 'municipality' else 'school' end
            and coalesce(waivers.org_id, waivers.municipality) = units.org_unit_code
    where waivers.night >= %(since)s
    order by waivers.night desc, waivers.waiver_id collate "C"
"""
STATES: Final = {"silent": "действует", "exceeded": "превышена", "ended": "истекла"}
EVERYWHERE: Final = "вся республика"


@dataclass(frozen=True, slots=True)
class Waiver:
    """What a waiver was on a night. ``scope`` None: everywhere; ``rows_failed`` are those of the rule everywhere."""

    night: dt.date
    waiver_id: str
    rule_id: str
    state: str
    rows_failed: int
    rows_in_scope: int
    ceiling: int
    since: dt.date
    until: dt.date
    nights_left: int
    granted_by: str
    reason: str
    scope: str | None

    @property
    def word(self) -> str:
        """Its state in words. Raises AuditError for one that nobody has a word for."""
        try:
            return STATES[self.state]
        except KeyError:
            raise AuditError(
                f"audit.waiver_applied holds the state {self.state!r}, for which the pages have no word. "
                f"Known: {', '.join(STATES)}."
            ) from None


Waivers = tuple[Waiver, ...]


def read_waivers(cursor: Cursor, *, since: dt.date) -> Waivers:
    """What the waivers were on the published nights from ``since`` on, the newest night first."""
    # The views come with the first publication.
    cursor.execute("select to_regclass('published.waivers') is not null")
    [(is_published,)] = cursor.fetchall()
    if not is_published:
        return ()
    cursor.execute(_WAIVERS, {"since": since})
    return tuple(Waiver(*row) for row in cursor.fetchall())


def on(waivers: Waivers, night: dt.date) -> Waivers:
    """Those of one night."""
    return tuple(one for one in waivers if one.night == night)


def in_force(waivers: Waivers, newest: dt.date) -> Table:
    """The waivers that spoke of a rule on the newest night."""
    columns = (
        Column("Отсрочка", width=16, is_code=True), Column("Правило", width=34, is_code=True),
        Column("Состояние", width=14, is_choice=True), Column("Кто дал", width=30), Column("Почему", width=44),
        Column("Область", width=26), Column("С ночи", "date", 12), Column("По ночь", "date", 12),
        Column("Осталось ночей", "number", 10), Column("Предел, строк", "number", 10),
        Column("Строк в области", "number", 10), Column("Строк всего", "number", 10),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(one.waiver_id), grid.text(one.rule_id, f"rules/{one.rule_id}.html"), grid.text(one.word),
            grid.text(one.granted_by), grid.text(one.reason), grid.text(one.scope or EVERYWHERE),
            grid.day(one.since), grid.day(one.until), grid.count(max(one.nights_left, 0)), grid.count(one.ceiling),
            grid.count(one.rows_in_scope), grid.count(one.rows_failed),
        )
        for one in on(waivers, newest)
    )  # fmt: skip
    return Table(
        "waivers", "Отсрочки последней ночи", "Отсрочки", columns, rows, empty="В эту ночь отсрочек не было."
    )


def by_night(waivers: Waivers) -> Table:
    """What each waiver was on every published night that is shown, the newest first."""
    columns = (
        Column("Ночь", "date", 12), Column("Отсрочка", width=16, is_code=True),
        Column("Правило", width=34, is_code=True), Column("Состояние", width=14, is_choice=True),
        Column("Предел, строк", "number", 10), Column("Строк в области", "number", 10),
        Column("Строк всего", "number", 10),
    )  # fmt: skip
    rows = tuple(
        (
            grid.day(one.night), Cell(one.waiver_id), grid.text(one.rule_id, f"rules/{one.rule_id}.html"),
            grid.text(one.word), grid.count(one.ceiling), grid.count(one.rows_in_scope),
            grid.count(one.rows_failed),
        )
        for one in waivers
    )  # fmt: skip
    return Table(
        "waivers-nights", "Отсрочки по ночам", "Отсрочки по ночам", columns, rows, empty="Отсрочек не было."
    )
