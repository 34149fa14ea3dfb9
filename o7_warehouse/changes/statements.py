"""The SQL by which an entity's rows at the source are compared with what raw and landing would make of them."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import Final

# Made once a night: a table costs more than most entities' rows. The number says whose the rows are.
SIDE_TABLES: Final = """
    create temporary table source_bucket (
        bucket bigint not null, row_count bigint not null, keys bigint not null, digest bigint not null,
        number int not null
    ) on commit drop;
    create index on pg_temp.source_bucket (number);
    create temporary table source_key (
        source_id text, row_count bigint not null, digest bigint not null, number int not null
    ) on commit drop;
    create temporary table other_bucket (
        bucket bigint not null, surplus bigint not null, keys bigint not null, digest bigint not null,
        number int not null
    ) on commit drop;
    create temporary table other_key (
        key_hash bigint not null, source_id text, came boolean not null, had_landed boolean not null,
        number int not null
    ) on commit drop
"""
DROP_SIDE_TABLES: Final = (
    "drop table pg_temp.source_bucket, pg_temp.source_key, pg_temp.other_bucket, pg_temp.other_key"
)
# What raw would hold with the rows that landed in the place of all rows of their keys, less the source's sums.
COMPARE_BUCKETS: Final = """
    insert into pg_temp.other_bucket (bucket, surplus, keys, digest, number)
    with
    landed as materialized (
        select {landed_hash} as key_hash, source_id, {landed_term} as term from {landing} as landed
    ),
    landed_keys as materialized (select distinct key_hash, source_id from landed),
    moved as (
        select key_hash >> {shift} as bucket, 1::bigint as row_count, key_hash as keys, term::bigint as digest
        from landed
        union all
        select {known_hash} >> {shift}, -1, {known_hash}, -{known_term}
        from landed_keys
        inner join {raw} as known
            on
                {known_hash} = landed_keys.key_hash and known.source_id is not distinct from landed_keys.source_id
                and known._night_to = 'infinity'
        union all
        select bucket, row_count, keys, digest from raw_o7.fingerprint where entity = {name}
        union all
        select bucket, -row_count, keys, -digest from pg_temp.source_bucket where number = {number}
    )
    select bucket, sum(row_count), bit_xor(keys), sum(digest), {number} from moved group by bucket
    having sum(row_count) <> 0 or bit_xor(keys) <> 0 or sum(digest) <> 0
"""
# Where one row is too many, what is left of the keys is its key: the only one of raw that explains the whole difference
# is gone at the source, and nobody need ask for the bucket's keys.
FIND_GONE: Final = """
    insert into pg_temp.other_key (key_hash, source_id, came, had_landed, number)
    select other.keys, min(known.source_id), false, false, {number}
    from pg_temp.other_bucket as other
    inner join {raw} as known on {known_hash} = other.keys and known._night_to = 'infinity'
    where other.number = {number} and other.surplus = 1 and other.keys >> {shift} = other.bucket
        and not exists (select from {landing} as landed where {landed_hash} = other.keys)
    group by other.bucket, other.keys, other.digest
    having count(*) = 1 and min({known_term}) = other.digest
"""
ARE_EXPLAINED: Final = """
    delete from pg_temp.other_bucket
    where number = {number}
        and bucket in (select key_hash >> {shift} from pg_temp.other_key where number = {number})
"""
OTHER_BUCKETS: Final = "select bucket from pg_temp.other_bucket where number = {number}"
_RAW_OF_BUCKETS: Final = """
    select {known_hash} as key_hash, known.source_id, other.bucket, {known_term} as term
    from pg_temp.other_bucket as other
    inner join {raw} as known on {in_bucket} and known._night_to = 'infinity' and other.number = {number}
    where not exists (
        select from {landing} as landed
        where {landed_hash} = {known_hash} and landed.source_id is not distinct from known.source_id
    )
"""
_LANDED_OF_BUCKETS: Final = """
    select landed.source_id, other.bucket, {landed_term} as term
    from {landing} as landed inner join pg_temp.other_bucket as other on other.bucket = {landed_hash} >> {shift}
    where other.number = {number}
"""
# Keys of these buckets of which the source has other rows; `came`: it has any.
COMPARE_KEYS: Final = f"""
    insert into pg_temp.other_key (key_hash, source_id, came, had_landed, number)
    select coalesce(hashtextextended(source_id, 0), 0), source_id, bool_or(is_theirs), bool_or(is_landed), {{number}}
    from (
        select source_id, row_count as rows, digest, true as is_theirs, false as is_landed from pg_temp.source_key
        where number = {{number}}
        union all
        select source_id, -1, -term, false, false from ({_RAW_OF_BUCKETS}) as stays
        union all
        select source_id, -1, -term, false, true from ({_LANDED_OF_BUCKETS}) as landed
    ) as every
    group by source_id
    having sum(rows) <> 0 or sum(digest) <> 0
"""
CAME: Final = "select source_id from pg_temp.other_key where came and number = {number}"
FORGET_OTHERS: Final = """
    delete from {landing} as landed using pg_temp.other_key as other
    where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
        and other.number = {number}
"""
# Buckets that are not equal after all: counted from raw itself, whatever the note of its sums says.
STILL_OTHER: Final = f"""
    select count(*) from (
        select bucket from (
            select bucket, row_count, digest from pg_temp.source_bucket
            where number = {{number}} and bucket in (select bucket from pg_temp.other_bucket where number = {{number}})
            union all
            select bucket, -1, -term from ({_RAW_OF_BUCKETS}) as stays
            where not exists (
                select from pg_temp.other_key as gone
                where
                    gone.number = {{number}} and not gone.came and gone.key_hash = stays.key_hash
                    and gone.source_id is not distinct from stays.source_id
            )
            union all
            select bucket, -1, -term from ({_LANDED_OF_BUCKETS}) as landed
        ) as every
        group by bucket having sum(row_count) <> 0 or sum(digest) <> 0
    ) as other
"""
NOTE_REPLACED: Final = """
    insert into landing._replaced (entity, key_hash, source_id, is_there, is_behind, row_count)
    select {name}, other.key_hash, other.source_id, other.is_there, other.is_behind, count(known._night_to)
    from (
        select key_hash, source_id, bool_or(is_there) as is_there, bool_or(is_behind) as is_behind
        from (
            select {landed_hash} as key_hash, source_id, true as is_there, false as is_behind from {landing} as landed
            union all
            select key_hash, source_id, came, came and not had_landed from pg_temp.other_key where number = {number}
        ) as every
        group by key_hash, source_id
    ) as other
    left join {raw} as known
        on {known_hash} = other.key_hash and known.source_id is not distinct from other.source_id
            and known._night_to = 'infinity'
    group by other.key_hash, other.source_id, other.is_there, other.is_behind
"""
SUM_OF_ROWS: Final = """
    select
        (select coalesce(sum(row_count), 0)::bigint from pg_temp.source_bucket where number = {number}),
        (select count(*) from {landing}),
        (select coalesce(sum(row_count), 0)::bigint from landing._replaced where entity = {name})
"""
