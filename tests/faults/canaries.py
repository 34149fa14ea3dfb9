"""Canaries: identifiers that exist nowhere else, planted in a drop, and the search for them wherever a night writes.

Everything is decoded before it is searched: a JSON file may hold a name as escapes, a spreadsheet and a PDF are
compressed, a page may carry base64.
"""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
from typing import TYPE_CHECKING

import pypdf

from o7_warehouse.contract import read_contract
from tests.faults.planting import rows_of, with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# The pupil at О7. Identities of single events are kept in marts, so that a figure can be followed to its rows.
PUPIL = "kanareika-7766"
# entity -> the columns of the first pupil's rows: values a rule has nothing against.
VALID = {
    "person": {
        "last_name": "Канареевский", "first_name": "Кенарослав", "middle_name": "Щеглович",
        "birth_place": "с. Канареечное", "snils": "987-654-321 83", "inn": "079876543215",
    },
    "student": {"login": "kenaroslav.7766", "personal_file_no": "ЛД-КАНАР-7766", "student_no": "К-КАНАР-7766"},
    "guardian": {"last_name": "Канареевская", "first_name": "Зяблина"},
    "identity_document": {"type_code": "21", "series": "", "number": "КНР98765432101"},
    "address": {"locality": "Канареечный хутор", "street": "Тайная Канареечная"},
    "family_status": {"status": "семья канареечного егеря"},
    "additional_education": {"direction": "канареечное пение"},
}  # fmt: skip
# The same for the second pupil: values that break a rule, or that a type would choke on.
INVALID = {
    "person": {
        "last_name": "Чижиков2Пыжиков", "first_name": "test-Снегирёв", "birth_place": "?",
        "snils": "123-987-654 00", "inn": "79876543219", "birth_date": "1926-07-19",
    },
    "student": {"login": "sinitsa.7766", "personal_file_no": "ЛД-СИНИЦ-7766"},
    "identity_document": {"type_code": "12", "series": "98А7", "number": "76543210987"},
    "guardian": {"last_name": "Свиристелев3", "first_name": "Поползень"},
    # Where a code is expected, anything can be typed.
    "portfolio_item": {
        "category_code": "Зимородков Иволга", "level_code": "Дроздова Пеночка", "result_code": "Клестов Стриж",
        "added_by_role": "мама Коростелева",
    },
    "recommendation": {"origin": "педагог Куропаткин"},
    "individual_plan": {"formed_by_role": "Перепёлкина В."},
}  # fmt: skip
CONTACTS = (
    {"kind": "mobile", "value": "+7 928 765-43-21"},
    {"kind": "email", "value": "kanareika.tainaya@pochta-primer.ru"},
    {"kind": "phone", "value": "8 (8662) 76-54-3Х-21"},
    {"kind": "email", "value": "chizhik@pyzhik@primer"},
)
# The class of the first pupil, typed as whom it was made for.
CLASS_NAME = "надомник Жаворонков"
# Rows that cannot be placed: their school is unknown.
STRAYS = ({"last_name": "Бродягин-Потеряев", "first_name": "Неприкай", "snils": "111-987-654 77"},)
# The layers that may hold personal data (ARCHITECTURE.md); every other one may not.
PERSONAL = ("landing", "raw_o7", "gate", "quarantine", "rebuild", "staging")
# As the warehouse writes what it has understood; and as it might, but has no reason to.
NORMAL = ("98765432183",)
NEVER_WRITTEN = ("79287654321", "9287654321")
CANARIES = (
    PUPIL,
    CLASS_NAME,
    *(
        value
        for entities in (VALID, INVALID)
        for columns in entities.values()
        for column, value in columns.items()
        if len(value) > 4 and column not in {"type_code", "birth_date"}
    ),
    *(contact["value"] for contact in CONTACTS),
    *(value for row in STRAYS for value in row.values()),
    *NORMAL,
    *NEVER_WRITTEN,
)


def plant(folder: Path) -> None:
    """Give two pupils of a drop the canaries, and add a third whom no school has."""
    first, second = (row["source_id"] for row in rows_of(folder, "person")[:2])
    for entity in read_contract().entities:
        linking = [one.name for one in entity.columns if one.parent in {"person", "student"}]
        linking += ["source_id"] if entity.name == "person" else []
        if linking:
            rows = rows_of(folder, entity.name)
            renamed = ({name: PUPIL for name in linking if row[name] == first} for row in rows)
            with_rows(folder, entity.name, (row | names for row, names in zip(rows, renamed, strict=True)))
    for pupil, values in ((PUPIL, VALID), (second, INVALID)):
        for entity, columns in values.items():
            key = "source_id" if entity in {"person", "student"} else "student_id"
            rows = [row | columns if row[key] == pupil else row for row in rows_of(folder, entity)]
            with_rows(folder, entity, rows)
    taught = {row["class_id"] for row in rows_of(folder, "enrollment_event") if row["student_id"] == PUPIL}
    classes = rows_of(folder, "class")
    named = [row | ({"name": CLASS_NAME} if row["source_id"] in taught else {}) for row in classes]
    with_rows(folder, "class", named)
    persons, contacts = rows_of(folder, "person"), rows_of(folder, "contact")
    strays = [
        persons[2] | row | {"source_id": f"stray-{number}", "org_id": "no-school"}
        for number, row in enumerate(STRAYS)
    ]
    with_rows(folder, "person", persons + strays)
    pattern = contacts[0] | {"student_id": PUPIL, "org_id": persons[0]["org_id"], "guardian_id": ""}
    added = [pattern | row | {"source_id": f"{PUPIL}-k{number}"} for number, row in enumerate(CONTACTS)]
    with_rows(folder, "contact", contacts + added)


def plant_name(folder: Path) -> None:
    """Give the first pupil of a drop a name that exists nowhere else; no figure changes by it."""
    names = {column: VALID["person"][column] for column in ("last_name", "first_name")}
    first, *others = rows_of(folder, "person")
    with_rows(folder, "person", [first | names, *others])


def found_in(texts: Iterable[str]) -> set[str]:
    """The canaries that stand in any of the texts, in whatever letters."""
    whole = "\n".join(texts).casefold()
    return {canary for canary in CANARIES if canary.casefold() in whole}


def found_in_files(folder: Path, *, without: Path | None = None) -> dict[str, set[str]]:
    """File -> the canaries in it, for every file below the folder; ``without`` is left out."""
    hits = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or (without and path.is_relative_to(without)):
            continue
        if found := found_in([path.name, *decoded(path.read_bytes())]):
            hits[str(path.relative_to(folder))] = found
    return hits


def found_in_tables(cursor: Cursor, schemas: Iterable[str], *, but: bool) -> dict[str, set[str]]:
    """Table -> the canaries in it, for the tables of the schemas; ``but``: for all others."""
    cursor.execute(
        """
        select relation.oid::regclass::text
        from pg_catalog.pg_class as relation
        join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
        where
            relation.relkind in ('r', 'm') and namespace.nspname not in ('pg_catalog', 'information_schema')
            and (namespace.nspname = any(%s)) <> %s
        order by 1
        """,
        (list(schemas), but),
    )
    hits = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f"select line::text from {table} as line")
        if found := found_in(text for (line,) in cursor.fetchall() for text in _unescaped(line)):
            hits[table] = found
    return hits


def decoded(content: bytes) -> Iterator[str]:
    """Every text that a file's content can be read as."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from decoded(archive.read(name))
    elif content.startswith(b"%PDF"):
        reader = pypdf.PdfReader(io.BytesIO(content))
        yield str(reader.metadata)
        for page in reader.pages:
            yield page.extract_text()
    else:
        text = content.decode("utf-8", errors="replace")
        yield from _unescaped(text)
        for blob in re.findall(r"base64,([A-Za-z0-9+/=]+)", text):
            yield base64.b64decode(blob).decode("utf-8", errors="replace")


def _unescaped(text: str) -> Iterator[str]:
    yield text
    if "\\u" in text:
        yield re.sub(r"\\+u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)), text)
    if "&#" in text:
        yield html.unescape(text)


def told(hits: Mapping[str, set[str]]) -> str:
    """Hits as lines, for a failing test to show; nothing when there are none."""
    return "\n".join(f"{place}: {', '.join(sorted(found))}" for place, found in sorted(hits.items()))
