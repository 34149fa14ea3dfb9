"""Attacks by codes, runs, editions and folders that name a file."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse import failures, steps, whole_folder
from o7_warehouse.editions.folders import read_set
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.errors import CatalogueError, CommandError, NightError, ReportError
from o7_warehouse.outbox import recipients
from o7_warehouse.portal import site
from o7_warehouse.report import registry, units
from o7_warehouse.settings import Settings
from o7_warehouse.sources import choice
from o7_warehouse.worklist import files
from o7_warehouse.worklist.rows import Worklist
from tests.attacks.catalogue import Attack, having, refused_as, without

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANYTHING: Final = re.compile(r".*", re.DOTALL)


def settings(folder: Path) -> Settings:
    """Settings of a state directory in the folder."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    return Settings.load(state, {})


def escapes(code: str) -> Callable[[Path], bool]:
    """Whether the list of a school with such a code lies outside the folder of lists."""

    def attempt(folder: Path) -> bool:
        shutil.rmtree(folder / "lists", ignore_errors=True)
        room = folder / "lists" / "deep" / "schools"
        room.mkdir(parents=True)
        told = Worklist(
            org_id=code.replace("{folder}", str(folder)), name="Школа", night=dt.date(2025, 12, 15),
            of_pupils=(), of_school=(), left_to_others=0, set_aside=0,
        )  # fmt: skip
        try:
            [path] = files.write_worklists(room, [told])
        except ReportError:
            return True  # it could not even be written where the code led
        return not path.resolve().parent.parent.samefile(room)

    return attempt


def _unit(code: str) -> Any:
    return SimpleNamespace(code=code, level="school")


def of_portal(code: str) -> Callable[[Path], bool]:
    """Whether the page of a unit with such a code lies outside the folder of pages of its level."""

    def attempt(folder: Path) -> bool:
        shutil.rmtree(folder / "portal", ignore_errors=True)
        try:
            address = f"municipality/{site._folder(_unit(code))}/index.html"  # noqa: SLF001
        except ReportError:
            return False
        whole_folder.exchange_folder(folder / "portal", [(address, b"forged")])
        return not (folder / "portal" / "municipality").is_dir() or address.count("/") != 2

    return attempt


def forged_choice(folder: Path) -> bool:
    """Whether a run's name makes the warehouse read another source than was chosen."""
    known = settings(folder)
    (known.state / "source").mkdir(exist_ok=True)
    content = {
        "kind": "replica",
        "dsn": "postgresql://evil",
        "path": None,
        "night": None,
        "silence_seconds": 1,
    }
    (folder / "evil.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        return choice.SourceChoice.load(known, "../../evil").dsn == "postgresql://evil"
    except ValueError:
        return False


def forged_failure(folder: Path) -> bool:
    """Whether the name of a run in Airflow's configuration makes the warehouse tell what a stranger wrote."""
    known = settings(folder)
    (known.state / "logs").mkdir(exist_ok=True)
    told = {"step": "load", "error": "GateError", "exit_code": 0, "message": "forged"}
    (folder / "evil.failure.json").write_text(json.dumps(told), encoding="utf-8")
    try:
        run_id = steps.run_id_for("manual__x", "../../evil", 0)
    except NightError:
        return False
    found = failures.read_failure(known, run_id)
    return found is not None and found.message == "forged"


def edition_elsewhere(folder: Path) -> bool:
    """Whether the name of an edition makes a folder of something else its set."""
    known = settings(folder)
    (known.state / "editions").mkdir(exist_ok=True)
    (folder / "private").mkdir(exist_ok=True)
    (folder / "private" / "secrets.json").write_text("{}", encoding="utf-8")
    try:
        edition = EditionId.parse("../../private")
    except CommandError:
        return False
    return "secrets.json" in (read_set(known, edition) or {})


def report_elsewhere(folder: Path) -> bool:
    """Whether the name of a report makes a file of a stranger its definition."""
    place = folder / "evil"
    place.mkdir(exist_ok=True)
    shutil.copyfile(registry.REPORTS / "school_worklist" / "report.yml", place / "report.yml")
    try:
        return bool(registry.load_report(f"../../../../../../../../../..{place}").id)
    except ReportError:
        return False


def delivered_to(**entry: str) -> Callable[[Path], bool]:
    """Whether a list of recipients with this entry is read."""

    def attempt(folder: Path) -> bool:
        listed = folder / "recipients.yml"
        told = {"id": "office", "audience": "ministry", "channel": "folder", "address": "ministry"} | entry
        listed.write_text(yaml.safe_dump([told]), encoding="utf-8")
        known = replace(settings(folder), recipients=listed)
        return not refused_as(CatalogueError, lambda: recipients.read_recipients(known))

    return attempt


def shows_lists(through_link: bool) -> Callable[[Path], bool]:  # noqa: FBT001 - one of two attacks
    """Whether lists with numbers of cards are written where the reports are served from."""

    def attempt(folder: Path) -> bool:
        known = settings(folder)
        (known.state / "reports").mkdir(exist_ok=True)
        place = known.state / "reports" / "lists"
        if through_link:
            place = folder / "innocent"
            place.unlink(missing_ok=True)
            place.symlink_to(known.state / "reports")
        return not refused_as(CommandError, lambda: files.folder_for(known, place))

    return attempt


def removes_others(folder: Path) -> bool:
    """Whether pages are put in the place of a folder that holds somebody's own files."""
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / "thesis.txt").write_text("x", encoding="utf-8")
    try:
        whole_folder.refuse_foreign(own, b"o7 portal", "pages of the portal")
        whole_folder.exchange_folder(own, [("index.html", b"o7 portal")])
    except CommandError:
        return False
    return not (own / "thesis.txt").exists()


def as_is(_: object) -> Any:
    """Editions whose names are whatever they are."""
    return having(EditionId, "parse", staticmethod(str))(None)


_CODES: Final = "codes are quoted where they name a file"
_FOLDERS: Final = "a code that is no plain name stops the portal"
BARE: Final = having(units, "name_of", str)
OPEN: Final = having(site, "_NAME", ANYTHING)
_LISTED: Final = [
    ("a code of a school that climbs out of the folder", _CODES, escapes("../../evil"), BARE),
    ("a code of a school that is the folder above", _CODES, escapes(".."), BARE),
    ("a code of a school that begins at the root", _CODES, escapes("{folder}/evil"), BARE),
    ("a code of a school that is a folder of another school", _CODES, escapes("1042/inner"), BARE),
    ("a code in the portal that climbs out of its level", _FOLDERS, of_portal("../evil"), OPEN),
    ("a code in the portal that makes a folder within another's", _FOLDERS, of_portal("83701000/evil"), OPEN),
    ("a name of a run that leads to a stranger's source", "the identity of a run is a UUID", forged_choice,
     without(choice, "_file", "UUID(run_id)", "run_id")),
    ("a run_id in Airflow's configuration that leads to a stranger's file", "the identity of a run is a UUID", forged_failure,
     without(steps, "run_id_for", "str(uuid.UUID(given) if given else uuid.uuid5(NAMESPACE, dag_run_id))", "given")),
    ("a name of an edition that leads elsewhere", "an edition is a period and a revision", edition_elsewhere, as_is),
    ("a name of a report that leads elsewhere", "a report is one of those there are", report_elsewhere,
     without(registry, "load_report", "report_id not in report_ids()", "False")),
    ("a folder of a recipient that leads upwards", "a folder of a recipient leads nowhere up", delivered_to(address="../../etc"),
     without(recipients, "_refuse_unusable", ' or ".." in PurePath(one.address).parts')),
    ("two mailboxes in one address", "an address is one mailbox", delivered_to(channel="smtp", address="office@a.example,evil@b.example"),
     having(recipients, "_MAILBOX", ANYTHING)),
    ("a line of a head of a mail in an address", "an address is one mailbox",
     delivered_to(channel="smtp", address="office@a.example\r\nBcc: evil@b.example"), having(recipients, "_MAILBOX", ANYTHING)),
    ("a recipient who would get rows of persons", "what holds persons is no report of an edition",
     delivered_to(audience="school", unit="1042"), without(recipients, "_refuse_unusable", "if not report.holds_persons")),
    ("lists of pupils among the reports that are served", "lists lie apart", shows_lists(through_link=False),
     without(files, "folder_for", 'folder.is_relative_to((settings.state / "reports").resolve())', "False")),
    ("the same through a link that looks innocent", "lists lie apart, wherever a link leads", shows_lists(through_link=True),
     without(files, "folder_for", ".expanduser().resolve()", ".expanduser()")),
    ("a folder of somebody's own in the place of pages", "only our own folder is replaced", removes_others,
     having(whole_folder, "refuse_foreign", lambda *_: None)),
]  # fmt: skip
ATTACKS: Final = [
    Attack(code=f"PATH-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for number, (name, defence, attempt, removed) in enumerate(_LISTED, start=1)
]
