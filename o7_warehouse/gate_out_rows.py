"""The exact account of a night's rows: what the source counted lies in raw, admitted or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccount:
    """Rows of one entity in one night, at each station (design §2)."""

    entity: str
    rows_in: int | None  # counted by the extractor; None: nobody recorded a load
    rows_raw: int
    rows_erased: int  # of persons who were erased since, or kept out at the door
    rows_admitted: int
    rows_quarantined: int
    copies_quarantined: int  # what quarantine itself says it holds

    @property
    def discrepancy(self) -> str | None:
        """What does not agree, in Russian, with counts; None when every row is accounted for."""
        if self.rows_in is None:
            return f"{self.entity}: нет записи о загрузке"
        if self.rows_in != self.rows_raw + self.rows_erased:
            return (
                f"{self.entity}: принято {self.rows_in}, в хранилище {self.rows_raw}, "
                f"уничтожено {self.rows_erased}"
            )
        if self.rows_raw != self.rows_admitted + self.rows_quarantined:
            return (
                f"{self.entity}: в хранилище {self.rows_raw}, допущено {self.rows_admitted}, "
                f"в карантине {self.rows_quarantined}"
            )
        if self.copies_quarantined != self.rows_quarantined:
            return (
                f"{self.entity}: карантин называет {self.copies_quarantined} строк, "
                f"в хранилище таких {self.rows_quarantined}"
            )
        return None


def account_rows(cursor: Cursor, night: dt.date) -> list[RowAccount]:
    """The account of every entity that raw has a table for, in the order of names."""
    cursor.execute(
        """
        select relation.relname
        from pg_catalog.pg_class as relation
        inner join pg_catalog.pg_attribute as attribute on relation.oid = attribute.attrelid
        where
            relation.relnamespace = 'raw_o7'::regnamespace and relation.relkind in ('r', 'p')
            and attribute.attname = '_night_from'
        order by relation.relname
        """
    )
    return [_account(cursor, entity, night) for (entity,) in cursor.fetchall()]


def _account(cursor: Cursor, entity: str, night: dt.date) -> RowAccount:
    statement = sql.SQL(_ACCOUNT).format(
        delivered=sql.Identifier("raw_o7", entity), admitted=sql.Identifier("staging", staging_table(entity))
    )
    cursor.execute(statement, {"entity": entity, "night": night})
    [(rows_in, rows_raw, rows_admitted, rows_quarantined, copies, rows_erased)] = cursor.fetchall()
    return RowAccount(
        entity=entity,
        rows_in=rows_in,
        rows_raw=rows_raw,
        rows_erased=rows_erased,
        rows_admitted=rows_admitted,
        rows_quarantined=rows_quarantined,
        copies_quarantined=copies,
    )


def staging_table(entity: str) -> str:
    """Name of the staging table of an entity: its English plural, as ``stg_o7__classes`` of ``class``."""
    if entity.endswith("is"):
        return f"stg_o7__{entity[:-2]}es"
    return f"stg_o7__{entity}es" if entity.endswith("s") else f"stg_o7__{entity}s"


# An entity that was rightly not delivered has a mark instead of a load record; then nought rows are expected.
_ACCOUNT = """
    with
    refused as (
        select entry.row_hash, entry.source_id, sum(entry.copies) as copies
        from quarantine.entry
        where entry.night = %(night)s and entry.entity = %(entity)s
        group by entry.row_hash, entry.source_id
    ),
    delivered as (
        select count(*) as delivered, count(refused.row_hash) as quarantined
        from {delivered} as version
        left join refused
            on
                version._row_hash = refused.row_hash
                and version.source_id is not distinct from refused.source_id
        where version._night_from <= %(night)s and version._night_to > %(night)s
    )
    select
        coalesce(
            (select rows_in from raw_o7.load_record where night = %(night)s and entity = %(entity)s),
            (
                select 0 from raw_o7.absent_column
                where night = %(night)s and entity = %(entity)s and column_name = ''
            )
        ),
        delivered.delivered,
        (select count(*) from {admitted}),
        delivered.quarantined,
        (select coalesce(sum(copies), 0) from refused)::bigint,
        -- Kept out when the night was loaded, and erased from what that very load has brought.
        coalesce((
            select loaded.rows_erased + coalesce(sum(erased.row_count), 0)
            from raw_o7.load_record as loaded
            left join audit.erased_rows as erased
                on
                    loaded.night = erased.night and loaded.entity = erased.entity
                    and loaded.batch_id = erased.batch_id
            where loaded.night = %(night)s and loaded.entity = %(entity)s
            group by loaded.rows_erased
        ), 0)::bigint
    from delivered
"""
