"""The first gate: what every field rule says of every row of the night, before anything is built from them.

A row that cannot be placed goes to quarantine with its reasons; any other row goes on, and its faults are counted
and kept under pseudonymous keys. Two engines count each rule, the set-based pass and Great Expectations; where
they disagree, or a rule cannot be evaluated, the night stops: an unchecked rule is not a passed rule. What a waiver
keeps silent is counted and kept like everything else; it only stops no night.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from psycopg2.extras import execute_values

from o7_warehouse import quarantine, runs
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import GateError
from o7_warehouse.gate_examination import examine_night, prepare, says
from o7_warehouse.gate_relations import CHANGED, ROLE
from o7_warehouse.parameters import parameter
from o7_warehouse.pseudonyms import key_in_force
from o7_warehouse.rule_grounds import keep_grounds
from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import EntityRules, Rule, all_rules, read_rules
from o7_warehouse.waivers import read_waivers
from o7_warehouse.waivers_applied import apply_waivers
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.gate_examination import Examination, Plan
    from o7_warehouse.gate_pass import Counted, Examined
    from o7_warehouse.settings import Settings

PLACES_NAMED: Final = 5
Outcome = Literal["pass", "fail", "error", "not_evaluated", "not_applicable_by_contract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What a night says about a rule; the counts are None where nothing could be counted."""

    rule: Rule
    outcome: Outcome
    rows_checked: int | None = None
    rows_failed: int | None = None
    gx_failed: int | None = None
    error_class: str | None = None


def gate_in(settings: Settings, run_id: str) -> None:
    """Examine the rows of the run's night, write the results to ``audit`` and the unplaceable rows to quarantine.

    Safe to repeat. Raises GateError when a rule could not be evaluated, when the two engines disagree, when a
    critical rule of values is broken that no waiver keeps silent, and when more rows than believable cannot be
    placed; CatalogueError for rules or waivers in doubt; NightError when the run was superseded; StatementError,
    WarehouseUnavailableError.
    """
    run = runs.current(settings, run_id)
    contract = read_contract(settings.root)
    registry = read_rules(settings.root)
    rules = all_rules(registry)
    waivers = read_waivers(settings.root, rules)
    plan = prepare(settings, contract, registry, run)
    with (
        ThreadPoolExecutor(max_workers=1) as other_engine,
        transaction(settings, ROLE) as connection,
        connection.cursor() as cursor,
    ):
        # Both engines read the same frozen views, each on its own connection.
        by_gx = other_engine.submit(_by_gx, settings, plan)
        found = examine_night(cursor, plan)
        examined = found.examined
        results = judge(registry, examined=examined, by_gx=_with_kept(by_gx.result(), found.kept))
        # The audit of a run that has ended is sealed: who was overtaken meanwhile adds nothing to it.
        runs.fence(cursor, run_id)
        aside = _keep(cursor, settings, plan, found, results=results)
        keep_grounds(cursor, contract, registry, run_id=run_id)
        silent = apply_waivers(
            cursor, waivers, rules=rules, examined=examined, run_id=run_id, night=run.night
        )
    _refuse(settings, plan, found, results=results, aside=aside, silent=silent)


def judge(
    registry: Iterable[EntityRules], *, examined: Mapping[str, Examined], by_gx: Mapping[str, Counted]
) -> list[RuleResult]:
    """One result per rule; a rule without a count in one of the engines was not evaluated."""
    results = []
    for group in registry:
        own = examined[group.entity].counted
        results += [_result(rule, own.get(rule.rule_id), by_gx.get(rule.rule_id)) for rule in group.rules]
        results += [RuleResult(rule=rule, outcome="not_applicable_by_contract") for rule in group.awaiting]
    return results


def _result(rule: Rule, own: Counted | None, theirs: Counted | None) -> RuleResult:
    if own is None or theirs is None:
        # What one engine alone has counted stays, so that the gate sees that the other one has left the rule out.
        return RuleResult(
            rule=rule,
            outcome="not_evaluated",
            rows_checked=own.rows_checked if own else None,
            rows_failed=own.rows_failed if own else None,
            gx_failed=theirs.rows_failed if theirs else None,
        )
    has_error = own.rows_failed is None or theirs.rows_failed is None
    outcome: Outcome = "error" if has_error else "fail" if own.rows_failed or theirs.rows_failed else "pass"
    return RuleResult(
        rule=rule,
        outcome=outcome,
        rows_checked=own.rows_checked,
        rows_failed=own.rows_failed,
        gx_failed=theirs.rows_failed,
        error_class=own.error_class or theirs.error_class,
    )


def _by_gx(settings: Settings, plan: Plan) -> dict[str, Counted]:
    # A second and a half of imports, paid beside the other engine.
    from o7_warehouse.gx_adapter import evaluate  # noqa: PLC0415 - see above

    counted = evaluate(settings, ((one.every.entity, one.every.rules) for one in plan.shares))
    if plan.memory.since is not None:
        lasting = ((one.lasting.entity, one.lasting.rules) for one in plan.shares)
        counted |= evaluate(settings, lasting, suffix=CHANGED)
    return counted


def _with_kept(by_gx: Mapping[str, Counted], kept: Mapping[str, int]) -> dict[str, Counted]:
    """What the other engine counted over touched rows, and what both had agreed upon about the others."""
    return {
        rule_id: count
        if count.rows_failed is None
        else replace(count, rows_failed=count.rows_failed + kept.get(rule_id, 0))
        for rule_id, count in by_gx.items()
    }


def _keep(
    cursor: Cursor, settings: Settings, plan: Plan, found: Examination, *, results: Sequence[RuleResult]
) -> dict[str, int]:
    """Write keys, quarantine and results; returns the rows put aside by entity."""
    run_id, night = plan.run.run_id, plan.run.night
    placement = {result.rule.rule_id for result in results if result.rule.is_placement}
    cursor.execute("select exists (select from audit.rule_result where run_id = %s)", (run_id,))
    [(is_recorded,)] = cursor.fetchall()
    quarantine.begin_keys(cursor, key_in_force(cursor, settings))
    quarantine.forget_night(cursor, night)
    aside = {}
    for entity, of_entity in found.examined.items():
        if not is_recorded:
            quarantine.write_keys(cursor, entity=entity, bits=of_entity.bits, run_id=run_id, night=night)
        bits = {rule_id: bit for rule_id, bit in of_entity.bits.items() if rule_id in placement}
        aside[entity] = quarantine.put_aside(cursor, entity=entity, bits=bits, night=night)
    execute_values(
        cursor,
        "insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome,"
        " rows_checked, rows_failed, gx_failed, error_class) values %s on conflict do nothing",
        [
            (
                run_id, night, result.rule.rule_id, result.rule.version, result.rule.entity, result.rule.severity,
                result.outcome, result.rows_checked, result.rows_failed, result.gx_failed, result.error_class,
            )
            for result in results
        ],
    )  # fmt: skip
    keep_texts(cursor, (result.rule for result in results), run_id=run_id)
    if not is_recorded:
        _tell_scope(cursor, plan, found)
    return aside


def _tell_scope(cursor: Cursor, plan: Plan, found: Examination) -> None:
    cursor.execute(
        "insert into audit.gate_finding (run_id, gate, check_id, outcome, message)"
        " values (%s, 'gate_in', 'scope', %s, %s)",
        (plan.run.run_id, "fail" if found.differing else "pass", says(plan, found)),
    )


def _refuse(
    settings: Settings,
    plan: Plan,
    found: Examination,
    *,
    results: Sequence[RuleResult],
    aside: Mapping[str, int],
    silent: frozenset[str],
) -> None:
    night = plan.run.night
    objections = [*_objections(results, silent)]
    objections += [
        f"{entity}: {rows} outcomes kept of rows since {plan.memory.base} are not what examining every row finds, so "
        "nights between were judged wrongly (./o7 audit replay names them); this examination is right and is kept"
        for entity, rows in found.differing.items()
    ]
    share = parameter(settings.root, "quarantine_ceiling", on=night)
    least = parameter(settings.root, "quarantine_floor_rows", on=night)
    checked = {result.rule.entity: result.rows_checked or 0 for result in results}
    objections += [
        f"{entity}: {aside[entity]} of {checked[entity]} rows cannot be placed, more than {share:%} and {least}"
        for entity in plan.contract.entity_names
        if aside[entity] > max(share * checked[entity], least)
    ]
    if objections:
        listed = "\n".join(f"- {objection}" for objection in objections)
        raise GateError(
            f"Gate in, night {night}: the rows cannot be trusted.\n{listed}\n"
            "Figures made of them would be wrong; the last published ones stay. The results are in "
            "audit.rule_result; mend the delivery or the rule, and run the night again."
        )


def _objections(results: Sequence[RuleResult], silent: frozenset[str]) -> Iterable[str]:
    for title, rules in (
        ("could not be evaluated", [r for r in results if r.outcome == "error"]),
        ("are counted differently by the two engines", [r for r in results if r.rows_failed != r.gx_failed]),
        (
            "are critical and broken",
            [
                r
                for r in results
                if r.outcome == "fail"
                and r.rule.severity == "critical"
                and not r.rule.is_placement
                and r.rule.rule_id not in silent
            ],
        ),
    ):
        if rules:
            named = ", ".join(_named(result) for result in rules[:PLACES_NAMED])
            yield f"{len(rules)} rules {title}: {named}{', …' if len(rules) > PLACES_NAMED else ''}"


def _named(result: RuleResult) -> str:
    if result.error_class:
        return f"{result.rule.rule_id} ({result.error_class})"
    return f"{result.rule.rule_id} ({result.rows_failed} and {result.gx_failed})"
