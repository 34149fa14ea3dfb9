"""The act of destruction and the extract of the event log that goes with it (Roskomnadzor's order № 179 of 28.10.2022).

The order asks for words by which the person is known, so both lie in a folder only its owner may enter, and are kept
for three years (dbt_project/seeds/retention.csv). What a program cannot know, the operator's address, positions and
signatures, is left to be filled in by hand.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - a field's type
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst
import yaml

from o7_warehouse.erasure.files import ACTS
from o7_warehouse.errors import ReportError
from o7_warehouse.json_text import json_text
from o7_warehouse.report.formats import MOSCOW, count_text, instant_text
from o7_warehouse.report.letterhead import load_letterhead
from o7_warehouse.report.pdf import STANDARD, fonts
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from o7_warehouse.contract import Contract
    from o7_warehouse.erasure.files import Cleared
    from o7_warehouse.erasure.find import Removed
    from o7_warehouse.erasure.persons import Person
    from o7_warehouse.erasure.proof import Searched
    from o7_warehouse.settings import Settings

SYSTEM: Final = "Хранилище показателей цифровой зрелости общего образования (О7)"
BY_HAND: Final = "____________________"
METHOD: Final = (
    "удаление записей из таблиц базы данных с последующей перезаписью файлов таблиц (VACUUM FULL), удаление файлов и "
    "резервных копий"
)
KINDS: Final = {"student": "обучающийся", "staff": "работник организации"}
BASIS: Final = "Приказ Роскомнадзора от 28.10.2022 № 179"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A finished erasure as its papers tell it."""

    erasure_id: str
    at: dt.datetime
    reason: str
    by_whom: str
    persons: Sequence[Person]
    removed: Removed
    cleared: Cleared
    searched: Searched


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed paper: what stands above, named facts, one table, and who signs."""

    title: str
    number: str
    day: dt.date
    operator: str
    facts: tuple[tuple[str, str], ...]
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    signs: tuple[str, ...]


def folder_of(settings: Settings, erasure_id: str) -> Path:
    """Where the papers of an erasure lie."""
    return settings.state / ACTS / erasure_id


def write_papers(settings: Settings, contract: Contract, erased: Erased) -> Path:
    """Write act and extract as HTML, PDF and JSON into their closed folder; returns it. Raises ReportError."""
    papers = {
        "act": _act(contract, erased, entity_names(settings.root)),
        "journal": _journal(contract, erased, entity_names(settings.root)),
    }
    files = {name: content for stem, paper in papers.items() for name, content in _printed(stem, paper)}
    folder = folder_of(settings, erased.erasure_id)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    # mkdtemp lets nobody but the owner enter; the folder gets its name when it is whole.
    room = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        for name, content in files.items():
            with os.fdopen(os.open(room / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        room.rename(folder)
    except OSError as error:
        shutil.rmtree(room, ignore_errors=True)
        raise ReportError(
            f"The act of the erasure {erased.erasure_id} could not be written ({type(error).__name__}: {folder}). The "
            "persons are erased, and an erasure without its act cannot be proved to anybody. Make room, and run the "
            "same command again."
        ) from error
    return folder


def entity_names(root: Path) -> dict[str, str]:
    """What people call the entities of the contract."""
    content = yaml.safe_load((root / "expectations" / "names.yml").read_text(encoding="utf-8"))
    return dict(content["entities"])


def _printed(stem: str, paper: Paper) -> Iterator[tuple[str, bytes]]:
    yield f"{stem}.html", render_template("erasure/paper.html.j2", {"paper": paper}).encode()
    yield f"{stem}.pdf", _pdf(render_template("erasure/paper.typ.j2", {"paper": paper}))
    yield f"{stem}.json", json_text(asdict(paper)).encode()


def _pdf(source: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="o7-typst-") as folder:
        main = Path(folder) / "main.typ"
        main.write_text(source, encoding="utf-8")
        compiler = typst.Compiler(input=str(main), root=folder, font_paths=fonts())
        try:
            content = compiler.compile(format="pdf", pdf_standards=STANDARD)
        except typst.TypstError:
            # Its words quote the line, and the line may name the person.
            raise ReportError(
                "typst could not print reports/erasure/paper.typ.j2, so there is no act. The persons are erased. Mend "
                "the template or the fonts, and run the same command again."
            ) from None
    if not isinstance(content, bytes):
        raise ReportError(
            "typst made no document of reports/erasure/paper.typ.j2, so there is no act. Mend the template."
        )
    return content


def _categories(contract: Contract, erased: Erased, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Entity in people's words, and the titles of its columns that are personal data."""
    for entity in contract.entities:
        if entity.name in erased.removed.entities:
            titles = [one.title for one in entity.columns if one.sensitivity != "N"]
            yield names[entity.name], ", ".join(titles)


def _common(erased: Erased) -> tuple[tuple[str, str], ...]:
    persons = "; ".join(f"{KINDS[one.kind]}, идентификатор в О7: {one.identity}" for one in erased.persons)
    return (
        ("Субъект (субъекты) персональных данных", persons),
        ("Информационная система персональных данных", SYSTEM),
        ("Причина уничтожения", erased.reason),
        ("Дата уничтожения", instant_text(erased.at)),
    )


def _act(contract: Contract, erased: Erased, names: dict[str, str]) -> Paper:
    searched, day = erased.searched, erased.at.astimezone(MOSCOW).date()
    categories = "; ".join(f"{name}: {titles}" for name, titles in _categories(contract, erased, names))
    rows = [(f"таблица {table}", count_text(count)) for table, count in sorted(erased.removed.tables.items())]
    rows += [(f"файлы {shelf}", count_text(count)) for shelf, count in sorted(erased.cleared.shelves.items())]
    subject, system, reason, at = _common(erased)
    return Paper(
        title="Акт об уничтожении персональных данных",
        number=erased.erasure_id,
        day=day,
        operator=" ".join(load_letterhead(day).names[-1].lines),
        facts=(
            ("Адрес оператора", BY_HAND),
            ("Лицо, обрабатывавшее данные по поручению оператора (если поручалось), и его адрес", BY_HAND),
            subject,
            ("Уничтожил(а) персональные данные", f"{erased.by_whom}, должность {BY_HAND}"),
            ("Категории уничтоженных персональных данных", categories or "псевдонимы"),
            system,
            ("Способ уничтожения", METHOD),
            reason,
            at,
        ),
        caption="Уничтожено записей и файлов",
        headings=("Где", "Количество"),
        rows=tuple(rows),
        notes=(
            (
                f"Поиск после: таблиц {count_text(searched.tables)}, столбцов {count_text(searched.columns)}, файлов "
                f" {count_text(searched.files)}; найдено: {count_text(len(searched.hits))}. Искомых слов "
                f"{count_text(searched.words)}; не искались {count_text(searched.shared)}, общие с другими лицами. "
                f"Файлов, которые не читаются как текст: {count_text(searched.unreadable)}."
            ),
            f"Ночей, из которых изъяты записи: {count_text(erased.removed.nights)}.",
            "Выпущенные редакции отчетов не изменены: в них только численности.",
            f"{BASIS}. Акт и выгрузка хранятся три года.",
        ),
        signs=("Уничтожил(а)", "Ответственный за организацию обработки персональных данных"),
    )


def _journal(contract: Contract, erased: Erased, names: dict[str, str]) -> Paper:
    day = erased.at.astimezone(MOSCOW).date()
    titles = dict(_categories(contract, erased, names))
    tables = {f"raw_o7.{entity}": names[entity] for entity in erased.removed.entities}
    rows = [
        (
            instant_text(erased.at),
            f"удаление: {table}",
            titles.get(tables.get(table, ""), "псевдонимы"),
            count_text(count),
        )
        for table, count in sorted(erased.removed.tables.items())
    ]
    rows += [
        (
            instant_text(erased.at),
            f"удаление файлов: {shelf}",
            "файлы с персональными данными",
            count_text(count),
        )
        for shelf, count in sorted(erased.cleared.shelves.items())
    ]
    return Paper(
        title="Выгрузка из журнала регистрации событий",
        number=erased.erasure_id,
        day=day,
        operator=" ".join(load_letterhead(day).names[-1].lines),
        facts=_common(erased),
        caption="События",
        headings=("Время", "Событие", "Категории данных", "Количество"),
        rows=tuple(rows),
        notes=(f"{BASIS}. К акту № {erased.erasure_id}.",),
        signs=("Ответственный за организацию обработки персональных данных",),
    )
