"""A waived rule is silent below its ceiling and until its date, fails beyond them, and is counted all the same."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from o7_warehouse import runs
from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.settings import ROOT
from o7_warehouse.waivers import FILE
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.test_both_engines_agree import opened, results
from tests.expectations.world import NIGHT, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

THE_NIGHT = date.fromisoformat(NIGHT)
DAY = timedelta(days=1)
# The one rule of values that stops a night, a rule that stops none, and how they are broken.
CRITICAL, WARNING = "academic_year.order_of_days", "person.snils_check_digits"
BAD_SNILS = "112-233-445 94"
STATES = """
    select waiver_id, state, rows_failed::int, rows_in_scope::int, org_ids from audit.waiver_applied
    where run_id = %s order by waiver_id
"""


@pytest.fixture
def broken(clean_warehouse: Settings) -> Iterator[Settings]:
    """The clean world with two school years that end before they begin, and a wrong СНИЛС in each of three schools."""
    batch = str(uuid.uuid4())
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        years = [
            {"source_id": f"20{year}", "starts_on": "2025-09-01", "ends_on": "2024-08-31"}
            for year in (31, 32)
        ]
        write(cursor, "academic_year", *years, batch_id=batch)
        write(cursor, "organization", {"source_id": "o3", "municipality_oktmo": "83703000"}, batch_id=batch)
        people = [
            {"source_id": f"w-{org}", "org_id": org, "snils": BAD_SNILS[:-1] + str(place)}
            for place, org in enumerate(("o1", "o2", "o3"), start=6)
        ]
        write(cursor, "person", *people, batch_id=batch)
    yield clean_warehouse
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity in ("academic_year", "organization", "person"):
            cursor.execute(f"delete from raw_o7.{entity} where _batch_id = %s", (batch,))


def waived(settings: Settings, folder: Path, *waivers: dict[str, Any]) -> Settings:
    """The settings of a project that has these waivers."""
    for name in ("contracts", "dbt_project"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    common = {
        "who": "Министерство", "why": "Исправляется по обращению № 17", "since": THE_NIGHT, "until": THE_NIGHT,
        "rule": CRITICAL, "up_to": 2,
    }  # fmt: skip
    entries = [common | {"id": f"W-2025-{place:02}"} | one for place, one in enumerate(waivers, start=1)]
    (folder / FILE).write_text(yaml.safe_dump({"waivers": entries}, allow_unicode=True), encoding="utf-8")
    return replace(settings, root=folder)


def gated(settings: Settings) -> tuple[str, str]:
    """The run that went through the gate, and why the gate closed; empty when it did not."""
    run_id = opened(settings)
    try:
        gate_in(settings, run_id)
    except GateError as error:
        return run_id, str(error)
    return run_id, ""


def test_a_waived_rule_stops_no_night_and_keeps_its_true_count(broken: Settings, tmp_path: Path) -> None:
    settings = waived(
        broken, tmp_path, {}, {"rule": WARNING, "school": "o1"}, {"rule": WARNING, "school": "o9"},
        {"rule": "person.inn_unique", "municipality": "83703000"},
    )  # fmt: skip

    run_id, refused = gated(settings)

    assert refused == ""
    assert results(settings, run_id)[CRITICAL] == ("fail", 4, 2, 2)
    assert results(settings, run_id)[WARNING][:1] + results(settings, run_id)[WARNING][2:] == ("fail", 3, 3)
    assert asked(settings, STATES, (run_id,)) == [
        ("W-2025-01", "silent", 2, 2, None),
        ("W-2025-02", "silent", 3, 1, ["o1"]),
        ("W-2025-03", "silent", 3, 0, ["o9"]),
        ("W-2025-04", "silent", 0, 0, ["o3"]),
    ]
    assert asked(
        settings,
        "select count(*) from audit.failing_key where run_id = %s and rule_id = %s",
        (run_id, CRITICAL),
    ) == [(2,)]


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "state"),
    [
        pytest.param({"up_to": 1}, "exceeded", id="one row too many"),
        pytest.param({"since": THE_NIGHT - 9 * DAY, "until": THE_NIGHT - DAY}, "ended", id="the day after"),
        pytest.param({"since": THE_NIGHT + DAY, "until": THE_NIGHT + 9 * DAY}, None, id="before it begins"),
    ],
)
def test_beyond_its_waiver_a_rule_fails_like_any_other(
    broken: Settings, tmp_path: Path, change: dict[str, Any], state: str | None
) -> None:
    settings = waived(broken, tmp_path, change)

    run_id, refused = gated(settings)

    assert f"1 rules are critical and broken: {CRITICAL} (2 and 2)" in refused
    assert [row[1] for row in asked(settings, STATES, (run_id,))] == ([state] if state else [])
