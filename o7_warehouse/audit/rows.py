"""The rows under the seals: each one that was sealed is still there, and no other one is.

The digests are recomputed in the database, set by set; only what does not match comes out of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.audit.erased import leads, steps_of_runs
from o7_warehouse.audit.findings import Finding, Kind
from o7_warehouse.audit.tables import ERASABLE, LATE, MARGIN, Shape, covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.audit.chain import Run

# The columns with which a table was ever sealed.
# What is no array or object was written by no seal of ours, and must not stop the check that tells so.
_SHAPES: Final = """
    select distinct told.name, told.rows -> 'columns', coalesce(told.rows -> 'key', '[]')
    from (
        select case jsonb_typeof(content -> 'tables') when 'object' then content -> 'tables' end as tables
        from audit.seal
    ) as seal
    cross join lateral jsonb_each(seal.tables) as told (name, rows)
    order by 1, 2, 3
"""
_ROWS: Final = """
    with sealed as materialized (
        select
            entry ->> 0 as run_id, entry ->> 1 as place, entry ->> 2 as digest,
            row_number() over (partition by entry ->> 0, entry ->> 1, entry ->> 2) as nth
        from (
            select seal.content #> array['tables', {name}] as held from audit.seal
        ) as told
        cross join lateral jsonb_array_elements(
            case jsonb_typeof(told.held -> 'rows') when 'array' then told.held -> 'rows' end
        ) as entry
        where told.held -> 'columns' = {columns} and told.held -> 'key' = {key}
    ),
    found as (
        select
            line.ctid::text as at, line.run_id::text as run_id, {place} as place, encode({digest}, 'hex') as digest,
            {is_fresh} as is_fresh
        from {table} as line
    ),
    present as materialized (
        select found.*, row_number() over (partition by run_id, place, digest order by at) as nth from found
    )
    select present.at, run_id, place, present.is_fresh
    from sealed full join present using (run_id, place, digest, nth)
    where sealed.digest is null or present.digest is null
    order by run_id, place collate "C", present.at
"""
_IS_FRESH: Final = """
    line.recorded_at > coalesce((select max(recorded_at) - {margin}::interval from audit.seal), '-infinity')
"""
_KEYS: Final = """
    with sealed as (
        select
            seal.run_id::text as run_id, told.held ->> 'count' as rows, told.held ->> 'digest' as digest
        from audit.seal
        cross join lateral (select seal.content #> array['tables', {name}] as held) as told
        where told.held -> 'columns' = {columns}
    ),
    present as (
        select
            line.run_id::text as run_id, count(*)::text as rows,
            encode(sha256(string_agg(line.digest, ''::bytea order by line.digest)), 'hex') as digest
        from (select run_id, {digest} as digest from {table}) as line
        group by line.run_id
    )
    select
        run_id, sealed.rows, sealed.digest, coalesce(present.rows, '0'),
        coalesce(present.digest, encode(sha256(''), 'hex'))
    from sealed full join present using (run_id)
    where
        sealed.rows is distinct from coalesce(present.rows, '0')
        or present.rows is not null and sealed.digest is distinct from present.digest
    order by run_id
"""


@dataclass(frozen=True, slots=True)
class _Odd:
    """A row that no seal knows: where it lies, and whether the next seal may take it in."""

    at: str
    run_id: str
    place: str
    is_fresh: bool


def check_rows(cursor: Cursor, sealed: Iterable[str], runs: Mapping[str, Run]) -> Iterator[Finding]:
    """Every row that was changed, removed or inserted; ``sealed`` are the runs whose seal can be believed."""
    has_seal = frozenset(sealed)
    cursor.execute(_SHAPES)
    known: dict[str, list[Shape]] = {}
    for table, columns, key in cursor.fetchall():
        if _are_names(columns) and _are_names(key):
            known.setdefault(table, []).append(Shape(table, tuple(columns), tuple(key)))
    present = {shape.table: shape for shape in covered(cursor)}
    for table in sorted(known | present):
        if table not in present:
            yield Finding(kind=Kind.column_removed, table=table)
            continue
        shapes = []
        for shape in known.get(table, [present[table]]):
            gone = {*shape.columns, *shape.key} - set(present[table].columns)
            yield from (Finding(kind=Kind.column_removed, table=table, place=name) for name in sorted(gone))
            shapes += [] if gone else [shape]
        check = _keys_of if table in ERASABLE else _rows_of
        yield from check(cursor, shapes, has_seal, runs)


def _are_names(listed: object) -> bool:
    return isinstance(listed, list) and all(isinstance(name, str) for name in listed)


def _rows_of(
    cursor: Cursor, shapes: list[Shape], has_seal: frozenset[str], runs: Mapping[str, Run]
) -> Iterator[Finding]:
    lost: Counter[tuple[str, str]] = Counter()
    odd: list[dict[str, _Odd]] = []
    for shape in shapes:
        is_fresh = sql.SQL(_IS_FRESH if shape.table in LATE else "false").format(margin=sql.Literal(MARGIN))
        cursor.execute(sql.SQL(_ROWS).format(is_fresh=is_fresh, **_words(shape)))
        rows = cursor.fetchall()
        lost.update((run_id, place) for at, run_id, place, _ in rows if at is None)
        odd.append({row[0]: _Odd(*row) for row in rows if row[0] is not None})
    for at, row in odd[0].items() if odd else ():
        # A row is odd when it matches under none of the shapes the table ever had.
        if all(at in others for others in odd):
            finding = _judged(shapes[0].table, row, lost, has_seal, runs)
            yield from [finding] if finding else []
    for (run_id, place), count in lost.items():
        yield from [_finding(Kind.removed, shapes[0].table, run_id, place, runs)] * count


def _judged(
    table: str,
    row: _Odd,
    lost: Counter[tuple[str, str]],
    has_seal: frozenset[str],
    runs: Mapping[str, Run],
) -> Finding | None:
    """What a row that no seal knows is; None for one of a run that is still at work."""
    if lost[row.run_id, row.place]:
        lost[row.run_id, row.place] -= 1
        return _finding(Kind.changed, table, row.run_id, row.place, runs)
    if row.run_id in runs and row.run_id not in has_seal:
        return None
    kind = Kind.addition if row.is_fresh else Kind.inserted
    return _finding(kind, table, row.run_id, row.place, runs)


def _keys_of(
    cursor: Cursor, shapes: list[Shape], has_seal: frozenset[str], runs: Mapping[str, Run]
) -> Iterator[Finding]:
    steps_of = steps_of_runs(cursor)
    for shape in shapes:
        cursor.execute(sql.SQL(_KEYS).format(**_words(shape)))
        for run_id, sealed, digest, present, digest_now in cursor.fetchall():
            # Not sealed in this shape: sealed in another one, at work, or never opened.
            if sealed is None and (run_id in has_seal or run_id in runs):
                continue
            steps = steps_of.get(run_id, [])
            acts = [step.erasure_id for step in steps if step.erasure_id]
            is_noted = sealed is not None and leads(steps, (sealed, digest), (present, digest_now))
            if is_noted and not acts:
                # Only under another key of the pseudonyms.
                continue
            kind = Kind.inserted if sealed is None else Kind.erased if is_noted else Kind.keys
            found = _finding(kind, shape.table, run_id, "", runs)
            detail = ", ".join([f"{sealed or 0} -> {present}", *acts])
            yield Finding(
                kind=kind, table=shape.table, run_id=run_id, night=found.night, place="", detail=detail
            )


def _words(shape: Shape) -> dict[str, sql.Composable]:
    def listed(names: tuple[str, ...]) -> sql.Composable:
        return sql.SQL("to_jsonb({}::text[])").format(sql.Literal(list(names)))

    return {
        "name": sql.Literal(shape.table),
        "table": shape.name,
        "columns": listed(shape.columns),
        "key": listed(shape.key),
        "digest": shape.digest,
        "place": shape.place,
    }


def _finding(kind: Kind, table: str, run_id: str, place: str, runs: Mapping[str, Run]) -> Finding:
    run = runs.get(run_id)
    return Finding(kind=kind, table=table, run_id=run_id, night=run.night if run else None, place=place)
