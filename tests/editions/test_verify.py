"""A check of an edition names what is not as it was sealed: the file, or the table with its first cell."""

from __future__ import annotations

import gzip
import json

import pytest

from o7_warehouse.editions.build_rows import first_difference
from o7_warehouse.editions.findings import WORDS, Kind
from o7_warehouse.editions.manifest import own_hash
from o7_warehouse.editions.verify import refuse_damaged, verify
from o7_warehouse.editions.words import verdict_lines
from o7_warehouse.errors import EditionError
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.editions.desk import FIRST, LAST, REGION, run_of

STATEMENT = "КБР_ЦЗ_образование_2025-Q4_рев01"


@pytest.fixture
def issued(desk):
    """An issued edition, open to whoever has all rights."""
    desk.issued()
    desk.folder().resolve().chmod(0o755)
    for path in desk.folder().iterdir():
        path.chmod(0o644)
    return desk


def kinds(desk):
    """What a check finds, with the file or the table."""
    return [(one.kind, one.file or one.table) for one in desk.findings()]


def change(desk, statement):
    """One statement of somebody with all rights."""
    with transaction(desk.settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_nothing_is_found_in_an_edition_nobody_touched(issued):
    verdict = verify(issued.settings, FIRST)

    assert (verdict.findings, verdict.is_published) == ([], True)
    refuse_damaged(verdict)
    assert list(verdict_lines(verdict)) == [
        "Редакция 2025-Q4-01 цела: файлы и строки таблиц те же, что были скреплены."
    ]


def test_a_flipped_byte_in_any_file_is_named(issued):
    for path in sorted(issued.folder().iterdir()):
        content = path.read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])

            assert (Kind.file_changed, path.name) in kinds(issued), (path.name, place)
        path.write_bytes(content)
    assert issued.findings() == []


def test_a_missing_and_an_extra_file_are_named(issued):
    (issued.folder() / f"{STATEMENT}.pdf").unlink()
    (issued.folder() / "extra.txt").write_text("x", encoding="utf-8")
    (issued.folder() / "folder").mkdir()

    assert kinds(issued) == [
        (Kind.file_extra, "extra.txt"),
        (Kind.file_extra, "folder"),
        (Kind.file_missing, f"{STATEMENT}.pdf"),
    ]


def test_a_set_that_is_gone_is_said_to_be(issued):
    issued.folder().rename(issued.folder().with_name("elsewhere"))

    assert kinds(issued) == [(Kind.set_missing, "2025-Q4-01")]


def test_a_manifest_made_anew_over_changed_files_is_not_the_one_that_was_approved(issued):
    page = issued.folder() / f"{STATEMENT}.html"
    page.write_bytes(page.read_bytes() + b" ")
    path = issued.folder() / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][page.name]["bytes"] += 1
    path.write_text(json.dumps(manifest | {"sha256": own_hash(manifest)}), encoding="utf-8")

    assert kinds(issued) == [
        (Kind.file_changed, "manifest.json"),
        (Kind.file_changed, page.name),
        (Kind.manifest_changed, "manifest.json"),
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"{}"])
def test_what_is_no_manifest_is_named_and_stops_no_check(issued, content):
    (issued.folder() / "manifest.json").write_bytes(content)

    assert (Kind.manifest_changed, "manifest.json") in kinds(issued)


def test_an_edited_ledger_is_told_from_the_manifest(issued):
    change(issued, f"update audit.edition_file set sha256 = repeat('0', 64) where path = '{STATEMENT}.xlsx'")

    assert kinds(issued) == [
        (Kind.file_changed, f"{STATEMENT}.xlsx"),
        (Kind.ledger_differs, f"{STATEMENT}.xlsx"),
    ]


@pytest.fixture
def build(issued):
    """The issued edition; the rows of its build are put back afterwards."""
    change(issued, "create table public.kept_values as select * from indicators.indicator_values")
    yield issued
    change(issued, "truncate indicators.indicator_values")
    change(issued, "insert into indicators.indicator_values select * from public.kept_values")
    change(issued, "drop table public.kept_values")


CELL = (
    f"build_id = '{run_of(LAST)}' and indicator = '4.2' and level = 'region' and education_stage = 'all'"
    f" and org_unit_code = '{REGION}'"
)


def test_a_cell_that_was_changed_in_the_build_is_named_with_both_values(build):
    build.cursor.execute(f"select numerator from indicators.indicator_values where {CELL}")
    [(before,)] = build.cursor.fetchall()
    change(build, f"update indicators.indicator_values set numerator = numerator + 1 where {CELL}")

    [found] = build.findings()

    assert (found.kind, found.table, found.column) == (Kind.rows_differ, "indicator_values", "numerator")
    assert (found.sealed, found.found, found.rows) == (str(before), str(before + 1), 1)
    assert "indicator=4.2" in found.row
    assert f"org_unit_code={REGION}" in found.row
    with pytest.raises(EditionError, match=r"rows_differ in indicator_values: .*indicator=4\.2.* numerator"):
        refuse_damaged(verify(build.settings, FIRST))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("numerator", "null", id="a figure taken away"),
        pytest.param("value", "value + 0.000001", id="the sixth decimal"),
        pytest.param("definition_version", "'9.9'", id="a word"),
    ],
)
def test_any_column_of_a_row_is_compared(build, column, value):
    change(build, f"update indicators.indicator_values set {column} = {value} where {CELL}")

    assert [(one.table, one.column) for one in build.findings()] == [("indicator_values", column)]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        pytest.param(f"delete from indicators.indicator_values where {CELL}", Kind.rows_differ, id="a row removed"),
        pytest.param(
            "insert into indicators.indicator_values select * from indicators.indicator_values"
            f" where {CELL}", Kind.rows_differ, id="a row doubled",
        ),
        pytest.param(
            f"delete from indicators.indicator_values where build_id = '{run_of(LAST)}'", Kind.rows_gone, id="all gone"
        ),
    ],
)  # fmt: skip
def test_a_row_too_few_or_too_many_is_named_by_its_table(build, statement, kind):
    change(build, statement)

    assert [(one.kind, one.table) for one in build.findings()] == [(kind, "indicator_values")]


def test_rows_in_a_table_that_had_none_are_told(issued):
    night, build = LAST.isoformat(), run_of(LAST)
    change(issued, f"insert into indicators.school_successors values ('{night}', '{build}', 'a', 'b')")

    try:
        assert kinds(issued) == [(Kind.rows_new, "school_successors")]
    finally:
        change(issued, "truncate indicators.school_successors")


def test_rows_are_compared_by_their_hash_where_the_sealed_ones_are_damaged_themselves(build):
    name = "data_indicator_values.jsonl.gz"
    (build.folder() / name).write_bytes(gzip.compress(b"{}\n"))
    change(build, f"update indicators.indicator_values set numerator = numerator + 1 where {CELL}")

    assert kinds(build) == [(Kind.file_changed, name), (Kind.rows_differ, "indicator_values")]


def test_an_edition_whose_night_was_published_anew_is_sound_and_says_so(issued):
    issued.publish_anew()

    verdict = verify(issued.settings, FIRST)

    assert (verdict.findings, verdict.is_published) == ([], False)
    assert "31.12.2025 с тех пор опубликована заново" in "\n".join(verdict_lines(verdict))


def test_a_build_that_is_neither_published_nor_frozen_shows_nobody_its_rows(desk):
    other = desk.publish_anew()
    rows = "select count(*) from published.edition_rows(%s, %s)"

    with transaction(desk.settings, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute(rows, (LAST, other))
        assert cursor.fetchone()[0] > 100
        cursor.execute(rows, (LAST, run_of(LAST)))
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("sealed", "found", "told"),
    [
        ([], [], None),
        (['{"a": "x", "n": 1}'], ['{"a": "x", "n": 1}'], None),
        (
            ['{"a": "x", "n": 1}', '{"a": "y", "n": 2}'], ['{"a": "x", "n": 1}', '{"a": "y", "n": 3}'],
            ("a=y", "n", "2", "3"),
        ),
        (['{"a": "x", "n": 1.10}'], ['{"a": "x"}'], ("a=x", "n", "1.10", None)),
        (['{"a": "x", "n": 1}'], [], ("a=x", "", '{"a": "x", "n": 1}', None)),
        ([], ['{"a": "x", "n": 1}'], ("a=x", "", None, '{"a": "x", "n": 1}')),
        (
            ['{"a": "x", "b": "p", "n": 1}'], ['{"a": "y", "b": "q", "n": 2}'],
            ("a=x, b=p", "", '{"a": "x", "b": "p", "n": 1}', None),
        ),
    ],
)  # fmt: skip
def test_the_first_cell_that_differs_is_found(sealed, found, told):
    difference = first_difference(sealed, found)

    assert told == (difference and (difference.row, difference.column, difference.sealed, difference.found))


def test_every_kind_of_finding_has_its_words():
    assert set(WORDS) == set(Kind)
