"""What the rules of a night were, in the audit: predicates and helpers word by word, the rest by its digest.

A night can be judged again by its own rules after they were changed. What a predicate calls is code of the warehouse
and stands in its revisions: of each function of ``dq``, and of each catalogue a helper reads, the audit keeps only a
SHA-256, so that a replay can name those that are no longer what they were. A run adds what differs from the run
before it, so a quiet year adds nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.rules import EntityRules

CATALOGUE_OF: Final = re.compile(r"\bcatalogue\.([a-z_]+)\b")
# A rule that is gone demands the empty text: a missing result of a night must not pass for a rule it did not have.
_PREDICATES: Final = """
    with told as (
        select * from (values %s) as told (run_id, rule_id, rule_version, entity, columns, predicate)
    ),
    known as (
        select distinct on (words.rule_id) words.*
        from audit.rule_predicate as words
        inner join audit.run as teller on words.run_id = teller.run_id
        order by words.rule_id, teller.run_no desc
    )
    insert into audit.rule_predicate (run_id, rule_id, rule_version, entity, columns, predicate)
    select told.* from told left join known using (rule_id)
    where
        (known.rule_version, known.entity, known.columns, known.predicate)
        is distinct from (told.rule_version, told.entity, told.columns, told.predicate)
    union all
    select
        (select min(told.run_id::text)::uuid from told), known.rule_id, known.rule_version, known.entity,
        '{}'::text[], ''
    from known left join told using (rule_id) where told.rule_id is null and known.predicate <> ''
    on conflict do nothing
"""
_GROUNDS: Final = """
    with told as (
        select * from (values %s) as told (run_id, kind, name, digest, definition)
    ),
    known as (
        select distinct on (ground.kind, ground.name) ground.kind, ground.name, ground.digest
        from audit.rule_ground as ground
        inner join audit.run as teller on ground.run_id = teller.run_id
        order by ground.kind, ground.name, teller.run_no desc
    )
    insert into audit.rule_ground (run_id, kind, name, digest, definition)
    select told.* from told left join known using (kind, name) where known.digest is distinct from told.digest
    union all
    select (select min(told.run_id::text)::uuid from told), known.kind, known.name, '', null
    from known left join told using (kind, name) where told.name is null and known.digest <> ''
    on conflict do nothing
"""
# Ours and none of an extension: what dbt has made in dq.
_FUNCTIONS: Final = """
    select proname::text, encode(sha256(convert_to(pg_get_functiondef(oid), 'UTF8')), 'hex')
    from pg_catalog.pg_proc where pronamespace = 'dq'::regnamespace order by proname
"""


class Ground(NamedTuple):
    """One thing the rules stand on; ``definition`` where it can be made again from its own words."""

    kind: str
    name: str
    digest: str
    definition: dict[str, Any] | None = None


def keep_grounds(cursor: Cursor, contract: Contract, registry: Sequence[EntityRules], *, run_id: str) -> None:
    """Record what the rules of a run demand and stand on; ``registry`` as it is written. Idempotent within a run."""
    rules = [rule for group in registry for rule in (*group.rules, *group.awaiting)]
    execute_values(
        cursor,
        _PREDICATES,
        [
            (run_id, rule.rule_id, rule.version, rule.entity, list(rule.columns), rule.predicate)
            for rule in rules
        ],
        template="(%s::uuid, %s, %s, %s, %s::text[], %s)",
        page_size=len(rules),
    )
    grounds = [*written_grounds(contract, registry), *built_grounds(cursor, catalogues_of(registry))]
    execute_values(
        cursor,
        _GROUNDS,
        [(run_id, *ground[:3], Json(ground.definition) if ground.definition else None) for ground in grounds],
        template="(%s::uuid, %s, %s, %s, %s::jsonb)",
        page_size=len(grounds),
    )


def written_grounds(contract: Contract, registry: Iterable[EntityRules]) -> Iterable[Ground]:
    """The entities of the contract and the helpers, with their definitions."""
    for entity in contract.entities:
        columns = [[column.name, column.type, column.parent] for column in entity.columns]
        yield _defined("entity", entity.name, {"owner": entity.owner, "columns": columns})
    for group in registry:
        for helper in group.helpers:
            yield _defined(
                "helper",
                f"{group.entity}.{helper.name}",
                {"joined_on": helper.joined_on, "gives": list(helper.gives), "select": helper.select},
            )


def built_grounds(cursor: Cursor, catalogues: Iterable[str]) -> Iterable[Ground]:
    """The functions of ``dq`` and the catalogues as they are in the database now, by their digests."""
    cursor.execute(_FUNCTIONS)
    yield from (Ground("function", name, digest) for name, digest in cursor.fetchall())
    for name in catalogues:
        cursor.execute(
            sql.SQL(
                "select encode(sha256(convert_to(coalesce(string_agg(line, chr(10) order by line collate {}), ''),"
                " 'UTF8')), 'hex') from (select to_jsonb(rows)::text as line from {} as rows) as lines"
            ).format(sql.Identifier("C"), sql.Identifier("catalogue", name))
        )
        [(digest,)] = cursor.fetchall()
        yield Ground("catalogue", name, digest)


def catalogues_of(registry: Iterable[EntityRules]) -> list[str]:
    """The catalogues that helpers read."""
    return sorted(
        {
            name
            for group in registry
            for helper in group.helpers
            for name in CATALOGUE_OF.findall(helper.select)
        }
    )


def _defined(kind: str, name: str, definition: dict[str, Any]) -> Ground:
    words = json.dumps(definition, ensure_ascii=False, sort_keys=True)
    return Ground(kind, name, hashlib.sha256(words.encode()).hexdigest(), definition)
