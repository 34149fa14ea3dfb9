"""A login sees the rows of its own school or municipality, whatever it tries; the ministry sees all."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse.logins import Scope
from tests.access import attacks
from tests.access.matrix import Matrix
from tests.journeys.conftest import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
SCOPED = sorted(
    f"{schema}.{name}"
    for (schema, name, _), rights in Matrix.read().named.items()
    if "o7_unit" in rights.get("select", {})
)
# The column that says of which unit a row is; of a total below the schools of a municipality it is the municipality.
UNIT = {
    "school.worklist": "org_id", "school.pupil_gaps": "school_id", "visible.class_figures": "school_code",
    "visible.class_gaps": "school_code", "visible.quarantine_rows": "org_id", "visible.profiles": "school_id",
    "visible.pupil_readings": "school_id", "visible.staff_readings": "school_id",
}  # fmt: skip
# Views whose rows the attacks are tried on: a figure, persons, and the numbers of cards.
ATTACKED = ("visible.indicator_values", "visible.profiles", "school.worklist")


@pytest.fixture(scope="module")
def admin(night: Night) -> Iterator[Cursor]:
    """The administrator's cursor; every statement stands at once."""
    with closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


@pytest.fixture(scope="module")
def schools(admin: Cursor) -> list[tuple[str, str]]:
    """Two schools of different municipalities, both with pupils and with rows to mend, as (code, municipality)."""
    admin.execute(
        """
        select distinct on (units.parent_code) units.org_unit_code, units.parent_code
        from published.org_units as units
        inner join published.issue_versions as open on units.org_unit_code = open.org_id
        inner join published.profile_versions as pupils on units.org_unit_code = pupils.school_id
        where units.level = 'school'
        order by units.parent_code, units.org_unit_code
        """
    )
    found = admin.fetchall()
    assert len(found) > 1
    return [found[0], found[1]]


@pytest.fixture(scope="module")
def units(admin: Cursor) -> dict[str, str]:
    """Code of a unit -> the code of the unit above it."""
    admin.execute("select org_unit_code, parent_code from published.org_units")
    return dict(admin.fetchall())


@pytest.fixture(scope="module")
def school(night: Night, schools: list[tuple[str, str]]) -> Iterator[Connection]:
    """A session of the first school's login."""
    with closing(night.login("school_one", Scope(level="school", code=schools[0][0]))) as connection:
        yield connection


@pytest.fixture(scope="module")
def municipality(night: Night, schools: list[tuple[str, str]]) -> Iterator[Connection]:
    """A session of the login of the first school's municipality."""
    with closing(
        night.login("municipality_one", Scope(level="municipality", code=schools[0][1]))
    ) as connection:
        yield connection


@pytest.fixture(scope="module")
def ministry(night: Night) -> Iterator[Connection]:
    """A session of the ministry's login."""
    with closing(night.login("ministry", Scope(level="republic"))) as connection:
        yield connection


def asked(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """What a session is answered."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    connection.rollback()
    return found


def codes(connection: Connection, view: str) -> set[str]:
    """The units whose rows a session sees in a view."""
    return {
        code
        for (code,) in asked(connection, f"select distinct {UNIT.get(view, 'org_unit_code')} from {view}")
    }


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


@pytest.fixture(scope="module")
def leak(admin: Cursor) -> Iterator[None]:
    """A function that tells what it sees: a login cannot make one, this stands for any that may ever be there."""
    admin.execute(attacks.LEAK)
    yield
    admin.execute(attacks.PATCHED)


@pytest.mark.usefixtures("leak")
@pytest.mark.parametrize("view", ATTACKED)
def test_a_function_is_shown_no_other_unit_and_is_where_the_barrier_is_gone(
    school: Connection, admin: Cursor, view: str
) -> None:
    column, own = UNIT.get(view, "org_unit_code"), codes(school, view)

    assert set() < attacks.by_function(school, view, column) <= own
    with attacks.without_barrier(admin, view):
        assert attacks.by_function(school, view, column) - own != set()


@pytest.mark.parametrize("view", ATTACKED)
def test_an_error_tells_of_no_other_unit_and_does_where_the_barrier_is_gone(
    school: Connection, admin: Cursor, schools: list[tuple[str, str]], view: str
) -> None:
    column, [(own, _), (stranger, _)] = UNIT.get(view, "org_unit_code"), schools

    assert attacks.by_division(school, view, column, own)
    assert not attacks.by_division(school, view, column, stranger)
    assert attacks.by_cast(school, view, column, stranger) == ""
    with attacks.without_barrier(admin, view):
        assert attacks.by_division(school, view, column, stranger)
        assert stranger in attacks.by_cast(school, view, column, stranger)


def test_an_estimate_tells_nothing_of_a_value_and_does_where_the_barrier_is_gone(
    school: Connection, admin: Cursor
) -> None:
    """Of the statuses, a string of letters a pupil: how many begin with a certain letter, and how many with a tilde."""
    admin.execute("analyze published.profile_versions")
    admin.execute(
        "select left(statuses, 1) from published.profile_versions group by 1 order by count(*) desc limit 1"
    )
    [(common,)] = admin.fetchall()
    view, column = "visible.profiles", "statuses"

    assert attacks.by_estimate(school, view, column, common) == attacks.by_estimate(school, view, column, "~")
    with attacks.without_barrier(admin, view):
        assert attacks.by_estimate(school, view, column, common) != attacks.by_estimate(
            school, view, column, "~"
        )
