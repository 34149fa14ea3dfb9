"""The seal of a run: counts and digests of its rows in every table of the audit, chained to the seal before it.

A run is sealed in the transaction that writes how it ended. One that was killed or superseded gets its outcome from
the run that opens after it, and with the outcome its seal: later than the first lie about it could be told, but
before the next night says anything. So every run that has ended has a seal, and seals stand in the order of runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.audit.tables import ERASABLE, LATE, MARGIN, Shape, covered

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_UNSEALED: Final = """
    select run.run_id::text
    from audit.run
    inner join audit.run_outcome as ended using (run_id)
    where not exists (select from audit.seal where seal.run_id = run.run_id)
    order by run.run_no
"""
_SEAL: Final = """
    with told as materialized (
        select
            run.run_no, run.run_id, run.night, now.sealed_at,
            coalesce((select seal.chain from audit.seal order by seal.run_no desc limit 1), '') as previous,
            jsonb_build_object(
                'run_no', run.run_no, 'run_id', run.run_id, 'night', run.night, 'sealed_at', now.sealed_at,
                'tables', (select jsonb_object_agg(held.name, held.rows) from ({tables}) as held)
            ) as content
        from audit.run
        cross join (select clock_timestamp() as sealed_at) as now
        where run.run_id = %(run_id)s
    )
    insert into audit.seal (run_no, run_id, night, previous, content, chain, recorded_at)
    select
        run_no, run_id, night, previous, content,
        encode(sha256(convert_to(previous || content::text, 'UTF8')), 'hex'), sealed_at
    from told
"""
_ROWS: Final = """
    select {name}::text as name, jsonb_build_object(
        'columns', {columns}::text[], 'key', {key}::text[], 'count', count(*),
        'rows', coalesce(
            jsonb_agg(jsonb_build_array(own.run_id, own.place, own.digest) order by own.place collate "C", own.digest),
            '[]'
        )
    ) as rows
    from (
        select line.run_id::text as run_id, {place} as place, encode({digest}, 'hex') as digest
        from {table} as line where {own}
    ) as own
"""
_KEYS: Final = """
    select {name}::text, jsonb_build_object(
        'columns', {columns}::text[], 'count', count(*),
        'digest', encode(sha256(coalesce(string_agg(own.digest, ''::bytea order by own.digest), '')), 'hex')
    )
    from (select {digest} as digest from {table} as line where line.run_id = %(run_id)s) as own
"""
# The run's own rows, and what came for runs that were sealed before, or for none.
_OWN_AND_LATE: Final = """
    (
        line.run_id = %(run_id)s
        or line.recorded_at > coalesce(
            (select max(seal.recorded_at) - {margin}::interval from audit.seal), '-infinity'
        )
        and not exists (
            select from audit.run where run.run_id = line.run_id
            and not exists (select from audit.seal where seal.run_id = run.run_id)
        )
    )
    and ({place}, encode({digest}, 'hex'), line.run_id::text) not in (
        select entry ->> 1, entry ->> 2, entry ->> 0
        from audit.seal as recent
        cross join lateral jsonb_array_elements(recent.content #> array['tables', {name}, 'rows']) as entry
        where recent.recorded_at >= (select max(seal.recorded_at) - 2 * {margin}::interval from audit.seal)
    )
"""


def seal_ended(cursor: Cursor) -> int:
    """Seal every run that has ended and has no seal yet, in their order; returns how many.

    The caller holds the fence (runs.FENCE_LOCK), so that nobody adds to what is being sealed. Repeating it adds
    nothing.
    """
    cursor.execute(_UNSEALED)
    waiting = [run_id for (run_id,) in cursor.fetchall()]
    if waiting:
        # Statistics know nothing of tonight's keys, and without them the planner reads those of all nights.
        cursor.execute("set local enable_seqscan = off")
        statement = _statement(covered(cursor))
        for run_id in waiting:
            cursor.execute(statement, {"run_id": run_id})
    return len(waiting)


def _statement(shapes: list[Shape]) -> sql.Composed:
    return sql.SQL(_SEAL).format(tables=sql.SQL(" union all ").join(map(_held, shapes)))


def _held(shape: Shape) -> sql.Composed:
    words: dict[str, sql.Composable] = {
        "name": sql.Literal(shape.table),
        "columns": sql.Literal(list(shape.columns)),
        "key": sql.Literal(list(shape.key)),
        "table": shape.name,
        "digest": shape.digest,
        "place": shape.place,
    }
    if shape.table in ERASABLE:
        return sql.SQL(_KEYS).format(**words)
    own = _OWN_AND_LATE if shape.table in LATE else "line.run_id = %(run_id)s"
    return sql.SQL(_ROWS).format(own=sql.SQL(own).format(margin=sql.Literal(MARGIN), **words), **words)
