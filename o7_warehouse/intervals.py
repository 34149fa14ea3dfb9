"""Histories as half-open intervals of nights, merged night by night, in whatever order nights are published.

A row of a history says that a state held on the nights of ``[night_from, night_to)``; infinity: it still holds. The
history never depends on the order of the merges: versions that meet and are equal become one.
"""

# ruff: noqa: S608 - the statements are built from the constants of this package
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A table of intervals: whose state it tells (``key``, never null) and what the state is.

    Without ``state`` an interval says only that the key was there.
    """

    table: str
    key: tuple[str, ...]
    state: tuple[str, ...] = ()

    def merge(
        self,
        cursor: Cursor,
        *,
        tonight: str,
        night: dt.date,
        following: str,
        scope: str = "true",
        values: Mapping[str, Any] | None = None,
    ) -> int:
        """Make the history say, from ``night`` up to ``following``, what ``tonight`` says; returns the keys changed.

        ``tonight`` is a relation with the columns of key and state, one row per key. ``following`` is the next
        night of which something else is known, ``infinity`` if there is none. ``scope`` is a condition over
        the key that holds for every row of ``tonight``; whatever it does not hold for stays as it is.
        """
        parameters = {"night": night, "following": following, **(values or {})}
        cursor.execute(self._changed(tonight, scope), parameters)
        changed = cursor.rowcount
        for statement in (self._take_out(), self._keep_before(), self._keep_after(), self._put_in()):
            cursor.execute(statement, parameters)
        for seam in (night, following):
            # On a first night, and at the end of time, nothing meets.
            cursor.execute(
                f"select exists (select from {self.table} where night_to = %(seam)s::date and night_to < 'infinity')",
                {"seam": seam},
            )
            if cursor.fetchall() == [(True,)]:
                cursor.execute(self._sew(), {"seam": seam})
        cursor.execute("drop table pg_temp.history_changes")
        return changed

    def _changed(self, tonight: str, scope: str) -> str:
        """Keys whose state on the night is not the one of the history; a side without a row came or went."""
        first = self.key[0]
        differs = f"({_of('known', self.state)}) is distinct from ({_of('tonight', self.state)})"
        keys = "".join(f"coalesce(tonight.{name}, known.{name}) as {name}, " for name in self.key)
        states = "".join(f", known.{name} as old_{name}, tonight.{name}" for name in self.state)
        return f"""
            create temporary table history_changes as
            select
                {keys}known.night_from, known.night_to, tonight.{first} is not null as is_present{states}
            from (
                select * from {self.table} where night_from <= %(night)s and night_to > %(night)s and {scope}
            ) as known
            full join {tonight} as tonight on {_same(self.key, "known", "tonight")}
            where known.{first} is null or tonight.{first} is null{f" or {differs}" if self.state else ""}
        """

    def _take_out(self) -> str:
        return f"""
            delete from {self.table} as version
            using pg_temp.history_changes as change
            where {_same(self.key, "version", "change")} and version.night_from = change.night_from
        """

    def _into(self) -> str:
        return f"insert into {self.table} ({', '.join((*self.key, 'night_from', 'night_to', *self.state))})"

    def _chosen(self, night_from: str, night_to: str, *, old: bool) -> str:
        states = (f"old_{name}" if old else name for name in self.state)
        return f"select {', '.join((*self.key, night_from, night_to, *states))} from pg_temp.history_changes"

    def _keep_before(self) -> str:
        return (
            f"{self._into()} {self._chosen('night_from', '%(night)s', old=True)} where night_from < %(night)s"
        )

    def _keep_after(self) -> str:
        kept = self._chosen("%(following)s::date", "night_to", old=True)
        return f"{self._into()} {kept} where night_to > %(following)s::date"

    def _put_in(self) -> str:
        return (
            f"{self._into()} {self._chosen('%(night)s', '%(following)s::date', old=False)} where is_present"
        )

    def _sew(self) -> str:
        """Equal versions that meet at the seam become one: the right one goes, the left one takes over its end."""
        equal = f"({_of('later', self.state)}) is not distinct from ({_of('earlier', self.state)})"
        return f"""
            with gone as (
                delete from {self.table} as later
                using pg_temp.history_changes as change, {self.table} as earlier
                where
                    {_same(self.key, "later", "change")} and {_same(self.key, "earlier", "change")}
                    and later.night_from = %(seam)s::date and earlier.night_to = %(seam)s::date
                    {f"and {equal}" if self.state else ""}
                returning {_of("later", (*self.key, "night_to"))}
            )
            update {self.table} as earlier
            set night_to = gone.night_to
            from gone
            where {_same(self.key, "earlier", "gone")} and earlier.night_to = %(seam)s::date
        """


def _of(table: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


def _same(columns: tuple[str, ...], left: str, right: str) -> str:
    return " and ".join(f"{left}.{column} = {right}.{column}" for column in columns)
