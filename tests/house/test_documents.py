"""What a document names is there: files it links to, files and tests it quotes, commands and options it gives."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

import pytest
import typer.main
from typer.core import TyperGroup

from o7_warehouse.audit.tables import LATE
from o7_warehouse.cli import app
from o7_warehouse.settings import ROOT
from tests.house.test_files import tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
CODE: Final = re.compile(r"`([^`\n]+)`")
# A path from the root of the repository; words in angle brackets, stars and dots stand for some file.
QUOTED: Final = re.compile(
    r"(?<![\w/>-])(?:benchmarks|contracts|dags|dbt_project|docker|docs|expectations|o7_simulator|o7_warehouse|reports|tests)/[\w./*<>{}-]+"
)
SOME: Final = re.compile(r"<[^>]*>|\{[^}]*\}|…")
# Where docs/installation.md has made it a word of the shell, a command begins without its path.
COMMAND: Final = re.compile(r"(?:^ {4,}|`)(?:\w+=\S+ )*(?:\./)?o7\b((?: +[^`\n]*)?)", re.MULTILINE)
# A word that is a command or an option and not what somebody fills in.
OPTION: Final = re.compile(r"\[?(--[a-z][a-z-]*|-[a-z])(?:=.*)?\]?")
DOCUMENTS: Final = [path for path in tracked("*.md") if path.name != "CHANGELOG.md"]
ROOT_COMMAND: Final = typer.main.get_command(app)
# What follows these goes to pytest, dbt, the simulator or a benchmark.
HANDED_ON: Final = frozenset({"test", "lint", "bench", "dbt", "simulate"})


def name(path: Path) -> str:
    """As a person names it."""
    return path.relative_to(ROOT).as_posix()


def missing_links(path: Path, text: str) -> Iterator[str]:
    """Every relative link that leads nowhere."""
    for target in LINK.findall(text):
        place = target.partition("#")[0]
        if place and not re.match(r"[a-z]+:", place) and not (path.parent / place).exists():
            yield target


def missing_files(path: Path, text: str) -> Iterator[str]:
    """Every quoted path that no file has; one with a placeholder needs one file that fits.

    Documents among the tests may name tests from there.
    """
    places = [ROOT, ROOT / "tests"] if path.is_relative_to(ROOT / "tests") else [ROOT]
    for span in CODE.findall(text):
        for told in QUOTED.findall(span):
            pattern = SOME.sub("*", told).rstrip("./,")
            if not any(next(place.glob(pattern), None) for place in places):
                yield told


def wrong_commands(text: str) -> Iterator[str]:
    """Every command the program does not know, and every option its command does not take."""
    for line in COMMAND.findall(text):
        command = ROOT_COMMAND
        words = re.split(r" #|\s;|\s\||\s>", f"{line} ")[0]
        for word in shlex.split(words.replace("'", "").replace("`", "")):
            if isinstance(command, TyperGroup) and re.fullmatch(r"[a-z][a-z-]+", word):
                found = command.commands.get(word)
                if found is None:
                    yield f"./o7{words}"
                    break
                command = found
                if command.name in HANDED_ON:
                    break
            elif option := OPTION.fullmatch(word):
                known = {given for one in command.params for given in one.opts + one.secondary_opts}
                if option[1] not in known | {"--help", "-h"}:
                    yield f"{option[1]} of ./o7{words}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_a_document_leads_only_to_what_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert list(missing_links(path, text)) == []
    assert list(missing_files(path, text)) == []
    assert list(wrong_commands(text)) == []


def test_documents_name_many_links_files_and_commands() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]

    assert len(DOCUMENTS) > 30
    assert sum(len(LINK.findall(text)) for text in texts) > 100
    assert sum(len(QUOTED.findall(span)) for text in texts for span in CODE.findall(text)) > 150
    assert sum(len(COMMAND.findall(text)) for text in texts) > 150


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[there](docs/nowhere.md)", id="a link"),
        pytest.param("shown by `tests/house/test_nothing.py`", id="a test"),
        pytest.param("one of `dbt_project/seeds/<name>_nowhere.csv`", id="a kind of file"),
        pytest.param("run `./o7 upkep drill`", id="a command"),
        pytest.param("    ./o7 upkeep dril    # restored", id="a command of a command"),
        pytest.param("    ./o7 night --dates 2025-12-15", id="an option"),
        pytest.param("    o7 nigth --pupils 300", id="a command of the shell"),
    ],
)
def test_what_is_not_there_is_named(text: str) -> None:
    readme = ROOT / "README.md"
    found = [*missing_links(readme, text), *missing_files(readme, text), *wrong_commands(text)]

    assert len(found) == 1


def test_the_table_of_contents_names_every_document() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= set(
        re.findall(r"\]\(([\w-]+\.md)\)", contents)
    )


def test_auditors_are_told_of_every_table_that_is_written_to_after_a_seal() -> None:
    told = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")

    assert {table for table in LATE if f"`{table}`" not in told} == set()
