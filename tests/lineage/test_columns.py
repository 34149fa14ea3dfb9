"""Each column of a query leads to the columns it is computed from, whatever way the query takes to it."""

from __future__ import annotations

import pytest

from o7_warehouse.errors import CatalogueError
from o7_warehouse.lineage.columns import made_by_tree, within
from o7_warehouse.lineage.tables import Tables, read_tables, tree_of_query
from o7_warehouse.warehouse import transaction

PERSON = "raw_o7.person"
CASES = [
    pytest.param("select snils as x from raw_o7.person", {"x": {"snils"}}, id="another name"),
    pytest.param(
        "select upper(p.snils) || p.inn as x, 1 as y from raw_o7.person as p", {"x": {"snils", "inn"}, "y": set()},
        id="an expression, and a constant",
    ),
    pytest.param(
        "with p as (select * from raw_o7.person), q as (select p.*, p.inn as z from p) select q.snils, q.z from q",
        {"snils": {"snils"}, "z": {"inn"}}, id="stars through two CTEs",
    ),
    pytest.param(
        "select case when p.birth_date = '' then 'e' else 'f' end as x from raw_o7.person as p where p.sex = 'м'",
        {"x": {"birth_date"}}, id="what only filters is not among them",
    ),
    pytest.param(
        "select org_id, count(*) filter (where snils <> '') as x from raw_o7.person group by org_id",
        {"org_id": {"org_id"}, "x": {"snils"}}, id="a group and a filtered count",
    ),
    pytest.param(
        "select a.source_id, b.inn from raw_o7.person as a left join raw_o7.person as b using (source_id)",
        {"source_id": {"source_id"}, "inn": {"inn"}}, id="a join by name",
    ),
    pytest.param(
        "select snils as x from raw_o7.person union all select inn from raw_o7.person", {"x": {"snils", "inn"}},
        id="a union",
    ),
    pytest.param(
        "select (select max(q.inn) from raw_o7.person as q where q.snils = p.sex) as x from raw_o7.person as p",
        {"x": {"inn", "snils", "sex"}}, id="a query within an expression, with what it chooses by",
    ),
    pytest.param(
        "select v.x from raw_o7.person as p cross join lateral (values (p.snils), (p.inn)) as v (x)",
        {"x": {"snils", "inn"}}, id="rows of values beside a table",
    ),
    pytest.param(
        "with recursive r as (select snils as x from raw_o7.person union select r.x from r) select r.x from r",
        {"x": {"snils"}}, id="a CTE that reads itself",
    ),
    pytest.param(
        "select u.x from raw_o7.person as p cross join lateral unnest(array[p.snils, p.inn]) as u (x)",
        {"x": {"snils", "inn"}}, id="a function in place of a table",
    ),
]  # fmt: skip


def made(settings, query):
    """What a query makes, read by who builds the models."""
    with transaction(settings, "o7_transformer") as connection, connection.cursor() as cursor:
        tables = read_tables(cursor)
        return made_by_tree(tree_of_query(cursor, query), tables, name="the query")


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_a_column_leads_to_what_it_is_computed_from(warehouse_database, query, expected):
    found = made(warehouse_database, query)

    told = {column: within(origins, "") for column, origins in found.items()}
    assert told == {column: frozenset((PERSON, name) for name in names) for column, names in expected.items()}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(
            "select '4.1' as indicator, snils as x from raw_o7.person"
            " union all select '4.2' as indicator, inn as x from raw_o7.person",
            id="parts of a union",
        ),
        pytest.param(
            "select v.indicator, v.x from raw_o7.person as p"
            " cross join lateral (values ('4.1', p.snils), ('4.2', p.inn)) as v (indicator, x)",
            id="rows of values",
        ),
    ],
)
def test_what_stands_in_one_column_is_kept_apart_by_its_indicator(warehouse_database, query):
    origins = made(warehouse_database, query)["x"]

    assert within(origins, "4.1") == {(PERSON, "snils")}
    assert within(origins, "4.2") == {(PERSON, "inn")}
    assert within(origins, "4.3") == frozenset()
    assert within(origins, "") == {(PERSON, "snils"), (PERSON, "inn")}


def test_nothing_is_left_of_the_question(warehouse_database):
    with transaction(warehouse_database, "o7_transformer") as connection, connection.cursor() as cursor:
        tree_of_query(cursor, "select snils from raw_o7.person")
        cursor.execute("select count(*) from pg_class where relname = 'o7_lineage'")
        assert cursor.fetchall() == [(0,)]


def test_a_tree_of_another_form_is_no_lineage():
    with pytest.raises(CatalogueError, match=r"marts\.x was analysed"):
        made_by_tree(
            "({QUERY :targetList ({TARGETENTRY :expr {VAR :varno 1 :varattno 1}", Tables(), name="marts.x"
        )
