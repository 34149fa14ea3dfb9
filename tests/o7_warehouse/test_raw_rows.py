"""The rows of raw: their hash knows columns and not their order, and tables made again keep them."""

from __future__ import annotations

from contextlib import closing

from o7_warehouse import bootstrap, warehouse
from o7_warehouse.versions import row_hash
from tests.deliveries import NIGHT, asked, loaded, rows_of, small_world, write_drop


def test_a_column_appended_to_the_contract_leaves_the_hash_of_rows_without_it(empty):
    """Else one line in the contract would make every row of the republic a changed one."""
    with closing(warehouse.connect(empty, "o7_loader")) as connection, connection.cursor() as cursor:
        before = row_hash(("a", "b")).as_string(connection)
        after = row_hash(("a", "b", "added")).as_string(connection)
        rows = "(values ('x', null, null::text), ('x', null, 'y')) as rows (a, b, added)"
        cursor.execute(f"select {before}, {after} from {rows}")
        [(of_two, with_empty), (_, with_value)] = cursor.fetchall()

    assert of_two == with_empty != with_value


def test_no_two_of_these_rows_have_one_hash(empty):
    """A value in another column, nothing and a missing value are different things."""
    rows = [
        "'x', 'y'",
        "'y', 'x'",
        "'x', null",
        "null, 'x'",
        "'x', ''",
        "'', 'x'",
        "'x', 'x'",
        "null, null",
        "'', ''",
    ]
    values = ", ".join(f"({row})" for row in rows)
    with closing(warehouse.connect(empty, "o7_loader")) as connection, connection.cursor() as cursor:
        of_row = row_hash(("a", "b")).as_string(connection)
        cursor.execute(f"select count(distinct {of_row}) from (values {values}) as rows (a, b)")
        [(found,)] = cursor.fetchall()

    assert found == len(rows)


def test_making_the_tables_again_keeps_the_rows_and_adds_a_column(empty, server, tmp_path):
    loaded(empty, write_drop(tmp_path / "1", small_world()))
    asked(
        empty,
        "alter table raw_o7.person drop column snils; alter table landing.person drop column snils; select 1",
    )

    bootstrap.ensure(empty, server)

    found = rows_of(empty, "person", NIGHT)
    assert len(found) == 30
    assert all(row[-2] is None for row in found)
    # The module's other tests want the columns in the contract's order.
    asked(empty, "drop table raw_o7.person, landing.person; select 1")
    bootstrap.ensure(empty, server)
