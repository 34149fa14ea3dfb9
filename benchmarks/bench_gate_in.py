"""Gate in against one hand-written scan per entity that counts what breaks the same rules over the same joins.

The scan says `count(*) filter (where not (rule))` for every rule, which tells how many rows are wrong and not which.
Both sides make the relations the rules look at. What Great Expectations adds is measured by itself too, and so is
its import, which every night pays once.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy.engine
from psycopg2 import sql
from sqlalchemy import event

from benchmarks.measure import Comparison, cost_of, in_turns
from benchmarks.world import World, arguments, opened, report
from o7_warehouse import gate_in, gx_adapter
from o7_warehouse.contract import Contract, read_contract
from o7_warehouse.gate_pass import examine
from o7_warehouse.gate_relations import make_relations
from o7_warehouse.rule_terms import share_terms
from o7_warehouse.rules import EntityRules, Rule, read_rules
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from benchmarks.measure import Cost


@dataclass(slots=True)
class Gate:
    """The rules of the world's night, and what each side counted the last time it ran."""

    world: World
    contract: Contract
    registry: list[EntityRules]
    night: date
    run_id: str
    groups: dict[str, list[Rule]] = field(default_factory=dict)
    counts: dict[str, dict[str, int | None]] = field(default_factory=dict)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A transaction of the role of the gate."""
        with transaction(self.world.settings, gate_in.ROLE) as connection, connection.cursor() as cursor:
            yield cursor

    def make_relations(self) -> None:
        """What both sides need before they look at a row."""
        with self.cursor() as cursor:
            make_relations(cursor, contract=self.contract, registry=self.registry, night=self.night)

    def scan(self) -> None:
        """The limit: one hand-written scan per entity."""
        with self.cursor() as cursor:
            counts: dict[str, int | None] = {}
            for entity, rules in self.groups.items():
                cursor.execute(_counting(entity, rules))
                [row] = cursor.fetchall()
                counts |= dict(zip((rule.rule_id for rule in rules), row, strict=True))
        self.counts["scan"] = counts

    def set_based_pass(self) -> None:
        """Ours, the first engine: the same counts, and the failing rows."""
        with self.cursor() as cursor:
            examined = [
                examine(cursor, self.contract.entity(entity), rules, night=self.night)
                for entity, rules in self.groups.items()
            ]
        self.counts["pass"] = {
            rule_id: count.rows_failed for one in examined for rule_id, count in one.counted.items()
        }

    def other_engine(self) -> None:
        """Ours, the second engine."""
        counted = gx_adapter.evaluate(self.world.settings, self.groups.items())
        self.counts["gx"] = {rule_id: count.rows_failed for rule_id, count in counted.items()}

    def whole(self) -> None:
        """The whole step of a night, failing keys and quarantine written."""
        gate_in.gate_in(self.world.settings, self.run_id)


def main() -> None:
    """Measure the sides turn about; refuse to compare them where they count differently."""
    options = arguments(__doc__)
    with opened(options, with_night=True) as world:
        gate = _prepared(world)
        imports = cost_of(_import_gx, postmaster=world.postmaster).cpu
        costs = in_turns(
            {
                "relations": gate.make_relations,
                "scan": gate.scan,
                "pass": gate.set_based_pass,
                "gx": gate.other_engine,
                "whole": gate.whole,
            },
            pairs=world.pairs,
            postmaster=world.postmaster,
            before=lambda name: _before(gate, name),
        )
        statements = _statements_of(gate)
    _refuse_difference(gate)
    _tell(gate, costs, imports=imports, statements=statements)


def _prepared(world: World) -> Gate:
    contract = read_contract()
    registry = [share_terms(group) for group in read_rules()]
    gate = Gate(world, contract, registry, world.night(), world.open_run())
    gate.whole()
    # What was not delivered cannot be evaluated; the gate itself says which rules these are.
    evaluated = {
        rule_id
        for (rule_id,) in world.ask(
            "select rule_id from audit.rule_result where run_id = %s and outcome in ('pass', 'fail')",
            (gate.run_id,),
        )
    }
    for group in registry:
        gate.groups[group.entity] = [rule for rule in group.rules if rule.rule_id in evaluated]
    gate.groups = {entity: rules for entity, rules in gate.groups.items() if rules}
    return gate


def _before(gate: Gate, name: str) -> None:
    if name == "whole":
        # A run writes its failing keys once.
        gate.run_id = gate.world.open_run()
    elif name != "relations":
        gate.make_relations()
    gate.world.settle()


def _counting(entity: str, rules: list[Rule]) -> sql.Composed:
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) filter (where not ({}))").format(sql.SQL(rule.predicate)) for rule in rules
    )
    return sql.SQL("select {} from {}").format(counts, sql.Identifier("gate", entity))


def _import_gx() -> None:
    subprocess.run(
        [sys.executable, "-P", "-c", "import o7_warehouse.gx_adapter"],
        cwd=ROOT,
        check=True,
    )


def _statements_of(gate: Gate) -> int:
    """How many statements Great Expectations sends; in this process nothing else uses SQLAlchemy."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(sqlalchemy.engine.Engine, "before_cursor_execute", note)
    try:
        gate.other_engine()
    finally:
        event.remove(sqlalchemy.engine.Engine, "before_cursor_execute", note)
    return len(sent)


def _refuse_difference(gate: Gate) -> None:
    counts = gate.counts
    if not counts["scan"] == counts["pass"] == counts["gx"]:
        rules = [rule for rule, count in counts["scan"].items() if count != counts["pass"].get(rule)]
        raise SystemExit(f"The sides count differently, so their costs say nothing: {rules[:5] or 'GX'}.")


def _tell(gate: Gate, costs: dict[str, list[Cost]], *, imports: float, statements: int) -> None:
    cpu = {name: [one.cpu for one in of_side] for name, of_side in costs.items()}
    both = {name: [a + b for a, b in zip(cpu["relations"], cpu[name], strict=True)] for name in cpu}
    limit = both["scan"]
    with_gx = [a + b + imports for a, b in zip(both["pass"], cpu["gx"], strict=True)]
    rules = sum(map(len, gate.groups.values()))
    print(f"{rules} rules of {len(gate.groups)} entities; Great Expectations sends {statements} statements")
    report(
        Comparison("relations, pass, GX / relations, scan", 3.0, with_gx, limit),
        Comparison("relations, pass / relations, scan", None, both["pass"], limit),
        Comparison("set-based pass / scan", 1.2, cpu["pass"], cpu["scan"]),
        Comparison("whole gate with keys and quarantine / relations, scan", 3.0, cpu["whole"], limit),
        Comparison("GX / scan", None, cpu["gx"], cpu["scan"]),
        Comparison("share of GX in the whole gate", None, cpu["gx"], cpu["whole"]),
        Comparison("relations / relations, scan", None, cpu["relations"], limit),
    )
    print(f"import of GX, once a night: {imports:.1f} s of CPU, counted with the first ratio")


if __name__ == "__main__":
    main()
