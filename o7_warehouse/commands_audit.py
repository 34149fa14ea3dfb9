"""`./o7 audit`: whether the audit is what was sealed, and the word of the auditor who has looked."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from o7_warehouse.audit.sign_off import sign as sign_night
from o7_warehouse.audit.sign_off import signed as signed_nights
from o7_warehouse.audit.verify import refuse_damaged
from o7_warehouse.audit.verify import verify as verify_audit
from o7_warehouse.audit.words import KINDS
from o7_warehouse.commands_audit_pages import pages
from o7_warehouse.commands_replay import Shape, replay
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results
from o7_warehouse.errors import CommandError
from o7_warehouse.json_text import json_text
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from o7_warehouse.audit.findings import Finding, Head, Verdict

app = typer.Typer(
    help="Whether the audit is what was sealed, who has signed which night, and pages of all it says.",
    no_args_is_help=True,
)

SIGNED: Final = {
    "night": "Ночь",
    "signed_by": "Подписал(а)",
    "remark": "Замечание",
    "is_published": "Опубликована в подписанном виде",
    "recorded_at": "Подписано",
    "run_id": "Запуск",
    "chain": "Звено цепочки",
}
CHAIN: Final = re.compile(r"[0-9a-f]{64}")


Shapes = Annotated[Shape, typer.Option("--format", help="json goes to a program, table to a person.")]
Kept = Annotated[
    str | None,
    typer.Option("--head", metavar="HEX", help="A head kept outside: is it still in the chain?"),
]
Signed = Annotated[
    datetime, typer.Option("--night", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="A published night.")
]
Name = Annotated[str, typer.Option("--by", help="Who signs: the name that stands under the night.")]
Remark = Annotated[str | None, typer.Option("--remark", help="What the auditor wants to have said.")]


def verify(head: Kept = None, form: Shapes = Shape.table, state: State = None) -> None:
    """Recompute every seal and every row; name what was changed. Ends with 0 when sound, with 3 otherwise."""
    settings = Settings.load(state)
    if head is not None and not CHAIN.fullmatch(head.lower()):
        raise CommandError(
            "--head is not 64 hexadecimal digits, so it cannot be a head of the chain. "
            "Give it exactly as an earlier ./o7 audit verify printed it."
        )
    with readable(settings):
        verdict = verify_audit(settings, kept=head.lower() if head else None)
    _as_json(verdict) if form is Shape.json else _as_table(verdict)
    refuse_damaged(verdict)


def sign(night: Signed, by: Name, remark: Remark = None, state: State = None) -> None:
    """Sign a published night off, under the present head of the chain; refused when verify finds damage."""
    settings = Settings.load(state)
    with readable(settings):
        chain = sign_night(settings, night=night.date(), signed_by=by, remark=remark)
    results.print(f"Ночь {night:%d.%m.%Y} подписана. Звено цепочки: {chain}", markup=False)


def signed(form: Shapes = Shape.table, state: State = None) -> None:
    """List the sign-offs: which night, by whom, when, and whether its figures are still the signed ones."""
    settings = Settings.load(state)
    with readable(settings):
        rows = signed_nights(settings)
    if form is Shape.json:
        results.print(json_text(rows), markup=False)
        return
    table = Table(box=SIMPLE)
    for heading in SIGNED.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in SIGNED))
    results.print(table)


def _as_json(verdict: Verdict) -> None:
    answer = {
        "is_sound": verdict.is_sound,
        "seals": verdict.seals,
        "head": asdict(verdict.head) if verdict.head else None,
        "findings": [asdict(one) | {"is_damage": one.is_damage} for one in verdict.findings],
    }
    results.print(json_text(answer), markup=False)


def _as_table(verdict: Verdict) -> None:
    count = len(verdict.damages)
    results.print(
        "Журнал цел: каждая скреплённая строка на месте."
        if verdict.is_sound
        else f"Журнал повреждён, находок: {count}."
    )
    if verdict.findings:
        table = Table(box=SIMPLE)
        for heading in ("Что найдено", "Таблица", "Ночь", "Запуск", "Строка"):
            table.add_column(heading, overflow="fold")
        for one in sorted(verdict.findings, key=lambda found: not found.is_damage):
            table.add_row(*_row(one))
        results.print(table)
    results.print(_head(verdict.head, verdict.seals), markup=False)


def _row(one: Finding) -> tuple[str | Text, ...]:
    place = ", ".join(part for part in (one.place, one.detail) if part)
    return (KINDS[one.kind], _cell(f"audit.{one.table}"), _cell(one.night), one.run_id, _cell(place))


def _head(head: Head | None, seals: int) -> str:
    if head is None:
        return "Печатей нет: ни один запуск ещё не завершён."
    return (
        f"Печатей: {seals}. Последнее звено — запуск № {head.run_no}, ночь {head.night:%d.%m.%Y}:\n{head.chain}\n"
        "Сохраните его вне хранилища: ./o7 audit verify --head покажет, что оно всё ещё в цепочке."
    )


def _cell(value: object) -> str | Text:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M} UTC"
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else _harmless(str(value or ""))


def _harmless(text: str) -> Text:
    """Words out of the database as words: somebody may have written there what a terminal would obey."""
    return Text("".join(sign if sign.isprintable() else "�" for sign in text))


for command in (verify, replay, sign, signed, pages):
    app.command()(command)
