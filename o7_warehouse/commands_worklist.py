"""`./o7 worklist`: what each school has to mend, as workbooks for these schools alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from o7_warehouse import steps, warehouse
from o7_warehouse.commands_show import Night, day_of, newest_night, readable
from o7_warehouse.console import State, results, say
from o7_warehouse.report.formats import count_text
from o7_warehouse.settings import Settings
from o7_warehouse.worklist.files import folder_for, write_worklists
from o7_warehouse.worklist.rows import read_worklists

if TYPE_CHECKING:
    from datetime import date

TASK = "worklist"
School = Annotated[
    str | None, typer.Option("--school", metavar="ORG_ID", help="One school only; default: every school.")
]
To = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Folder for the schools' folders; default: schools in --state."),
]


def worklist(school: School = None, night: Night = None, to: To = None, state: State = None) -> None:
    """Write for each school what it has to mend. Each file holds card numbers of pupils: it is for its school alone."""
    settings = Settings.load(state)
    folder = folder_for(settings, to)
    with readable(settings):
        began = datetime.now(UTC)
        day = day_of(night) or newest_night(settings)
        worklists, strangers = read_worklists(settings, night=day, school=school)
        paths = write_worklists(folder, worklists)
        _record(settings, day, began=began, schools=len(paths))
    if strangers:
        say(f"{strangers} open rows are of organisations that are no schools of this night; nobody got them")
    if school is not None:
        results.print(str(paths[0]), markup=False)
        return
    lines = sum(len(one.of_pupils) + len(one.of_school) for one in worklists)
    results.print(
        f"Школ: {count_text(len(paths))}, строк: {count_text(lines)}. Файлы: {folder}", markup=False
    )


def _record(settings: Settings, night: date, *, began: datetime, schools: int) -> None:
    """Note in the audit that worklists of a night were made: how many, and nothing of what they say."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute("select run_id::text from published.night where night = %s", (night,))
        [(run_id,)] = cursor.fetchall()
    steps.record(settings, run_id, TASK, outcome="success", began=began, detail={"schools": schools})


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("worklist", worklist, {})]
