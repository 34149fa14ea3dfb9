"""Is the delivery's form the contract's: entities, columns, types, order. Reads only names (domain §5.4)."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.landing import Landed
    from o7_warehouse.runs import OpenedRun


def transport_findings(run: OpenedRun) -> Iterator[Finding]:
    """That a delivery made by hand (T3) is a degraded one: the audit says so of every such run."""
    if run.transport == "T3":
        yield Finding(
            entity="delivery",
            check="transport_manual",
            severity="warning",
            message="«ручная выгрузка»: the files were made by hand (T3, degraded). No system vouches for their being "
            "whole or of one moment; ask О7's operator for the replica or the nightly files.",
        )


def form_findings(contract: Contract, landed: Mapping[str, Landed]) -> Iterator[Finding]:
    """Every deviation of the delivered names and types from the contract."""
    unknown = [name for name, one in landed.items() if not one.is_known]
    for name in unknown:
        yield Finding(
            entity=name,
            check="entity_unknown",
            severity="notice",
            message=f"{name} was delivered, but the contract does not name it: not loaded.",
        )
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if not of_entity.is_delivered:
            yield _missing_entity(entity, unknown)
            continue
        yield from _missing_columns(entity, of_entity)
        yield from _other_columns(entity, of_entity)


def _missing_entity(entity: Entity, unknown: list[str]) -> Finding:
    if entity.is_optional:
        message = f"{entity.name} was not delivered; it is optional, and its leaves have no source tonight."
        return Finding(entity=entity.name, check="entity_absent", severity="notice", message=message)
    return Finding(
        entity=entity.name,
        check="entity_missing",
        severity="critical",
        message=f"{entity.name} was not delivered, and the contract demands it."
        + _renamed(entity.name, unknown),
    )


def _missing_columns(entity: Entity, landed: Landed) -> Iterator[Finding]:
    strangers = [name for name in landed.columns if name not in entity.column_names]
    for column in entity.columns:
        if column.name in landed.columns:
            continue
        where = f"{entity.name}.{column.name}"
        if column.is_optional:
            yield Finding(
                entity=entity.name,
                column=column.name,
                check="column_absent",
                severity="notice",
                message=f"{where} was not delivered; it is optional, and its leaf has no source tonight."
                + _renamed(column.name, strangers),
            )
        else:
            yield Finding(
                entity=entity.name,
                column=column.name,
                check="column_missing",
                severity="critical",
                message=f"{where} was not delivered, and the contract demands it."
                + _renamed(column.name, strangers),
            )


def _other_columns(entity: Entity, landed: Landed) -> Iterator[Finding]:
    for name in landed.columns:
        if name not in entity.column_names:
            yield Finding(
                entity=entity.name,
                column=name,
                check="column_unknown",
                severity="notice",
                message=f"{entity.name}.{name} was delivered, but the contract does not name it: not loaded.",
            )
    for name in landed.retyped:
        yield Finding(
            entity=entity.name,
            column=name,
            check="column_retyped",
            severity="critical",
            message=f"{entity.name}.{name} has another type in the source than the contract's "
            f"{entity.column(name).type}.",
        )
    known = [name for name in landed.columns if name in entity.column_names]
    if known != [name for name in entity.column_names if name in known]:
        yield Finding(
            entity=entity.name,
            check="column_order",
            severity="notice",
            message=f"{entity.name} came with its columns in another order; they were matched by name.",
        )


def _renamed(name: str, strangers: list[str]) -> str:
    near = difflib.get_close_matches(name, strangers, n=1, cutoff=0.6)
    if near:
        return f" {near[0]!r} was delivered instead: was it renamed?"
    return f" Delivered and unknown: {', '.join(sorted(strangers))}." if strangers else ""
