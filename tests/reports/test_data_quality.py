"""The auditors' document: every rule of the night with its outcome, and nothing the audit does not hold."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.contract import read_contract
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.render import render
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction
from tests.reports import printed, readback
from tests.reports.small_republic import NIGHT

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

REPORT = "data_quality"
RUN = str(uuid.UUID(int=NIGHT.toordinal()))
OUTCOMES = {"pass": "пройдена", "fail": "есть замечания", "error": "ошибка при проверке"}


@pytest.fixture(scope="module")
def told(few: Settings) -> dict[str, list[list[str]]]:
    """The tables of the page on a night with something of everything."""
    with transaction(few, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.contract_finding values"
            " (%s, 'class', 'shade', 'column_unknown', 'warning', 'm'),"
            " (%s, 'delivery', '', 'column_order', 'notice', 'm')",
            (RUN, RUN),
        )
        cursor.execute(
            "insert into published.aside_versions values ('student', %s, '07-001', %s, 'infinity', 3)",
            (str(uuid.UUID(int=1)), NIGHT),
        )
        cursor.execute(
            "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
            " ceiling, since, until, granted_by, reason) values"
            " (%s, %s, 'w-1', 'person.snils_check_digits', 'silent', 5, 4, 10, %s, %s, 'министерство', 'сверка')",
            (RUN, NIGHT, NIGHT, NIGHT),
        )
        cursor.execute(
            "update audit.rule_result set outcome = 'error', rows_checked = null, rows_failed = null"
            " where run_id = %s and rule_id = 'class.name'",
            (RUN,),
        )
    files = {path.suffix: path for path in render(few, report_id=REPORT, night=NIGHT)}
    return printed.html(files[".html"])


def results(few: Settings) -> dict[str, tuple[str, str, int | None]]:
    """Rule -> severity, outcome and rows that break it, as the audit has them."""
    with transaction(few, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select rule_id, severity, outcome, rows_failed from audit.rule_result where run_id = %s", (RUN,)
        )
        return {rule_id: (severity, outcome, rows) for rule_id, severity, outcome, rows in cursor.fetchall()}


def test_every_rule_of_the_night_is_told_with_its_outcome(
    few: Settings, told: dict[str, list[list[str]]]
) -> None:
    found = {row[0]: row[-1] for row in told["8"]}

    wanted = {
        rule_id: OUTCOMES.get(outcome, "ошибка при проверке")
        for rule_id, (_, outcome, _) in results(few).items()
    }
    assert len(wanted) > 300
    assert found == wanted


def test_failures_add_up_by_severity_entity_and_rule(few: Settings, told: dict[str, list[list[str]]]) -> None:
    """The same rows in tables 1, 2 and 6, and in the audit; the gravest first."""
    rows = sum(failed or 0 for _, _, failed in results(few).values())

    assert [row[0].split()[0] for row in told["1"]] == ["Критические", "Предупреждения", "Справочные"]
    for number, place in (("1", -1), ("2", 4), ("6", 4)):
        assert sum(int(readback.tight(row[place])) for row in told[number]) == rows > 0, number
    assert {row[0] for row in told["6"]} == {
        rule_id for rule_id, (_, outcome, _) in results(few).items() if outcome == "fail"
    }


def test_a_rule_that_was_not_judged_is_not_passed_over(told: dict[str, list[list[str]]]) -> None:
    assert [(row[0], row[2]) for row in told["7"]] == [("class.name", "ошибка при проверке")]


def test_quarantine_waivers_and_drift_are_told_in_words(told: dict[str, list[list[str]]]) -> None:
    assert told["3"] == [["Карточки обучающихся", "3", "0", "0", "15.12.2025"]]
    assert told["4"] == [["w-1", "person.snils_check_digits", "действует", "4", "10", "15.12.2025", "сверка"]]
    assert [row[:4] for row in told["5"]] == [
        ["Порядок полей иной, чем в контракте", "Поставка в целом", "х", "к сведению"],
        ["Поле, которого нет в контракте", "Классы", "shade", "предупреждение"],
    ]


def test_whatever_a_check_of_the_delivery_finds_has_its_word() -> None:
    """Every name a check has in the program, and every entity of the contract."""
    labels = load_report(REPORT).labels
    program = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "o7_warehouse").rglob("*.py"))
    checks = set(re.findall(r'\bcheck="([a-z_]+)"', program))

    assert len(checks) > 20
    assert checks - set(labels["check"]) == set()
    assert {entity.name for entity in read_contract(ROOT).entities} - set(labels["entity"]) == set()


def test_the_document_names_no_key_and_no_school(told: dict[str, list[list[str]]]) -> None:
    """Counts only: who broke what is for the auditor's pages."""
    text = "".join(cell for rows in told.values() for row in rows for cell in row)

    assert not re.search(r"07-0|[0-9a-f]{8}-", text)
