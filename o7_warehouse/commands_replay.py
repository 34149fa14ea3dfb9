"""`./o7 audit replay`: a past night judged again by its own rules, and what does not agree with the audit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.box import SIMPLE
from rich.table import Table

from o7_warehouse.audit.replay import replay as replay_night
from o7_warehouse.audit.replay_findings import refuse_different
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results, say
from o7_warehouse.json_text import json_text
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from o7_warehouse.audit.replay_findings import Difference, Replayed

WHATS: Final = {
    "rule": "проверки в ту ночь не было",
    "version": "версия проверки",
    "outcome": "исход",
    "rows_checked": "проверено строк",
    "rows_failed": "строк с нарушением",
    "gx_failed": "строк с нарушением, Great Expectations",
    "error_class": "вид ошибки",
    "keys": "ключи строк с нарушением",
}
KEY_SHOWN: Final = 12


class Shape(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"


Asked = Annotated[
    datetime,
    typer.Option("--night", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="A night that raw holds."),
]
Shapes = Annotated[Shape, typer.Option("--format", help="json goes to a program, table to a person.")]


def replay(night: Asked, form: Shapes = Shape.table, state: State = None) -> None:
    """Judge a past night again by its own rules and compare; ends with 0 when all is equal, with 3 otherwise."""
    settings = Settings.load(state)
    with readable(settings):
        say(f"judging the rows of {night:%Y-%m-%d} again")
        found = replay_night(settings, night.date())
    _as_json(found) if form is Shape.json else _as_table(found)
    refuse_different(found)


def _as_json(found: Replayed) -> None:
    answer = {**asdict(found), "is_equal": found.is_equal}
    answer["erased"]["acts"] = sorted(found.erased.acts)
    results.print(json_text(answer), markup=False)


def _as_table(found: Replayed) -> None:
    stands = "по ней опубликованы показатели" if found.is_published else "не опубликован"
    results.print(
        f"Ночь {found.night:%d.%m.%Y}, запуск № {found.run_no} ({stands}), проверок: {found.rules}.",
        markup=False,
    )
    results.print(
        "Повторная проверка дала то же, что записано в журнале."
        if found.is_equal
        else f"Повторная проверка дала не то, что записано в журнале; расхождений: {len(found.differences)}."
    )
    if found.differences:
        table = Table(box=SIMPLE)
        for heading in ("Проверка", "Что расходится", "В журнале", "По строкам ночи", "С тех пор изменилось"):
            table.add_column(heading, overflow="fold")
        for one in found.differences:
            table.add_row(*_row(one))
        results.print(table)
    if found.erased.acts:
        results.print(
            f"Уничтожено с той ночи: записей — {sum(found.erased.rows.values())}, ключей — "
            f"{sum(found.erased.keys.values())}; акты № {', '.join(sorted(found.erased.acts))}. "
            "Они вычтены из чисел журнала.",
            markup=False,
        )
    for ground, rules in found.changed.items():
        results.print(
            f"С той ночи изменилось: {ground}; на нём стоят проверки: {', '.join(rules) or '–'}.",
            markup=False,
        )


def _row(one: Difference) -> tuple[str, ...]:
    stored, found = (_short(text) if one.what == "keys" else text for text in (one.stored, one.found))
    return (one.rule_id, WHATS[one.what], stored, found, ", ".join(one.because) or "–")


def _short(keys: str) -> str:
    """A count of keys and the beginning of their digest; the whole of it stands in JSON."""
    count, _, digest = keys.partition(" ")
    return f"{count} ({digest[:KEY_SHOWN]}…)" if digest else count
