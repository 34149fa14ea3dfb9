"""A login sees the rows of its own school or municipality, whatever it tries; the ministry sees all."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.logins import Scope
from tests.access.matrix import Matrix
from tests.access.told import ATTACKED, asked, codes
from tests.journeys.conftest import FIRST

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
SCOPED = sorted(
    f"{schema}.{name}"
    for (schema, name, _), rights in Matrix.read().named.items()
    if "o7_unit" in rights.get("select", {})
)


@pytest.fixture(scope="module")
def units(admin: Cursor) -> dict[str, str]:
    """Code of a unit -> the code of the unit above it."""
    admin.execute("select org_unit_code, parent_code from published.org_units")
    return dict(admin.fetchall())


def within(code: str, unit: str, units: dict[str, str]) -> bool:
    """Whether a unit is another one or lies below it."""
    return code == unit or (code in units and units[code] is not None and within(units[code], unit, units))


@pytest.mark.parametrize("view", SCOPED)
def test_a_school_and_a_municipality_see_their_own_rows_and_the_ministry_all(
    school: Connection,
    municipality: Connection,
    ministry: Connection,
    admin: Cursor,
    schools: list[tuple[str, str]],
    units: dict[str, str],
    view: str,
) -> None:
    [(own, above), _] = schools
    seen = codes(ministry, view)

    assert codes(school, view) == {code for code in seen if within(code, own, units)}
    assert codes(municipality, view) == {code for code in seen if within(code, above, units)}
    source = view.replace("visible.", "published.")
    admin.execute("select to_regclass(%s) is not null", (source,))
    if view.startswith("visible.") and admin.fetchall() == [(True,)]:
        admin.execute(f"select count(*) from {source}")
        [(whole,)] = admin.fetchall()
        assert asked(ministry, f"select count(*) from {view}") == [(whole,)]


@pytest.mark.parametrize("view", ATTACKED)
def test_there_are_rows_that_must_not_be_seen(
    ministry: Connection, school: Connection, schools: list[tuple[str, str]], view: str
) -> None:
    assert codes(school, view) & {schools[0][0]}
    assert schools[1][0] in codes(ministry, view)


def test_persons_of_a_history_are_those_of_the_auditor(ministry: Connection, admin: Cursor) -> None:
    for view, history in (
        ("profiles", "profile_versions"),
        ("pupil_readings", "pupil_reading_versions"),
        ("staff_readings", "staff_reading_versions"),
    ):
        admin.execute(
            f"select count(*) from published.{history} where night_from <= '{FIRST}' and night_to > '{FIRST}'"
        )
        [(persons,)] = admin.fetchall()
        assert persons > 0
        assert asked(ministry, f"select count(*) from visible.{view} where night = '{FIRST}'") == [
            (persons,)
        ], view


@pytest.mark.parametrize("view", ["school.worklist", "school.pupil_gaps"])
def test_the_number_of_a_card_is_told_to_its_school_alone(
    night: Night, school: Connection, municipality: Connection, ministry: Connection, view: str
) -> None:
    of_cards = f"select count(*) from {view} where student_no is not null"
    with closing(night.login("o7_school")) as service:
        [(everywhere,)] = asked(service, of_cards)
    [(own,)] = asked(school, of_cards)

    assert 0 < own < everywhere
    assert asked(municipality, of_cards) == asked(ministry, of_cards) == [(0,)]
    assert asked(municipality, f"select count(*) from {view}") != [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "set role o7_gate", "set role o7_school", "set session authorization o7_school",
        "create function public.own_leak(text) returns boolean language sql return true",
        "create function pg_temp.own_leak(text) returns boolean language sql return true",
        "create temporary table kept (line text)", "create view visible.mine as select 1 as one",
        "select 1 from published.indicator_values", "select 1 from published.profile_versions",
        "select 1 from raw_o7.student", "select 1 from access.user_scope", "select 1 from visible.units",
        "insert into access.user_scope values (session_user, 'republic', '', false)",
        "update access.user_scope set level = 'republic'", "select 1 from pg_catalog.pg_statistic",
        "alter view visible.profiles set (security_barrier = false)",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'o7_school'",
    ],
)  # fmt: skip
def test_a_login_is_refused(night: Night, schools: list[tuple[str, str]], statement: str) -> None:
    scope = Scope(level="school", code=schools[0][0])
    with (
        closing(night.login("o7_school")) as service,
        closing(night.login("school_one", scope)) as connection,
        connection.cursor() as cursor,
    ):
        assert asked(service, "select 1") == [(1,)]
        cursor.execute("set default_transaction_read_only = off; commit")
        with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.UndefinedFile)):
            cursor.execute(statement)


def test_a_setting_or_the_group_s_name_shows_nothing_more(
    night: Night, schools: list[tuple[str, str]]
) -> None:
    scope = Scope(level="school", code=schools[0][0])
    with closing(night.login("school_one", scope)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from visible.profiles")
        own = cursor.fetchall()
        cursor.execute("set role o7_unit; set row_security = off")
        cursor.execute("select session_user::text, count(*) from visible.profiles")

        assert own == [(count,) for _, count in cursor.fetchall()]


def test_statistics_and_sessions_of_others_are_hidden(night: Night, school: Connection) -> None:
    with closing(night.login("o7_school")) as service:
        asked(service, "select 1 as one_of_the_service")
        shown = asked(
            school, "select query from pg_stat_activity where usename <> session_user and query is not null"
        )

    assert {query for (query,) in shown} == {"<insufficient privilege>"}
    assert asked(school, "select 1 from pg_stats where schemaname !~ '^pg_|^information_schema$'") == []
