"""`./o7 edition`: the reports of a quarter or a year, from the draft to the issued set that never changes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from o7_warehouse.commands_pending import pending
from o7_warehouse.commands_replay import Shape
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results
from o7_warehouse.editions import decide
from o7_warehouse.editions.draft import draft as make_draft
from o7_warehouse.editions.folders import set_folder
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.editions.overview import history, overview
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.verify import refuse_damaged
from o7_warehouse.editions.verify import verify as verify_edition
from o7_warehouse.editions.words import HEADINGS, checklist_lines, history_lines, row_of, verdict_lines
from o7_warehouse.outbox.deliver import deliver as deliver_edition
from o7_warehouse.outbox.receipts import HEADINGS as RECEIPT_HEADINGS
from o7_warehouse.outbox.receipts import as_json, refuse_unfinished
from o7_warehouse.outbox.receipts import confirm as confirm_receipt
from o7_warehouse.outbox.receipts import receipts as read_receipts
from o7_warehouse.outbox.receipts import row_of as receipt_row
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from o7_warehouse.editions.checklist import Checklist
    from o7_warehouse.outbox.messages import Message

app = typer.Typer(
    help="Editions: the reports of a quarter or a year, drafted, approved by somebody else, issued once.",
    no_args_is_help=True,
)
OfPeriod = Annotated[str, typer.Argument(metavar="PERIOD", help="A quarter (2025-Q4) or a year (2025).")]
OfEdition = Annotated[
    str, typer.Argument(metavar="ID", help="An edition: period and revision, as 2025-Q4-01.")
]
Name = Annotated[str, typer.Option("--by", help="Who does it: the name that stands under the step.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why there is a further revision.")]
Cause = Annotated[str, typer.Option("--reason", help="Why it is sent back.")]
Again = Annotated[
    bool, typer.Option("--retry", help="Try at once what waits, and again what was given up or is uncertain.")
]
To = Annotated[str | None, typer.Option("--to", help="One recipient alone, by its id.")]
OfRecipient = Annotated[str, typer.Argument(metavar="RECIPIENT", help="Its id in the list of recipients.")]
Shapes = Annotated[Shape, typer.Option("--format", help="json goes to a program, table to a person.")]


def list_editions(state: State = None) -> None:
    """List the periods and their editions: state, due days, what happened last."""
    settings = Settings.load(state)
    with readable(settings):
        lines = overview(settings, today=_today())
    table = Table(box=SIMPLE)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*map(_harmless, row_of(line)))
    results.print(table)


def draft(period: OfPeriod, by: Name, reason: Why = None, state: State = None) -> None:
    """Freeze the last published night of a period and make its set, or make the draft anew."""
    asked, settings = Period.parse(period), Settings.load(state)
    with readable(settings):
        edition, checklist = make_draft(settings, asked, by_whom=by, reason=reason, today=_today())
    _print([f"Проект редакции {edition} составлен: {set_folder(settings, edition)}"])
    _print_checklist(checklist)


def show(edition: OfEdition, state: State = None) -> None:
    """Show an edition: the frozen night, what happened to it, what the checklist said last."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        _print(history_lines(history(settings, asked)))


def submit(edition: OfEdition, by: Name, state: State = None) -> None:
    """Hand a draft over for approval; from then on it cannot be drafted anew unless it is rejected."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        checklist = decide.submit(settings, asked, by_whom=by, today=_today())
    _print([f"Редакция {asked} передана на утверждение."])
    _print_checklist(checklist)


def approve(edition: OfEdition, by: Name, state: State = None) -> None:
    """Approve what was submitted, as somebody who neither drafted nor submitted it."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        checklist = decide.approve(settings, asked, by_whom=by, today=_today())
    _print([f"Редакция {asked} утверждена: {by}."])
    _print_checklist(checklist)


def reject(edition: OfEdition, by: Name, reason: Cause, state: State = None) -> None:
    """Send what was submitted back, with the reason; then it can be drafted anew."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        decide.reject(settings, asked, by_whom=by, reason=reason)
    _print([f"Редакция {asked} отклонена: {reason}"])


def issue(edition: OfEdition, by: Name, state: State = None) -> None:
    """Issue what was approved, and close its set to writers: it never changes again."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        decide.issue(settings, asked, by_whom=by)
    _print([f"Редакция {asked} выпущена: {set_folder(settings, asked)}"])


def verify(edition: OfEdition, form: Shapes = Shape.table, state: State = None) -> None:
    """Recompute every file and every row of an edition; name what differs. Ends with 0 when sound, with 3 otherwise."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        verdict = verify_edition(settings, asked)
    if form is Shape.json:
        answer = {
            "edition": str(asked), "is_sound": verdict.is_sound, "is_published": verdict.is_published,
            "findings": [asdict(one) for one in verdict.findings],
        }  # fmt: skip
        results.print(json.dumps(answer, ensure_ascii=False, indent=1), markup=False)
    else:
        _print(verdict_lines(verdict))
    refuse_damaged(verdict)


def deliver(edition: OfEdition, *, retry: Again = False, to: To = None, state: State = None) -> None:
    """Send an issued edition to its recipients. Ends with 0 when everybody has it, with 4 while something waits."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        passed = deliver_edition(settings, asked, now=_now(), retry=retry, only=to)
    _print_receipts(passed.messages)
    if passed.without:
        _print([f"В этой редакции нет документов для получателей: {', '.join(passed.without)}."])
    refuse_unfinished(asked, passed.messages)


def receipts(edition: OfEdition, form: Shapes = Shape.table, state: State = None) -> None:
    """Show who was sent an edition: the receipts, what stood in the way, when it is tried again."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        messages = read_receipts(settings, asked)
    if form is Shape.json:
        answer = {"edition": str(asked), "messages": as_json(messages)}
        results.print(json.dumps(answer, ensure_ascii=False, indent=1), markup=False, soft_wrap=True)
    else:
        _print_receipts(messages)


def confirm(edition: OfEdition, recipient: OfRecipient, by: Name, state: State = None) -> None:
    """Write down that a mail has come of which nobody knew whether the server took it."""
    asked, settings = EditionId.parse(edition), Settings.load(state)
    with readable(settings):
        confirm_receipt(settings, asked, recipient, by_whom=by)
    _print([f"Получение редакции {asked} подтверждено: {recipient} ({by})."])


def _now() -> dt.datetime:
    """The instant; nothing below asks the clock."""
    return datetime.now(MOSCOW)


def _today() -> dt.date:
    """The day in Moscow."""
    return _now().date()


def _print_receipts(messages: Iterable[Message]) -> None:
    table = Table(box=SIMPLE)
    for heading in RECEIPT_HEADINGS:
        table.add_column(heading, overflow="fold")
    for message in messages:
        table.add_row(*map(_harmless, receipt_row(message)))
    results.print(table)


def _print_checklist(checklist: Checklist) -> None:
    _print(checklist_lines([asdict(one) for one in checklist.outcomes]))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        results.print(_harmless(line))


def _harmless(text: str) -> Text:
    """Words out of the ledger as words: somebody may have written there what a terminal would obey."""
    return Text("".join(sign if sign.isprintable() or sign == "\N{NO-BREAK SPACE}" else "�" for sign in text))


app.command(name="list")(list_editions)
for command in (draft, show, submit, approve, reject, issue, verify, pending, deliver, receipts, confirm):
    app.command()(command)
