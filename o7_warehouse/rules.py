"""The field rules as frozen values: the only reader of ``expectations/`` (domain §3, §5.4).

A rule is one SQL expression over the columns of the view ``gate.<entity>``: true for a good row, and never null
or an error, whatever the row holds. Both engines of the gate get the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError
from o7_warehouse.rules_check import check_entity, mentioned
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from o7_warehouse.contract import Entity

FOLDER: Final = "expectations/rules"
EVERY_ENTITY: Final = "expectations/every_entity.yml"
TYPED: Final = {"boolean": "as_boolean", "integer": "as_integer", "decimal": "as_decimal", "date": "as_date",
                "instant": "as_instant"}  # fmt: skip
# The cursor of every row: its type is checked per column before the load (delivery gate), and it feeds no leaf.
UNREAD: Final = "modified_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one entity; ``rule_id`` is ``<entity>.<name>`` and never reused.

    ``is_placement``: a row that breaks it goes to quarantine. ``native`` names an expectation of Great
    Expectations that says the same in its own words. ``fault`` is a planted example: columns and the values
    that break the rule in an otherwise clean row, or in a second row like it; words, where it takes more rows
    than one, which then stand in ``tests/expectations``. ``awaits``: columns of the rule which a contract may
    deliver as values, where a stricter one delivers a status or nothing (domain §5.4).
    """

    rule_id: str
    version: str
    entity: str
    columns: tuple[str, ...]
    predicate: str
    severity: str
    kind: str
    text: str
    remedy: str
    owner: str
    legal_basis: str
    source: str
    fault: Mapping[str, str] | str = field(hash=False)
    leaf: str | None = None
    native: str | None = None
    fault_is_second_row: bool = False
    awaits: tuple[str, ...] = ()

    @property
    def is_placement(self) -> bool:
        """Whether a row that breaks it cannot be placed."""
        return self.kind == "placement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """What a rule must know beyond its row: a query with a column ``key``, joined where ``joined_on`` equals it.

    In ``select``, ``night.<entity>`` is the rows of the night and ``the_night`` its date.
    """

    name: str
    says: str
    joined_on: str
    gives: tuple[str, ...]
    select: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRules:
    """All rules of an entity, the placement rules first, and the helpers they need.

    ``awaiting``: rules about values that the contract does not deliver; they are told and never evaluated, and
    helpers that only they need are left out. ``terms``: columns of the view by name, with the expression each
    stands for (:mod:`o7_warehouse.rule_terms`).
    """

    entity: str
    helpers: tuple[Helper, ...]
    rules: tuple[Rule, ...]
    awaiting: tuple[Rule, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=4)
def read_rules(root: Path = ROOT) -> tuple[EntityRules, ...]:
    """Every rule of every entity, in the order of the contract, read from ``<root>/expectations``.

    Raises CatalogueError naming the rule that contradicts itself, the contract or the house.
    """
    contract = read_contract(root)
    every = _content(root / EVERY_ENTITY)
    files = sorted((root / FOLDER).glob("*.yml"))
    if strangers := {path.stem for path in files} - set(contract.entity_names):
        raise CatalogueError(
            f"{FOLDER}/{min(strangers)}.yml: the contract has no entity of this name, so its rules would never "
            f"be evaluated. Rename the file. Entities: {', '.join(contract.entity_names)}."
        )
    return tuple(
        parse_entity(_content(root / FOLDER / f"{entity.name}.yml"), every=every, entity=entity)
        for entity in contract.entities
    )


def parse_entity(content: Mapping[str, Any], *, every: Mapping[str, Any], entity: Entity) -> EntityRules:
    """The rules of one entity from the content of its file and of ``every_entity.yml``.

    Raises CatalogueError naming the rule.
    """
    if content.get("entity") != entity.name:
        raise CatalogueError(
            f"{FOLDER}/{entity.name}.yml speaks of the entity {content.get('entity')!r}. A rule of the wrong "
            "entity would be evaluated over other columns. Correct the first line."
        )
    helpers = tuple(_helper(entity.name, body) for body in content.get("helpers", ()))
    written = tuple(_rule(entity.name, body) for body in content.get("rules", ()))
    every_rule = (*_general(every, entity), *written)
    check_entity(EntityRules(entity=entity.name, helpers=helpers, rules=every_rule), entity)
    delivered = set(entity.column_names)
    live = [rule for rule in every_rule if delivered.issuperset(rule.awaits)]
    return grouped(entity.name, rules=every_rule, live=live, helpers=helpers)


def grouped(
    entity: str, *, rules: Sequence[Rule], live: Sequence[Rule], helpers: Iterable[Helper]
) -> EntityRules:
    """The rules of an entity, the ones that can be evaluated with the helpers they name and the others apart."""
    needed = {word for rule in live for word in mentioned(rule.predicate)[1]}
    return EntityRules(
        entity=entity,
        helpers=tuple(helper for helper in helpers if needed.intersection(helper.gives)),
        rules=tuple(live),
        awaiting=tuple(rule for rule in rules if rule not in live),
    )


def _general(every: Mapping[str, Any], entity: Entity) -> Iterable[Rule]:
    """The rules that every entity has, from its place in the contract."""
    yield _from_template(
        every, "key_given", entity, columns=("source_id",), predicate="coalesce(btrim(source_id), '') <> ''"
    )
    yield _from_template(
        every, "key_single", entity, columns=("source_id",), predicate="copies = 1", native="unique"
    )
    for column, parent in entity.parents.items():
        blank = every["may_be_blank"].get(f"{entity.name}.{column}")
        known = f"coalesce(btrim({column}), '') <> '' and {column}_exists"
        yield _from_template(
            every, "parent_known", entity, columns=(column,), parent=parent,
            predicate=f"case when coalesce(btrim({column}), '') = '' then coalesce({blank}, false) else {known} end"
            if blank else known,
        )  # fmt: skip
    typed = [column for column in entity.columns if column.type in TYPED and column.name != UNREAD]
    if typed:
        tests = (
            f"(coalesce({column.name}, '') = '' or dq.{TYPED[column.type]}({column.name}) is not null)"
            for column in typed
        )
        yield _from_template(
            every,
            "readable",
            entity,
            columns=tuple(column.name for column in typed),
            predicate=" and ".join(tests),
        )


def _from_template(
    every: Mapping[str, Any],
    name: str,
    entity: Entity,
    *,
    columns: tuple[str, ...],
    predicate: str,
    parent: str = "",
    native: str | None = None,
) -> Rule:
    template = every[name]
    words = {"entity": entity.name, "column": columns[0], "parent": parent}
    return Rule(
        rule_id=f"{entity.name}.{f'{columns[0]}_known' if name == 'parent_known' else name}",
        entity=entity.name,
        columns=columns,
        predicate=predicate,
        kind="row" if name == "readable" else "placement",
        native=native,
        **{key: value.format(**words) for key, value in template.items()},
    )


def _rule(entity: str, body: Mapping[str, Any]) -> Rule:
    content = dict(body)
    name = content.pop("name", None)
    try:
        return Rule(
            rule_id=f"{entity}.{name}",
            entity=entity,
            columns=tuple(content.pop("columns", ())),
            awaits=tuple(content.pop("awaits", ())),
            predicate=content.pop("predicate", "").strip(),
            **content,
        )
    except TypeError as error:
        raise CatalogueError(
            f"{FOLDER}/{entity}.yml: the rule {name!r} has a key too many or too few: {error}. Half a rule "
            "cannot be explained to anybody. Complete it."
        ) from error


def _helper(entity: str, body: Mapping[str, Any]) -> Helper:
    content = dict(body)
    try:
        return Helper(gives=tuple(content.pop("gives", ())), **content)
    except TypeError as error:
        raise CatalogueError(
            f"{FOLDER}/{entity}.yml: the helper {content.get('name')!r} has a key too many or too few: {error}. "
            "Complete it."
        ) from error


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueError(
            f"{path.name}: the rules cannot be read ({type(error).__name__}). Unread rules are unchecked rows. "
            "Every entity of the contract has its file in expectations/rules; restore or mend it."
        ) from error
    if not isinstance(content, dict):
        raise CatalogueError(f"{path.name} is no mapping, so it holds no rules. Restore the file.")
    return content


def all_rules(registry: Iterable[EntityRules]) -> dict[str, Rule]:
    """Every rule that is evaluated, by its identity; what the contract does not let be, stands in ``awaiting``."""
    return {rule.rule_id: rule for group in registry for rule in group.rules}
