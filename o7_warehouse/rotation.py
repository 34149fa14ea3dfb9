"""Another key for the pseudonyms: every one of them is made anew, in one transaction, and the old key is forgotten.

The new key waits in secrets.json beside the old one until the transaction has committed, and takes its place then. The
warehouse says which version made its pseudonyms (``access.pseudonym_key``), so whenever this is killed the file holds
the key that fits, and the same command goes on from there. Readers see the old pseudonyms until the commit and the new
ones after it. The key reaches the server by COPY into temporary tables, like for every load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.audit.rekeyed import rekeyed
from o7_warehouse.contract import read_contract
from o7_warehouse.distributed import refuse_distributed
from o7_warehouse.errors import AuditError, ErasureError, NightError, SettingsError
from o7_warehouse.pseudonyms import REGISTERS, bring_pads, keyed, version_in_force
from o7_warehouse.run_records import newest_run
from o7_warehouse.runs import FENCE_LOCK
from o7_warehouse.secrets import promote_key, stage_key
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# The columns that hold pseudonyms, of pupils and staff, of whoever holds an access, and of single rows.
COLUMNS: Final = ("student_key", "staff_key", "holder_key", "row_key")
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_PLACES: Final = """
    select namespace.nspname::text, relation.relname::text, array_agg(attribute.attname::text order by attribute.attnum)
    from pg_catalog.pg_attribute as attribute
    inner join pg_catalog.pg_class as relation on attribute.attrelid = relation.oid
    inner join pg_catalog.pg_namespace as namespace on relation.relnamespace = namespace.oid
    where
        relation.relkind in ('r', 'p') and not relation.relispartition and not attribute.attisdropped
        and attribute.atttypid = 'uuid'::regtype and attribute.attname = any(%s)
        and namespace.nspname !~ '^pg_'
    group by 1, 2
    order by 1, 2
"""
_UNFINISHED: Final = """
    select distinct erasure_id from audit.erased_person
    where erasure_id not in (select erasure_id from audit.erasure_proof) order by 1
"""
# A key of a row or a person of which raw has nothing any more gets a new one made of the old one.
_ORPHANS: Final = (
    "insert into pg_temp.new_keys select held.key, {made} from ({held}) as held, pg_temp.next_pads as pads"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: the version in force since, pseudonyms made anew, those of nothing in raw, rows changed."""

    version: int
    keys: int
    orphans: int
    rows: int


def rotate(settings: Settings) -> Rotated | None:
    """Make the next version of the key and every pseudonym anew with it; None: it only had to finish what was begun.

    Raises SettingsError where the key is given by the environment, secrets.json does not fit the warehouse, or its
    tables are distributed, NightError while a night is at work, ErasureError where an erasure is not finished;
    StatementError, WarehouseUnavailableError.
    """
    refuse_distributed(
        settings,
        "A row lies where its pseudonym says, so Citus lets nobody change a pseudonym where it stands.",
    )
    if settings.given_pseudonym_key:
        raise SettingsError(
            "The key of the pseudonyms is given by O7_PSEUDONYM_KEY, so this command cannot put another one in its "
            "place. Write it into secrets.json as pseudonym_key, unset the variable everywhere, and run the command "
            "again."
        )
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        in_force = version_in_force(cursor)
    if in_force == settings.secrets.pseudonym_key_version + 1:
        # Killed between the commit and the file: the warehouse has the new pseudonyms.
        promote_key(settings.state, in_force)
        return None
    old = settings.pseudonym_key_of(in_force)
    new = bytes.fromhex(stage_key(settings.state))
    with transaction(settings, ADMIN, statement_timeout="0") as connection, connection.cursor() as cursor:
        done = _rekey(cursor, settings, old=old, new=new, version=in_force + 1)
    promote_key(settings.state, done.version)
    return done


def _rekey(cursor: Cursor, settings: Settings, *, old: bytes, new: bytes, version: int) -> Rotated:
    # Until this commits no run can be opened, and none can write under the fence.
    cursor.execute("select pg_advisory_xact_lock(%s)", (FENCE_LOCK,))
    if version_in_force(cursor) != version - 1:
        raise NightError(
            "Another rotation of the key has ended meanwhile, so there is nothing to do. Run the command again for yet "
            "another key."
        )
    _refuse_unended(cursor)
    _refuse_unfinished(cursor)
    places = _places(cursor)
    for place in places:
        cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(place.table))
    bring_pads(cursor, "pads", old)
    bring_pads(cursor, "next_pads", new)
    keys, orphans = _map(cursor, settings, places)
    with rekeyed(cursor, version):
        rows = sum(_replace(cursor, place, version=version) for place in places)
    cursor.execute("insert into access.pseudonym_key (version) values (%s)", (version,))
    return Rotated(version=version, keys=keys, orphans=orphans, rows=rows)


def _refuse_unended(cursor: Cursor) -> None:
    newest = newest_run(cursor)
    if newest and not newest.has_ended:
        raise NightError(
            f"The run of the night {newest.night} has not ended: it is at work, or was killed. Pseudonyms it has read "
            "would be written beside the new ones. Wait for its end; one that was killed ends when the next night is "
            "run."
        )


def _refuse_unfinished(cursor: Cursor) -> None:
    cursor.execute(_UNFINISHED)
    for (erasure_id,) in cursor.fetchall():
        raise ErasureError(
            f"Erasure {erasure_id} is not finished. Its proof looks for pseudonyms of the present key, and could find "
            "none of them any more. Finish it: give ./o7 erase the same persons again. Then change the key."
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A table with the columns of it that hold pseudonyms."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def _places(cursor: Cursor) -> list[_Place]:
    cursor.execute(_PLACES, (list(COLUMNS),))
    return [_Place(schema, name, tuple(columns)) for schema, name, columns in cursor.fetchall()]


def _map(cursor: Cursor, settings: Settings, places: list[_Place]) -> tuple[int, int]:
    """Old pseudonym -> new one, for every one there is; how many of something in raw, and how many of nothing."""
    held = sql.SQL(" union ").join(
        sql.SQL("select {} as key from {}").format(sql.Identifier(column), place.table)
        for place in places
        for column in place.columns
    )
    cursor.execute(
        sql.SQL(
            "create temporary table held_keys on commit drop as"
            " select held.key from ({}) as held where held.key <> {}"
        ).format(held, sql.Literal(NOBODY))
    )
    cursor.execute(
        "create temporary table new_keys (old uuid primary key, new uuid not null unique) on commit drop"
    )
    cursor.execute("analyze pg_temp.held_keys")
    kinds = [(one.kind, one.table, one.identity) for one in REGISTERS]
    kinds += [
        (name, sql.Identifier("raw_o7", name), sql.Identifier("source_id"))
        for name in read_contract(settings.root).entity_names
    ]
    keys = 0
    for prefix, table, identity in kinds:
        cursor.execute(_made(prefix, table, identity))
        keys += cursor.rowcount
    unknown = sql.SQL("select key from pg_temp.held_keys where key not in (select old from pg_temp.new_keys)")
    made = keyed("gone", sql.SQL("held.key::text"), "pads")
    cursor.execute(sql.SQL(_ORPHANS).format(made=made, held=unknown))
    orphans = cursor.rowcount
    cursor.execute("analyze pg_temp.new_keys")
    return keys, orphans


def _made(prefix: str, table: sql.Identifier, identity: sql.Identifier) -> sql.Composed:
    """The statement that maps the keys of one kind of person or row; the prefix of pupils is that of their cards."""
    return sql.SQL(
        """
        insert into pg_temp.new_keys (old, new)
        select made.old, made.new
        from (
            select {old} as old, {new} as new
            from (select distinct {identity} as identity from {table} where {identity} is not null) as known
            cross join pg_temp.pads as pads
            cross join pg_temp.next_pads as next_pads
        ) as made
        where made.old in (select key from pg_temp.held_keys)
        on conflict do nothing
        """
    ).format(
        old=keyed(prefix, sql.SQL("known.identity"), "pads"),
        new=keyed(prefix, sql.SQL("known.identity"), "next_pads"),
        identity=identity,
        table=table,
    )


def _replace(cursor: Cursor, place: _Place, *, version: int) -> int:
    """Put the new keys into a table, and let its statistics forget the old ones; returns the rows changed."""
    sets = [
        sql.SQL(
            "{column} = coalesce((select new from pg_temp.new_keys where old = line.{column}), line.{column})"
        ).format(column=sql.Identifier(column))
        for column in place.columns
    ]
    if (place.schema, place.name) in {("raw_o7", f"{one.kind}_keys") for one in REGISTERS}:
        sets.append(sql.SQL("key_version = {}").format(sql.Literal(version)))
    cursor.execute(sql.SQL("update {} as line set {}").format(place.table, sql.SQL(", ").join(sets)))
    rows = cursor.rowcount
    for column in place.columns:
        query = sql.SQL("select exists (select from {} where {} in (select old from pg_temp.new_keys))")
        cursor.execute(query.format(place.table, sql.Identifier(column)))
        if cursor.fetchall() != [(False,)]:
            raise AuditError(
                f"{place.schema}.{place.name} would still hold pseudonyms of the old key in {column}, and joins would "
                "break. Nothing was kept. Find out what writes there beside the night, and run the command again."
            )
    cursor.execute(sql.SQL("analyze {}").format(place.table))
    return rows
