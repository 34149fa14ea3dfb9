"""Every field rule a second time: who breaks it, by expressions that share nothing with the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle import (
    rules_of_any,
    rules_of_cards,
    rules_of_contacts,
    rules_of_documents,
    rules_of_persons,
    rules_of_schools,
    rules_of_study,
)
from tests.oracle.rule_words import Delivered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from tests.oracle.rule_words import Good

# Rules that have no twin, and no others: they wait for values the contract does not deliver, so nobody evaluates them.
# What they would say of such values stands in tests/expectations/test_awaited_values.py.
WITHOUT_TWIN = frozenset({
    "guardian.snils_is_own", "additional_info.long_term_treatment_code", "additional_info.adapted_program_code",
    "additional_info.health_limitation_code", "additional_info.health_group_code",
    "additional_info.health_group_of_age", "additional_info.disability_code",
    "additional_info.disabled_child_is_a_child", "additional_info.disability_group_of_adult",
    "additional_info.disability_category", "additional_info.disability_term",
    "additional_info.home_study_is_individual", "fitness_record.group_code",
    "fitness_record.special_group_is_not_measured", "fitness_record.gto_step", "fitness_record.gto_badge",
    "exam_result.oge_mark", "exam_result.ege_score", "exam_result.ege_base_mark",
})  # fmt: skip


def delivered(night: dt.date, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Delivered:
    """The rows of a night as tables of text; what a row does not have is null."""
    tables = {}
    for entity, promise in rules_of_any.CONTRACT["entities"].items():
        owner = ["org_id"] if promise.get("owner") == "org_id" else []
        names = [*rules_of_any.CONTRACT["common"], *owner, *promise["columns"]]
        given = rows.get(entity, ())
        tables[entity] = pl.DataFrame(
            {name: [row.get(name) for row in given] for name in names}, schema=dict.fromkeys(names, pl.String)
        )
    return Delivered(night, tables)


def twins(night: Delivered) -> dict[str, dict[str, Good]]:
    """Entity -> rule -> whether a row is good."""
    found: dict[str, dict[str, Good]] = {
        "person": rules_of_persons.persons(night),
        "student": rules_of_persons.students(night),
        "identity_document": rules_of_documents.documents(night),
        "contact": rules_of_contacts.contacts(night),
        "address": rules_of_contacts.addresses(night),
        "guardian": rules_of_cards.guardians(night),
        "family_status": rules_of_cards.family(night),
        "additional_info": rules_of_cards.information(night),
        "class": rules_of_study.classes(night),
        "enrollment_event": rules_of_study.enrolments(night),
        "portfolio_item": rules_of_study.portfolio(night),
        "organization": rules_of_schools.schools(night),
        **rules_of_study.sections(night),
        **rules_of_study.trajectories(night),
        **rules_of_schools.structure(),
        **rules_of_schools.staff(night),
        **rules_of_schools.content(night),
    }
    return {entity: rules_of_any.twins_of(entity, night) | found[entity] for entity in night.tables}


def broken(night: Delivered) -> dict[str, list[str | None]]:
    """Rule -> the identity of every row that breaks it, as often as it was delivered.

    Raises AssertionError where a twin does not decide about a row: neither engine may leave that open either.
    """
    found = {}
    for entity, rules in twins(night).items():
        table = night[entity]
        judged = table.select([good.alias(name) for name, good in rules.items()]) if table.height else None
        for name in rules:
            good = judged[name] if judged is not None else pl.Series([], dtype=pl.Boolean)
            assert good.null_count() == 0, f"{entity}.{name} does not decide about {good.null_count()} rows"
            found[f"{entity}.{name}"] = table.filter(~good)["source_id"].to_list()
    return found
