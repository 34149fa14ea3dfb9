"""The data dictionary and the business rules tell each night by the words and definitions it had."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import steps
from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import plain_yo
from o7_warehouse.report.render import render
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports import readback, republic
from tests.reports.conftest import copied, forget
from tests.reports.republic import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

RULE = "person.snils_unique"


@contextmanager
def changed(settings: Settings, change: str, back: str) -> Iterator[None]:
    """A warehouse that says something else while the block lasts."""
    try:
        _execute(settings, change)
        yield
    finally:
        _execute(settings, back)


def _execute(settings: Settings, statement: str) -> None:
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_rule_in_new_words_is_told_in_them_only_from_then_on(published: Settings, tmp_path: Path) -> None:
    """A night is told in the words its rules had, also after they were changed."""
    new_words = f"""
        insert into audit.rule_text (run_id, rule_id, place, columns, text, remedy, owner, legal_basis, leaf_code)
        select night.run_id, rule_id, place, columns, 'Новые слова', remedy, owner, legal_basis, leaf_code
        from audit.rule_text cross join published.night
        where rule_id = '{RULE}' and night.night = '{republic.INCOMPLETE}'
    """
    told = {}
    with changed(published, new_words, "delete from audit.rule_text where text = 'Новые слова'"):
        for night in (republic.NIGHT, republic.INCOMPLETE):
            sheets = readback.sheets(copied(published, "business_rules", night, tmp_path)[".xlsx"])
            [told[night]] = [row[4] for row in sheets["11"] if row[1] == RULE]

    assert told[republic.INCOMPLETE] == "Новые слова"
    assert told[republic.NIGHT] == plain_yo(all_rules(read_rules(ROOT))[RULE].text)


def test_a_rule_without_words_stops_the_report(published: Settings) -> None:
    """A rule that was evaluated and cannot be told is a hole, not a shorter list."""
    move = "update audit.rule_result set rule_id = '{}' where rule_id = '{}'"
    away, back = move.format("person.unheard", RULE), move.format(RULE, "person.unheard")

    with (
        changed(published, away, back),
        pytest.raises(ReportError, match=r"published\.field_rules has a row without 'columns'"),
    ):
        render(published, report_id="business_rules", night=republic.NIGHT)


def test_a_definition_is_told_from_its_first_night_on(published: Settings, tmp_path: Path) -> None:
    """A later row of a catalogue changes the reports of later nights and leaves the earlier ones as they were."""
    later = f"""
        insert into catalogue.interpretations
        select code, ordinal, question, 'Иначе.', legal_place, '{republic.INCOMPLETE}'
        from catalogue.interpretations where code = 'A1'
    """
    read = {}
    with changed(published, later, "delete from catalogue.interpretations where reading = 'Иначе.'"):
        for night in (republic.NIGHT, republic.INCOMPLETE):
            tables = readback.html_tables(copied(published, "business_rules", night, tmp_path)[".html"])
            read[night] = tables["4"][0][3]

    assert read[republic.INCOMPLETE] == "Иначе."
    assert read[republic.NIGHT] != "Иначе."


def test_a_night_that_is_run_again_renews_the_reports_that_were_asked_for(published: Settings) -> None:
    """What lies beside the statement tells the same build; what nobody asked for is not made."""
    folder = published.state / "reports" / republic.INCOMPLETE.isoformat()
    [page, *_] = render(published, report_id="business_rules", night=republic.INCOMPLETE)
    run_id = str(uuid.UUID(int=republic.INCOMPLETE.toordinal()))
    later = "update catalogue.interpretations set reading = reading || ' Иначе.' where code = 'A1'"
    back = "update catalogue.interpretations set reading = replace(reading, ' Иначе.', '') where code = 'A1'"

    with changed(published, later, back):
        steps.render_all(published, run_id)

    assert readback.html_tables(page)["4"][0][3].endswith("Иначе.")
    assert not (folder / "data_dictionary").exists()
    forget(published, "business_rules", republic.INCOMPLETE)
