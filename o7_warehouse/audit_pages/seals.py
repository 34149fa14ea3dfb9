"""The chain of seals and the sign-offs, as tables: what is under seal, whether the links hold, who has signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit.chain import check_chain, head_of, read_runs, read_seals
from o7_warehouse.audit.words import KINDS
from o7_warehouse.audit_pages import grid
from o7_warehouse.audit_pages.grid import Cell, Column, Table

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.audit.chain import Seal
    from o7_warehouse.audit.findings import Finding, Head

_SIGNED: Final = """
    select
        signed.night, signed.signed_by, signed.remark, signed.chain, signed.recorded_at,
        coalesce(night.run_id = signed.run_id, false)
    from audit.sign_off as signed
    left join published.night on signed.night = night.night
    order by signed.night desc, signed.recorded_at desc
"""


@dataclass(frozen=True, slots=True)
class SignOff:
    """An auditor's word for a night; ``is_published``: its figures are still those that were signed."""

    night: dt.date
    signed_by: str
    remark: str | None
    chain: str
    recorded_at: dt.datetime
    is_published: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The seals in their order, what is wrong with them, and the sign-offs."""

    seals: tuple[Seal, ...]
    findings: tuple[Finding, ...]
    signed: tuple[SignOff, ...]

    @property
    def head(self) -> Head | None:
        """The newest link."""
        return head_of(self.seals)

    @property
    def damages(self) -> tuple[Finding, ...]:
        """What may not be."""
        return tuple(one for one in self.findings if one.is_damage)


def read_chain(cursor: Cursor) -> Chain:
    """The chain with its links recomputed; the rows under the seals are left to ``./o7 audit verify``."""
    seals, runs = read_seals(cursor), read_runs(cursor)
    findings = tuple(check_chain(cursor, seals, runs, None))
    cursor.execute(_SIGNED)
    return Chain(tuple(seals), findings, tuple(SignOff(*row) for row in cursor.fetchall()))


def seals(chain: Chain) -> Table:
    """Every seal, the newest first."""
    broken = {one.run_id for one in chain.damages if one.table == "seal"}
    columns = (
        Column("Запуск №", "number", 9), Column("Ночь", "date", 12), Column("Скреплено", width=22),
        Column("Звено цепочки (SHA-256)", width=66, is_code=True), Column("Состояние", width=14, is_choice=True),
    )  # fmt: skip
    rows = tuple(
        (
            grid.count(one.run_no), grid.day(one.night), grid.instant(datetime.fromisoformat(one.recorded_at)),
            Cell(one.chain), grid.text("повреждено" if one.run_id in broken else "сходится"),
        )
        for one in reversed(chain.seals)
    )  # fmt: skip
    return Table("seals", "Печати", "Печати", columns, rows, empty="Печатей нет: ни один запуск не завершён.")


def findings(chain: Chain) -> Table:
    """What the check of the links found, damages first."""
    columns = (
        Column("Что найдено", width=44), Column("Повреждение", width=13, is_choice=True),
        Column("Таблица", width=20, is_code=True),
        Column("Ночь", "date", 12), Column("Место", width=50, is_code=True),
    )  # fmt: skip
    rows = tuple(
        (
            grid.text(KINDS[one.kind]), grid.text("да" if one.is_damage else "нет"),
            grid.text(f"audit.{one.table}"), grid.day(one.night), grid.text(one.place or "–"),
        )
        for one in sorted(chain.findings, key=lambda found: (not found.is_damage, found.table, found.place))
    )  # fmt: skip
    return Table(
        "findings",
        "Находки проверки звеньев",
        "Находки",
        columns,
        rows,
        empty="Находок нет: все звенья сходятся.",
    )


def signed(chain: Chain) -> Table:
    """Every sign-off, the newest night first."""
    columns = (
        Column("Ночь", "date", 12), Column("Подписал(а)", width=30), Column("Подписано", width=22),
        Column("Замечание", width=40), Column("Опубликована в подписанном виде", width=18),
        Column("Звено цепочки", width=66, is_code=True),
    )  # fmt: skip
    rows = tuple(
        (
            grid.day(one.night), grid.text(one.signed_by), grid.instant(one.recorded_at),
            grid.text(one.remark or "–"), grid.text("да" if one.is_published else "нет"), Cell(one.chain),
        )
        for one in chain.signed
    )  # fmt: skip
    return Table("signed", "Подписи аудиторов", "Подписи", columns, rows, empty="Подписей нет.")
