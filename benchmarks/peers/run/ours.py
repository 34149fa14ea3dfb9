"""Our own sides as programs of their own, so that they start and import like any other.

python -P -m benchmarks.peers.run.ours extract STATE RUN          O7_SOURCE_DSN names the source
python -P -m benchmarks.peers.run.ours start WHAT STATE           imports and one connection, no work
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.revision import code_revision
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence


def own_program(*words: str) -> Sequence[str]:
    """How to run this module with words."""
    return [sys.executable, "-P", "-m", "benchmarks.peers.run.ours", *words]


def own_version() -> str:
    """The commit, short."""
    return code_revision(ROOT)[:7]


def main(verb: str, *words: str) -> None:
    """Do one thing and end."""
    verbs = {"extract": _extract, "gate": _gate, "pdf": _pdf, "start": _start}
    if verb not in verbs:
        raise SystemExit(f"There is no {verb!r} here. Known: {', '.join(verbs)}.")
    verbs[verb](*words)


def _settings(state: str) -> Settings:
    return Settings.load(Path(state), {"O7_SOURCE_DSN": os.environ["O7_SOURCE_DSN"]})


def _extract(state: str, run_id: str) -> None:
    from o7_warehouse.extract import extract

    if extract(_settings(state), run_id) == 0:
        raise SystemExit("Nothing landed, so nothing was measured.")


def _gate(state: str, night: str, rules: str, out: str, engines: str) -> None:
    """The rules that all sides can say, as a night evaluates its rules."""
    from o7_warehouse import gate_in
    from o7_warehouse.contract import read_contract
    from o7_warehouse.gate_pass import examine
    from o7_warehouse.gate_relations import make_relations
    from o7_warehouse.rules import EntityRules, read_rules
    from o7_warehouse.warehouse import transaction

    settings, contract, day = _settings(state), read_contract(), date.fromisoformat(night)
    chosen = {one["rule_id"] for one in json.loads(Path(rules).read_text(encoding="utf-8"))["rules"]}
    registry = [
        EntityRules(
            entity=group.entity,
            helpers=(),
            rules=tuple(rule for rule in group.rules if rule.rule_id in chosen),
        )
        for group in read_rules()
    ]
    with transaction(settings, gate_in.ROLE) as connection, connection.cursor() as cursor:
        make_relations(cursor, contract=contract, registry=registry, night=day)
        counted = {}
        for group in registry:
            counted |= examine(cursor, contract.entity(group.entity), group.rules, night=day).counted
    if engines == "both":
        from o7_warehouse import gx_adapter

        second = gx_adapter.evaluate(settings, [(group.entity, group.rules) for group in registry])
        if {rule: one.rows_failed for rule, one in second.items()} != {
            rule: one.rows_failed for rule, one in counted.items()
        }:
            raise SystemExit("The two engines count differently, so their cost says nothing.")
    found = {rule: one.rows_failed for rule, one in counted.items()}
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def _pdf(documents: str, folder: str) -> None:
    """Set each document that another process of ours has prepared."""
    from o7_warehouse.report.pdf import write_pdf

    # What is read was written a moment ago by the benchmark itself.
    for place, document in enumerate(pickle.loads(Path(documents).read_bytes())):  # noqa: S301
        (Path(folder) / f"{place}.pdf").write_bytes(write_pdf(document))


def _start(what: str, state: str = "") -> None:
    if what == "extract":
        import o7_warehouse.extract
    elif what.startswith("gate"):
        import o7_warehouse.gate_in
    else:
        import o7_warehouse.report.document
        import o7_warehouse.report.pdf
    if what == "gate-both":
        import o7_warehouse.gx_adapter  # noqa: F401
    if state:
        from o7_warehouse.warehouse import connect

        with closing(connect(_settings(state), "o7_loader")):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
