"""Ways around a barrier: each tells nothing, and tells of other units where the barrier is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.access import attacks
from tests.access.told import ATTACKED, UNIT, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

pytestmark = pytest.mark.timeout(900)


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
