"""Everything the pages tell, read once and put into tables once; pages and workbook are made of the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from o7_warehouse.audit_pages import seals, tables_nights, tables_rows, tables_rules, waivers
from o7_warehouse.audit_pages.issues import Issues, read_issues
from o7_warehouse.audit_pages.reading import auditor, read_journal
from o7_warehouse.audit_pages.seals import Chain, read_chain
from o7_warehouse.audit_pages.waivers import Waivers, read_waivers
from o7_warehouse.contract import Contract, read_contract
from o7_warehouse.report.registry import load_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.audit_pages.grid import Table
    from o7_warehouse.audit_pages.journal import Journal, Night, Rule
    from o7_warehouse.settings import Settings


@dataclass(frozen=True)
class Material:
    """The audit as it was read in one snapshot, with what files of the project say of its names."""

    journal: Journal
    issues: Issues
    chain: Chain
    contract: Contract
    entity_names: Mapping[str, str]
    waivers: Waivers

    @property
    def newest(self) -> Night:
        """The newest night that was examined."""
        return self.journal.nights[self.journal.latest]

    @cached_property
    def shared(self) -> Mapping[str, Table]:
        """The tables of all rules together, by their identity."""
        journal, names, day = self.journal, self.entity_names, self.newest.night
        found = [
            tables_nights.outcomes(journal),
            tables_rules.catalogue(journal, names),
            tables_rules.matrix(journal),
            *tables_nights.changes(journal, self.issues),
            tables_nights.nights(journal),
            tables_rows.quarantine_by_entity(self.issues, day, names),
            tables_rows.quarantine_by_school(self.issues, day),
            waivers.in_force(self.waivers, day),
            waivers.by_night(self.waivers),
            tables_rows.coverage(journal, self.contract, names),
            tables_rows.contract_columns(journal, self.contract, names),
            seals.seals(self.chain),
            seals.findings(self.chain),
            seals.signed(self.chain),
        ]
        return {table.id: table for table in found}

    @cached_property
    def by_rule(self) -> Mapping[str, tuple[Table, ...]]:
        """The tables of each rule: its schools, its nights, its versions, its words."""
        return {
            rule.rule_id: (
                tables_rules.by_school(rule, self.issues, self.newest.night),
                tables_rules.results(self.journal, rule),
                tables_rules.versions(rule),
                tables_rules.wordings(rule),
            )
            for rule in self.journal.rules
        }

    def tables(self) -> Iterator[Table]:
        """Every table, in the order of the workbook."""
        yield from self.shared.values()
        for kind in zip(*(self.by_rule[rule.rule_id] for rule in self.journal.rules), strict=True):
            yield from kind
        for rule in self.journal.rules:
            yield from self.keys(rule)

    def keys(self, rule: Rule) -> Iterator[Table]:
        """The tables of a rule's keys, a page each, made when asked for: together they are most of the memory."""
        return tables_rules.keys(rule, self.issues)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the tables say: the fingerprint on every page and in the workbook."""
        digest = hashlib.sha256()
        for table in self.tables():
            digest.update("\x1e".join((table.id, *(table.part or ()), table.title)).encode())
            rows = ["\x1d" + "\x1f".join(texts) for texts in table.texts]
            digest.update("".join(rows).encode())
        return digest.hexdigest()


def read_material(settings: Settings, *, nights: int | None) -> Material:
    """Read the newest nights of the audit, all of them without a number.

    Raises NightError when no night was ever examined, AuditError for what the pages have no word for,
    CatalogueError, StatementError, WarehouseUnavailableError.
    """
    with auditor(settings) as cursor:
        journal = read_journal(cursor, nights=nights)
        newest = journal.nights[journal.latest]
        return Material(
            journal=journal,
            issues=read_issues(cursor, since=journal.day(0), run_id=newest.run_id),
            chain=read_chain(cursor),
            contract=read_contract(settings.root),
            entity_names=load_report("business_rules").labels["entity"],
            waivers=read_waivers(cursor, since=journal.day(0)),
        )
