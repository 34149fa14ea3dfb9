"""The words of the field rules in the audit: what a rule of a night said can be printed after it was changed.

A run adds only the words that differ from those of the run before it, so a quiet year adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2.extras import execute_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.rules import Rule

_TELL: Final = """
    insert into audit.rule_text
        (run_id, rule_id, place, columns, text, remedy, owner, legal_basis, leaf_code)
    select told.*
    from (values %s) as told (run_id, rule_id, place, columns, text, remedy, owner, legal_basis, leaf_code)
    left join lateral (
        select words.*
        from audit.rule_text as words
        inner join audit.run as teller on words.run_id = teller.run_id
        where words.rule_id = told.rule_id
        order by teller.run_no desc limit 1
    ) as known on true
    where
        (known.place, known.columns, known.text, known.remedy, known.owner, known.legal_basis, known.leaf_code)
        is distinct from
        (told.place, told.columns, told.text, told.remedy, told.owner, told.legal_basis, told.leaf_code)
    on conflict do nothing
"""


def keep_texts(cursor: Cursor, rules: Iterable[Rule], *, run_id: str) -> None:
    """Record what the rules of a run say, in their order. Idempotent within a run."""
    execute_values(
        cursor,
        _TELL,
        [
            (run_id, rule.rule_id, place, list(rule.columns), rule.text, rule.remedy, rule.owner,
             rule.legal_basis, rule.leaf)
            for place, rule in enumerate(rules, start=1)
        ],
        template="(%s::uuid, %s, %s, %s::text[], %s, %s, %s, %s, %s::text)",
        page_size=1000,
    )  # fmt: skip
