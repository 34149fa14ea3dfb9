"""`./o7 erase`: persons taken out of the warehouse for good, with proof and an act (domain §6)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results, say
from o7_warehouse.erasure.erase import erase as erase_persons
from o7_warehouse.erasure.persons import read_persons
from o7_warehouse.errors import CommandError
from o7_warehouse.report.formats import count_text
from o7_warehouse.settings import Settings

Students = Annotated[
    Path | None,
    typer.Option(
        "--student-id-file", metavar="FILE", help="О7's identities of pupils, one a line; - reads the input."
    ),
]
Staff = Annotated[
    Path | None,
    typer.Option("--staff-id-file", metavar="FILE", help="The same of members of staff."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why: what stands in the act.")]
Name = Annotated[str, typer.Option("--by", help="Who erases: the name that stands in the act.")]


def erase(
    reason: Reason, by: Name, students: Students = None, staff: Staff = None, state: State = None
) -> None:
    """Erase persons from every layer, history and file, search for what is left, and write the act of destruction."""
    settings = Settings.load(state)
    persons = [
        *(read_persons(students, "student") if students else ()),
        *(read_persons(staff, "staff") if staff else ()),
    ]
    if not persons:
        raise CommandError(
            "Nobody is named. Give --student-id-file or --staff-id-file; identities never stand on the command line, "
            "for the shell remembers it."
        )
    with readable(settings):
        say("erasing, rewriting tables and searching for what is left")
        erased, folder = erase_persons(settings, persons, reason=reason, by_whom=by)
    results.print(
        f"Уничтожение № {erased.erasure_id}: лиц — {count_text(len(persons))}, записей О7 — "
        f"{count_text(erased.removed.rows)}, ночей — {count_text(erased.removed.nights)}. Найдено после: 0. "
        f"Акт и выгрузка из журнала: {folder}. Прежние копии удалены, следующая снимается в субботу: снимите новую "
        "сейчас, ./o7 upkeep backup",
        markup=False,
    )


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("erase", erase, {})]
