"""A published republic: what dbt, the gates and the publication would have left of a few nights.

Not a mock: the tables are real, the views are those of the warehouse, the catalogues are read from the seeds.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import uuid
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from psycopg2.extras import execute_values

from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import all_rules, read_rules
from tests.explanation import EXPLANATION_TABLES
from tests.o7_warehouse.builds import control_readings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
REGION = "83000000"
# A name as hostile to every format as a name can be.
HOSTILE = 'Организации #eval("1") *«$x$»* <b>&amp;</b> \\ @y =1+1 {{ z }}'
QUARTER_END, NIGHT, INCOMPLETE = dt.date(2025, 9, 30), dt.date(2025, 12, 15), dt.date(2025, 12, 16)
SHARES = {"4.1": 0.71, "4.2": 0.42, "4.3": 0.88, "4.4": 0.93}
# Rows that fail the first rule of each severity; every other rule passes.
FAILING = {"critical": 56, "warning": 1204, "info": 3021}
TABLES = """
create table indicators.indicator_values (
    night date, build_id uuid, indicator text, level text, org_unit_code text, education_stage text,
    numerator bigint, denominator bigint, value numeric, definition_version text
);
create table indicators.control_values (
    night date, build_id uuid, indicator text, reading text, level text, org_unit_code text,
    numerator bigint, denominator bigint, value numeric
);
create table indicators.leaf_counts (
    night date, build_id uuid, level text, org_unit_code text, leaf_code text, filled bigint,
    declared_none bigint, invalid bigint, placeholder bigint, empty bigint, not_applicable bigint,
    not_due bigint,
    source_absent bigint
);
create table indicators.org_units (
    night date, build_id uuid, level text, org_unit_code text, org_unit_name text, parent_code text,
    oktmo_with_check text, school_count bigint, student_count bigint, sort_key text
);
create table indicators.school_successors (night date, build_id uuid, school_id text, successor_id text);
"""


@dataclass(frozen=True)
class Place:
    """A municipality or the state organisations."""

    code: str
    name: str
    oktmo: str | None
    schools: int
    pupils: int


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a catalogue."""
    with (ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def places(chance: random.Random) -> list[Place]:
    """The thirteen municipalities and the state organisations."""
    found = [
        Place(
            row["oktmo"],
            row["name"],
            row["oktmo_with_check"] or None,
            chance.randint(9, 38),
            chance.randint(2000, 30000),
        )
        for row in seed("municipalities")
    ]
    if all(place.code != "STATE" for place in found):
        found.append(
            Place("STATE", "Государственные организации, подведомственные Министерству", None, 9, 2459)
        )
    return found


def percent(numerator: int | None, denominator: int) -> Decimal | None:
    """100 · numerator / denominator with six decimals, half up."""
    if numerator is None or denominator == 0:
        return None
    return (Decimal(100 * numerator) / denominator).quantize(Decimal("1e-6"), ROUND_HALF_UP)


def make_tables(cursor: Any) -> None:
    """What dbt makes and the publication adds."""
    cursor.execute("set role o7_transformer")
    for path in sorted((ROOT / "dbt_project" / "seeds").glob("*.csv")):
        name, rows = path.stem, seed(path.stem)
        types = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["seeds"][0]["config"][
            "column_types"
        ]
        columns = ", ".join(f"{column} {types.get(column, 'text')}" for column in rows[0])
        cursor.execute(f"create table catalogue.{name} ({columns})")
        values = [tuple(value or None for value in row.values()) for row in rows]
        execute_values(cursor, f"insert into catalogue.{name} values %s", values)
    cursor.execute(TABLES + EXPLANATION_TABLES)
    cursor.execute("set role o7_gate")
    for views in sorted((ROOT / "o7_warehouse" / "views").glob("*.sql")):
        cursor.execute(views.read_text(encoding="utf-8"))
    cursor.execute("reset role")


def publish(cursor: Any, night: dt.date, *, incomplete: bool = False) -> None:
    """Publish a night; `incomplete` leaves 4.1 and a leaf without source, and gives a unit a hostile name."""
    run_id = str(uuid.UUID(int=night.toordinal()))
    # The figures differ from night to night and are the same in every run of the tests.
    chance = random.Random(night.toordinal())  # noqa: S311 - no secret
    units = places(random.Random(22))  # noqa: S311 - no secret
    if incomplete:
        units[-1] = replace(units[-1], name=HOSTILE)
    _unit_rows(cursor, night, run_id, units)
    rows = list(_figures(chance, units, incomplete=incomplete))
    _insert(cursor, "indicator_values", night, run_id, rows)
    _insert(cursor, "control_values", night, run_id, list(_controls(rows)))
    contingent = sum(unit.pupils for unit in units)
    leaves = list(_leaves(chance, contingent, incomplete=incomplete))
    _insert(cursor, "leaf_counts", night, run_id, [*leaves, *_leaves_of_units(leaves, units)])
    _audit(cursor, night, run_id)
    cursor.execute(
        """
        insert into published.night
            (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)
        values (%s, %s, %s, %s::date + interval '21 hours 10 minutes', 'T1', '1.0', '3f9c2ab')
        """,
        (night, run_id, run_id, night),
    )


def _unit_rows(cursor: Any, night: dt.date, run_id: str, units: list[Place]) -> None:
    schools, pupils = sum(unit.schools for unit in units), sum(unit.pupils for unit in units)
    rows: list[tuple[Any, ...]] = [
        ("region", REGION, "Кабардино-Балкарская Республика", None, "830000003", schools, pupils, "0")
    ]
    for place, unit in enumerate(units):
        rows.append(
            (
                "municipality",
                unit.code,
                unit.name,
                REGION,
                unit.oktmo,
                unit.schools,
                unit.pupils,
                f"1.{place:02}",
            )
        )
        rows += [
            (
                "school",
                f"{unit.code}-{number}",
                "школа",
                unit.code,
                None,
                1,
                100 if number else 0,
                f"2.{place:02}",
            )
            for number in range(unit.schools)
        ]
    _insert(cursor, "org_units", night, run_id, rows)


def _figures(chance: random.Random, units: list[Place], *, incomplete: bool) -> Iterator[tuple[Any, ...]]:
    for indicator, middle in SHARES.items():
        counts = {}
        for unit in units:
            denominator = unit.pupils if indicator != "4.3" else unit.pupils // 12
            counts[unit.code] = (round(denominator * (middle + chance.uniform(-0.12, 0.06))), denominator)
        if indicator == "4.4":
            # The two corners of rounding: all of them, and all but one.
            first, second = units[0].pupils, units[1].pupils
            counts |= {units[0].code: (first, first), units[1].code: (second - 1, second)}
        whole = (sum(n for n, _ in counts.values()), sum(d for _, d in counts.values()))
        stages = {}
        if indicator != "4.3":
            shares = {"ooo": 0.485, "soo": 0.08}
            stages = {stage: tuple(round(count * part) for count in whole) for stage, part in shares.items()}
            # A full night has pupils of an unreadable class, the incomplete one has none.
            stages["unknown"] = (0, 0) if incomplete else (3, 1047)
            told = [sum(column) for column in zip(*stages.values(), strict=True)]
            stages["noo"] = (whole[0] - told[0], whole[1] - told[1])
        absent = incomplete and indicator == "4.1"
        for level, code, stage, (numerator, denominator) in [
            ("region", REGION, "all", whole),
            *(("region", REGION, stage, pair) for stage, pair in stages.items()),
            *(("municipality", code, "all", pair) for code, pair in counts.items()),
        ]:
            shown = None if absent else numerator
            yield indicator, level, code, stage, shown, denominator, percent(shown, denominator), "1.0"


def _controls(figures: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for indicator, level, code, stage, numerator, denominator, _, _ in figures:
        if stage != "all":
            continue
        for reading, ordinal in control_readings(indicator):
            other = None if numerator is None else numerator * ordinal // 30
            yield indicator, reading, level, code, other, denominator, percent(other, denominator)


def _leaves(chance: random.Random, contingent: int, *, incomplete: bool) -> Iterator[tuple[Any, ...]]:
    for row in seed("profile_fields"):
        code = row["leaf_code"]
        if incomplete and code == "P36":
            yield "region", REGION, code, 0, 0, 0, 0, 0, 0, 0, contingent
            continue
        out = contingent * 9 // 10 if code in {"P35", "P37"} else contingent if code == "P38" else 0
        due = contingent - out
        filled = round(due * chance.betavariate(8, 2))
        invalid = min(round(due * 0.01), due - filled)
        placeholder = min(round(due * 0.003), due - filled - invalid)
        none = filled // 5 if row["declared_none_allowed"] == "true" else 0
        empty = due - filled - invalid - placeholder
        yield "region", REGION, code, filled - none, none, invalid, placeholder, empty, out, 0, 0


def _leaves_of_units(leaves: list[tuple[Any, ...]], units: list[Place]) -> Iterator[tuple[Any, ...]]:
    """The counts of the region shared out among its units, the rest to the first."""
    for _, _, code, *counts in leaves:
        for place, unit in enumerate(units):
            rest = 0 if place else 1
            yield (
                "municipality",
                unit.code,
                code,
                *(n // len(units) + rest * (n % len(units)) for n in counts),
            )


def _audit(cursor: Any, night: dt.date, run_id: str) -> None:
    execute_values(
        cursor,
        "insert into audit.row_account"
        " (run_id, night, entity, rows_in, rows_raw, rows_admitted, rows_quarantined) values %s",
        [
            (run_id, night, "student", 123456, 123456, 123400, 56),
            (run_id, night, "person", 123000, 123000, 123000, 0),
        ],
    )
    cursor.execute(
        """
        insert into audit.run (
            run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision
        ) values (%s, %s, 'extract', 'T1', 'test', '1.0', %s::date + interval '21 hours', '3f9c2ab')
        """,
        (run_id, night, night),
    )
    rules = list(all_rules(read_rules(ROOT)).values())
    keep_texts(cursor, rules, run_id=run_id)
    first = {rule.severity: rule.rule_id for rule in reversed(rules)}
    failing = {first[severity]: rows for severity, rows in FAILING.items()}
    execute_values(
        cursor,
        "insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome,"
        " rows_checked, rows_failed, gx_failed) values %s",
        [
            (run_id, night, rule.rule_id, rule.version, rule.entity, rule.severity, "fail" if failed else "pass",
             9, failed, failed)
            for rule in rules
            for failed in [failing.get(rule.rule_id, 0)]
        ],
    )  # fmt: skip


def _insert(cursor: Any, table: str, night: dt.date, run_id: str, rows: list[tuple[Any, ...]]) -> None:
    prefixed = [(night, run_id, *row) for row in rows]
    execute_values(cursor, f"insert into indicators.{table} values %s", prefixed)
