"""The contract is read whole or refused with the place named."""

from __future__ import annotations

import re

import pytest

from o7_warehouse.contract import parse_contract, read_contract
from o7_warehouse.errors import CatalogueError

GOOD = """
contract: o7
version: "1.0"
time_zone: Europe/Moscow
views: {schema: o7_export, prefix: v1_, delivery: v1_delivery}
common:
  source_id: {type: text, key: true, sensitivity: G}
titles:
  source_id: Идентификатор записи
  birth_date: Дата рождения
entities:
  organization:
    says: school
    owner: source_id
    columns:
      name: {type: text, sensitivity: N}
  person:
    says: pupil
    owner: org_id
    columns:
      birth_date: {type: date, sensitivity: G, optional: true}
"""


def test_the_contract_of_the_project_is_read():
    contract = read_contract()

    assert len(contract.entities) == 39
    assert contract.entity("organization").owner == "source_id"
    assert contract.entity("student").parents == {"source_id": "person", "org_id": "organization"}


def test_every_column_of_the_project_has_a_russian_title_that_may_stand_in_a_header():
    titles = {
        f"{entity.name}.{column.name}": column.title
        for entity in read_contract().entities
        for column in entity.columns
    }

    assert {
        where: title for where, title in titles.items() if not re.fullmatch(r"[А-Яа-яЁё ,]{3,63}", title)
    } == {}


def test_common_columns_and_the_owner_stand_first():
    person = parse_contract(GOOD).entity("person")

    assert person.column_names == ("source_id", "org_id", "birth_date")
    assert person.column("birth_date").is_optional


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param("says: pupil", "sais: pupil", "'sais'", id="misspelt key"),
        pytest.param("type: date", "type: dat", "'birth_date'", id="unknown type"),
        pytest.param(
            "sensitivity: G, optional", "sensitivity: X, optional", "'birth_date'", id="sensitivity"
        ),
        pytest.param("optional: true", "optional: maybe", "'birth_date'", id="flag that is no flag"),
        pytest.param("birth_date:", "org_id:", "'org_id'", id="column twice"),
        pytest.param("optional: true}", "parent: pupil}", "'pupil'", id="unknown parent"),
        pytest.param('version: "1.0"', "version: 1.0", "quoted", id="version that YAML would round"),
        pytest.param("birth_date:", "Birth:", "'Birth'", id="name that SQL would fold"),
        pytest.param("owner: org_id", "owner: school", "'school'", id="unknown owner"),
        pytest.param("key: true, ", "", "'organization'", id="no key"),
        pytest.param("contract: o7\n", "", "contract", id="no name"),
        pytest.param("says: pupil", "says: [pupil", "YAML", id="no YAML"),
        pytest.param(
            "Дата рождения", "идентификатор Записи", "'person'.*'идентификатор записи'", id="title twice"
        ),
        pytest.param("  birth_date: Д", "  birthday: Д", "'birthday'", id="title of no column"),
    ],
)
def test_a_contradiction_is_refused_and_named(old, new, named):
    with pytest.raises(CatalogueError, match=named):
        parse_contract(GOOD.replace(old, new))


def test_an_unknown_entity_or_column_is_named_together_with_the_known():
    contract = parse_contract(GOOD)

    with pytest.raises(CatalogueError, match=r"'pupil'.*organization, person"):
        contract.entity("pupil")
    with pytest.raises(CatalogueError, match=r"'name'.*birth_date"):
        contract.entity("person").column("name")
