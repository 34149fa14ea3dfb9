"""A past night judged again: its rows out of raw, by its own rules, compared with what the audit says it found.

Everything is made in relations of one transaction that nobody else sees and that is taken back at its end, so a replay
changes nothing and waits for no night at work. Great Expectations is not asked again: its counts of that night are
compared with those found now.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse import quarantine
from o7_warehouse.audit.erased import Erasures, erased_of
from o7_warehouse.audit.grounds import changed_grounds
from o7_warehouse.audit.night_rules import NightRules, read_night_rules
from o7_warehouse.audit.replay_findings import NOTHING, Outcome, Replayed, differences
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CommandError
from o7_warehouse.gate_pass import Counted, examine
from o7_warehouse.gate_relations import ASIDE, make_relations
from o7_warehouse.gate_scope import absent_on, evaluable
from o7_warehouse.pseudonyms import key_in_force
from o7_warehouse.rule_terms import share_terms
from o7_warehouse.warehouse import connect, translated

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# The gate's: who else may read raw and judge it by dq.
ROLE: Final = "o7_gate"
_RUN: Final = """
    select run.run_id::text, run.run_no, coalesce(published.run_id = run.run_id, false)
    from audit.run
    left join published.night as published on run.night = published.night
    where run.night = %s and exists (select from audit.rule_result where run_id = run.run_id)
    order by run.run_no desc limit 1
"""
_STORED: Final = """
    select rule_id, rule_version, outcome, rows_checked, rows_failed, gx_failed, error_class
    from audit.rule_result where run_id = %s
"""
# The digest of a rule's keys: over each of them, in the order of their words, so that no order of rows matters.
_DIGESTS: Final = """
    select
        rule_id,
        count(*) || ' ' || encode(
            sha256(convert_to(string_agg(words, chr(10) order by words collate "C"), 'UTF8')), 'hex'
        )
    from (
        select
            rule_id, concat_ws(' ', coalesce(row_key::text, '-'), coalesce(student_key::text, '-'), org_id) as words
        from ({keys}) as keys
    ) as told
    group by rule_id
"""
_KEYS: Final = "select rule_id, row_key, student_key, org_id from audit.failing_key where run_id = {}"


def replay(settings: Settings, night: date) -> Replayed:
    """Judge the night of the newest run that examined it, and compare.

    Raises CommandError for a night that raw does not hold, that no run has examined, or whose rules were not kept
    yet; StatementError, WarehouseUnavailableError.
    """
    with translated("replaying a night"), closing(connect(settings, ROLE)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ")
        try:
            with connection.cursor() as cursor:
                return examine_again(cursor, settings, night)
        finally:
            connection.rollback()


def examine_again(cursor: Cursor, settings: Settings, night: date) -> Replayed:
    """The same within a transaction, which must see one snapshot and be rolled back."""
    run_id, run_no, is_published = _examined_run(cursor, night)
    rules = read_night_rules(cursor, run_id, read_contract(settings.root))
    erased = erased_of(cursor, night, run_id)
    stored = _stored(cursor, run_id)
    changed = changed_grounds(cursor, rules)
    found = _judged(cursor, settings, rules, night)
    reasons: dict[str, list[str]] = defaultdict(list)
    # A rule that looks beyond its row may find others otherwise, when one that it looked at is gone.
    for act in sorted(erased.acts):
        for rule_id in stored:
            reasons[rule_id].append(f"уничтожены записи, акт № {act}")
    for ground, rule_ids in changed.items():
        for rule_id in rule_ids:
            reasons[rule_id].append(ground)
    return Replayed(
        night=night, run_id=run_id, run_no=run_no, is_published=is_published, rules=len(stored),
        differences=list(differences(without_erased(stored, rules, erased), found, reasons)), changed=changed,
        erased=erased,
    )  # fmt: skip


def without_erased(stored: dict[str, Outcome], rules: NightRules, erased: Erasures) -> dict[str, Outcome]:
    """What the audit says of each rule, less the rows and keys that were erased since: they can be counted no more."""
    entity_of = {rule.rule_id: group.entity for group in rules.registry for rule in group.rules}
    return {
        rule_id: _less(said, erased.rows.get(entity_of.get(rule_id, ""), 0), erased.keys.get(rule_id, 0))
        for rule_id, said in stored.items()
    }


def _less(said: Outcome, rows: int, keys: int) -> Outcome:
    if said.rows_checked is None or said.rows_failed is None or said.gx_failed is None:
        return said
    failed = said.rows_failed - keys
    return replace(
        said, rows_checked=said.rows_checked - rows, rows_failed=failed, gx_failed=said.gx_failed - keys,
        outcome="pass" if said.outcome == "fail" and not failed else said.outcome,
    )  # fmt: skip


def _examined_run(cursor: Cursor, night: date) -> tuple[str, int, bool]:
    cursor.execute("select exists (select from raw_o7.night where night = %s)", (night,))
    [(is_retained,)] = cursor.fetchall()
    cursor.execute(_RUN, (night,))
    run = cursor.fetchone()
    if not is_retained or run is None:
        lack = "raw holds no rows of it" if not is_retained else "no run has come as far as judging its rows"
        raise CommandError(
            f"The night {night} cannot be judged again: {lack}. Name a night that was loaded and examined; "
            "./o7 audit signed and ./o7 indicators list published ones."
        )
    cursor.execute(
        "select exists (select from audit.rule_predicate as told inner join audit.run as teller using (run_id)"
        " where teller.run_no <= %s)",
        (run[1],),
    )
    [(has_rules,)] = cursor.fetchall()
    if not has_rules:
        raise CommandError(
            f"The night {night} was judged before the audit kept the rules of a night, so nobody knows by which words. "
            "Run ./o7 night --date for it: the rows are judged by the rules of today, and those are kept."
        )
    return str(run[0]), int(run[1]), bool(run[2])


def _stored(cursor: Cursor, run_id: str) -> dict[str, Outcome]:
    cursor.execute(_STORED, (run_id,))
    results = {row[0]: Outcome(*row[1:]) for row in cursor.fetchall()}
    keys = _digests(cursor, sql.SQL(_KEYS).format(sql.Literal(run_id)))
    return {
        rule_id: replace(results.get(rule_id, NOTHING), keys=keys.get(rule_id, "0"))
        for rule_id in sorted(results.keys() | keys.keys())
    }


def _digests(cursor: Cursor, keys: sql.Composed) -> dict[str, str]:
    """Rule -> how many keys and their digest, of a query with the columns of failing keys."""
    cursor.execute(sql.SQL(_DIGESTS).format(keys=keys))
    return dict(cursor.fetchall())


def _judged(cursor: Cursor, settings: Settings, rules: NightRules, night: date) -> dict[str, Outcome]:
    registry = [share_terms(group) for group in rules.registry]
    make_relations(cursor, contract=rules.contract, registry=registry, night=night, schema=ASIDE)
    quarantine.begin_keys(cursor, key_in_force(cursor, settings))
    absent = absent_on(cursor, night)
    found: dict[str, Outcome] = {}
    for group in registry:
        entity = rules.contract.entity(group.entity)
        live = evaluable(group, absent)
        examined = examine(cursor, entity, live, night=night, schema=ASIDE)
        keys = _digests(cursor, quarantine.keys_of(entity.name, examined.bits)) if examined.bits else {}
        for rule in group.rules:
            counted = examined.counted.get(rule.rule_id)
            found[rule.rule_id] = _outcome(rule.version, counted, keys.get(rule.rule_id, "0"))
        for rule in group.awaiting:
            found[rule.rule_id] = Outcome(rule.version, "not_applicable_by_contract", None, None, None, None)
    return found


def _outcome(version: str, counted: Counted | None, keys: str) -> Outcome:
    if counted is None:
        return Outcome(version, "not_evaluated", None, None, None, None, keys)
    failed = counted.rows_failed
    outcome = "error" if failed is None else "fail" if failed else "pass"
    return Outcome(version, outcome, counted.rows_checked, failed, failed, counted.error_class, keys)
