"""The commands of docs/backup-and-restore.md for containers: as processes, from a lost house into a new one."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.indicators import indicator_rows
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.synthetic import DATABASE, READER
from tests.conftest import open_folder
from tests.deployment.compose import Machine
from tests.deployment.test_services import SERVICES, finish, running

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "## In containers"
OPTIONS = {"--rm", "--no-deps", "-T"}


@dataclass(frozen=True)
class Line:
    """One command of the document: which service, instead of which program, with which words and files."""

    service: str
    program: str | None
    words: list[str]
    files: dict[str, str]


def lines() -> list[Line]:
    """Every `docker compose run` of the document's section, in its order."""
    text = (
        (ROOT / "docs" / "backup-and-restore.md").read_text(encoding="utf-8").split(HEAD)[1].split("\n## ")[0]
    )
    return [read(line) for line in re.findall(r"^ {4,}docker compose run (.+)$", text, re.MULTILINE)]


def read(line: str) -> Line:
    """The parts of a command, as a shell and Compose take it apart."""
    words, program, files = shlex.split(line, comments=True), None, {}
    while words[0].startswith("-"):
        option = words.pop(0)
        if option == "--entrypoint":
            program = words.pop(0)
        else:
            assert option in OPTIONS, option
    if words[-2] in {"<", ">"}:
        *words, sign, name = words
        files[sign] = name
    service, *rest = words
    return Line(service, program, rest, files)


def perform(machine: Machine, line: Line, carried: Path) -> None:
    """What the container would do, with this machine's folders; files of the operator lie in ``carried``."""
    [moment] = [path.name for path in (machine.folder / "state").glob("backups/*")] or ["MOMENT"]
    words = [machine.here(word.replace("MOMENT", moment)) for word in line.words]
    if line.program is None:
        log = carried / "run.log"
        code = machine.start(SERVICES[line.service] | {"command": words}, log).wait(300)
        assert code == 0, log.read_text(encoding="utf-8")[-2000:]
        return
    given = (carried / line.files["<"]).read_bytes() if "<" in line.files else None
    done = subprocess.run([line.program, *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    if ">" in line.files:
        (carried / line.files[">"]).write_bytes(done.stdout)


def reached(machine: Machine) -> Settings:
    """The settings of a container, for this process."""
    return Settings.load(environment=variables(machine))


def variables(machine: Machine) -> dict[str, str]:
    """What `service.py o7` gives to a command."""
    server = machine.server()
    return machine.environment(SERVICES["o7"]) | {
        "O7_WAREHOUSE_DSN": server.dsn("warehouse", ADMIN),
        "O7_AIRFLOW_DSN": server.dsn("airflow", "o7_airflow"),
        "O7_SOURCE_DSN": server.dsn(DATABASE, READER),
    }


def test_the_restore_waits_for_the_server_and_for_nobody_who_makes_tables() -> None:
    needed, found = ["restore"], set()
    while needed:
        found |= (more := set(SERVICES[needed.pop()].get("depends_on", {})) - found)
        needed += more

    assert found == {"postgres", "secrets"}


def test_the_document_carries_the_secrets_apart_from_the_copies() -> None:
    out = [line.files[">"] for line in lines() if ">" in line.files]
    back = [line.files["<"] for line in lines() if "<" in line.files]

    assert out == back == ["secrets.json", "copies.tar"]
    assert [line.service for line in lines()].count("restore") == 1


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_lost_house_is_made_again_by_the_lines_of_the_document_and_tells_the_same_figures() -> None:
    orders = lines()
    back = next(number for number, line in enumerate(orders) if "<" in line.files)
    with open_folder() as folder:
        carried, lost, new = (folder / name for name in ("carried", "lost", "new"))
        for place in (carried, lost, new):
            place.mkdir(mode=0o711)
        house = Machine.on(lost, pupils="64")
        finish(house, "secrets")
        with running(house, "postgres") as postgres:
            house.wait_healthy("postgres", SERVICES["postgres"], postgres)
            for name in ("init", "source"):
                finish(house, name)
            words = [sys.executable, "-P", "-m", "o7_warehouse.walk", str(lost / "state")]
            subprocess.run(words, env=variables(house), check=True, capture_output=True, timeout=600)
            for line in orders[:back]:
                perform(house, line, carried)
            told = indicator_rows(reached(house), night=None)
        assert not subprocess.run(
            ["tar", "-tf", carried / "copies.tar"], check=True, capture_output=True
        ).stdout.count(b"secrets.json")

        machine = Machine.on(new, pupils="64")
        for line in orders[back : back + 2]:
            perform(machine, line, carried)
        finish(machine, "secrets")
        with running(machine, "postgres") as postgres:
            machine.wait_healthy("postgres", SERVICES["postgres"], postgres)
            [restore, *others] = orders[back + 2 :]
            perform(machine, restore, carried)
            finish(machine, "init")
            for line in others:
                perform(machine, line, carried)

            assert indicator_rows(reached(machine), night=None) == told
            assert len(told) > 0
