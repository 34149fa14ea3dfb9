"""No О7 identity, name, СНИЛС, phone or address of mail stands outside the layers that may hold personal data."""

from __future__ import annotations

import csv
import re
from contextlib import closing
from typing import TYPE_CHECKING, Final

import psycopg2
import pytest

from o7_warehouse.settings import ROOT
from tests.faults.test_canaries import PERSONAL
from tests.journeys.conftest import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
# entity -> the columns that tell who somebody is, or how to reach him. Numbers of cards are told to schools alone, and
# looked for in the layers as well.
TELLING: Final = {
    "person": ("source_id", "snils", "inn"),
    "student": ("login", "personal_file_no"),
    "guardian": ("source_id",),
    "staff_person": ("source_id",),
    "contact": ("value",),
    "identity_document": ("number",),
}
NAMES: Final = {
    "person": ("last_name", "first_name", "middle_name"),
    "guardian": ("last_name", "first_name", "middle_name"),
}
# Words, numbers and addresses, whatever stands between them.
WORD: Final = re.compile(r"[\w@.+-]*\w")
RELATIONS: Final = """
    select format('"%%s"."%%s"', namespace.nspname, relation.relname)
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where
        relation.relkind in ('r', 'p', 'v', 'm')
        and namespace.nspname !~ '^pg_|^information_schema$' and (namespace.nspname = any(%s)) = %s
    order by 1
"""


def told_by(folder: Path, of: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Every value of these columns of a delivery -> the column; what is shorter than five signs tells nobody."""
    found = {}
    for entity, columns in of.items():
        with (folder / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                found |= {
                    row[column].casefold(): f"{entity}.{column}" for column in columns if len(row[column]) > 4
                }
    return found


def words(texts: Iterable[str]) -> set[str]:
    """The texts as they are, and their words one by one."""
    found = set()
    for text in texts:
        whole = text.casefold()
        found |= {whole, *WORD.findall(whole)}
    return found


def standing(cursor: Cursor, known: dict[str, str], *, within: bool) -> dict[str, set[str]]:
    """Column -> what of the identifiers stands in it; within the layers that may hold them, or in all others."""
    cursor.execute(RELATIONS, (list(PERSONAL), within))
    found = {}
    for (relation,) in cursor.fetchall():
        cursor.execute(f"select line.* from {relation} as line")
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        for place, name in enumerate(names):
            if hits := words({str(row[place]) for row in rows}) & set(known):
                found[f"{relation}.{name}"] = {known[hit] for hit in hits}
    return found


@pytest.fixture(scope="module")
def identifiers(night: Night) -> dict[str, str]:
    """The identities, numbers and addresses of the small world, as О7 writes them and as the warehouse does."""
    found = told_by(night.world / FIRST, TELLING)
    # Marts keep the identities of single events; the small world gives some accesses the identity of a guardian.
    for event in told_by(night.world / FIRST, {"access_grant_student": ("source_id",)}):
        found.pop(event, None)
    return found | {
        digits: place for value, place in found.items() if len(digits := re.sub(r"\D", "", value)) > 8
    }


@pytest.mark.parametrize("role", ["o7_admin", "o7_school"])
def test_no_identifier_of_a_person_is_in_any_column_outside(
    night: Night, identifiers: dict[str, str], role: str
) -> None:
    """Of tables and of views; the views of ``school`` show the administrator nothing, so their own role looks, too."""
    with (
        closing(psycopg2.connect(night.server.dsn("warehouse", role))) as connection,
        connection.cursor() as cursor,
    ):
        if role == "o7_school":
            cursor.execute(
                "select row_to_json(line)::text from school.worklist as line"
                " union all select row_to_json(line)::text from school.pupil_gaps as line"
            )
            lines = [text for (text,) in cursor.fetchall()]
            assert len(lines) > 50
            assert words(lines) & set(identifiers) == set()
            return
        assert standing(cursor, identifiers, within=False) == {}


def test_the_same_search_finds_each_kind_where_it_may_be(night: Night, identifiers: dict[str, str]) -> None:
    with (
        closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as connection,
        connection.cursor() as cursor,
    ):
        found = standing(cursor, identifiers, within=True)

    assert set().union(*found.values()) == set(identifiers.values())


def test_no_name_of_a_person_is_in_any_column_outside(night: Night) -> None:
    """Names that are words of the law, of rules or of schools as well prove nothing, and are left out."""
    names = told_by(night.world / FIRST, NAMES)
    written = [*(ROOT / "dbt_project" / "seeds").glob("*.csv"), *(ROOT / "expectations").rglob("*.yml")]
    texts = [path.read_text(encoding="utf-8") for path in written]
    for word in words([*texts, *told_by(night.world / FIRST, {"organization": ("name",)})]):
        names.pop(word, None)

    with (
        closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as connection,
        connection.cursor() as cursor,
    ):
        assert len(names) > 100
        assert standing(cursor, names, within=False) == {}
