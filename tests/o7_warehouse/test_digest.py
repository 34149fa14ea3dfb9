"""The digest of a night tells every change once, and a quiet night in one sentence."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from o7_warehouse import steps
from o7_warehouse.digest.read import AsideChange, Digest, RuleChange, WaiverChange, read_digest
from o7_warehouse.digest.words import MOST_RULES, as_json, as_text
from o7_warehouse.digest.write import write_digest
from o7_warehouse.errors import CommandError
from tests.o7_warehouse.builds import Build, Pupil
from tests.o7_warehouse.built_warehouse import pass_both
from tests.o7_warehouse.said import PLACED, RULES, Said, evaluated, key

NIGHTS = [dt.date(2025, 12, 15) + dt.timedelta(days=days) for days in range(4)]
UNTIL = dt.date(2025, 12, 29)  # 14 nights after the first, 13 after the second
SNILS = "person.snils"
RULE = RuleChange(
    rule_id=SNILS, text="СНИЛС верен", owner="Школа", outcome="fail", opened=0, mended=0, still_open=0, waived=0,
    oldest_night=None, schools=0,
)  # fmt: skip
QUIET = Digest(
    night=NIGHTS[1], previous_night=NIGHTS[0], rules=(), aside=(), waivers=(), unchecked={}, unchecked_before={}
)  # fmt: skip


def changed(given: Any, **fields: Any) -> Any:
    """The same with other fields."""
    return type(given)(**({name: getattr(given, name) for name in given.__dataclass_fields__} | fields))


def text_of(digest: Digest) -> str:
    return as_text(digest).replace("\N{NO-BREAK SPACE}", " ")


def waive(cursor: Any, night: dt.date, state: str, rows: int = 1, **other: Any) -> None:
    """Write what the gate says of a waiver in the run that stands for the night."""
    given = {"waiver_id": "W-2025-01", "rule_id": SNILS, "until": UNTIL, "org_ids": None} | other
    cursor.execute(
        "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
        " ceiling, since, until, granted_by, reason, org_ids)"
        " select run_id, night, %(waiver_id)s, %(rule_id)s, %(state)s, %(rows)s, %(rows)s, 5, '2025-12-01', %(until)s,"
        " 'кто', 'почему', %(org_ids)s from published.night where night = %(night)s",
        given | {"night": night, "state": state, "rows": rows},
    )


def test_a_night_without_changes_says_so(settings, views):
    for night in NIGHTS[:2]:
        Said(night, *evaluated(key(SNILS, 1), key(PLACED, 2))).publish(views)

    digest = read_digest(settings, NIGHTS[1])

    assert not digest.has_changes
    assert text_of(digest).splitlines()[3] == "Изменений нет."
    assert "Всего открыто замечаний: 2, правил: 2." in text_of(digest)
    assert "2 ночи, с 15.12.2025" in text_of(digest)


def test_the_first_night_has_nothing_to_compare_with(settings, views):
    Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)

    digest = read_digest(settings, NIGHTS[0])

    assert not digest.has_changes
    assert "Изменений нет" not in text_of(digest)
    assert "сравнивать не с чем" in text_of(digest)
    assert "Всего открыто замечаний: 1, правил: 1." in text_of(digest)


def test_what_began_what_was_mended_and_what_goes_on_is_counted_by_rule(settings, views):
    Said(NIGHTS[0], *evaluated(key(SNILS, 1), key(SNILS, 2), key("person.inn", 3))).publish(views)
    Said(NIGHTS[1], *evaluated(key(SNILS, 2), key(SNILS, 4, "school-2"))).publish(views)

    [snils, inn] = read_digest(settings, NIGHTS[1]).changed_rules

    assert (snils.rule_id, snils.opened, snils.mended, snils.still_open) == (SNILS, 1, 1, 1)
    assert (snils.oldest_night, snils.schools) == (NIGHTS[0], 2)
    assert (inn.rule_id, inn.opened, inn.mended, inn.open_now) == ("person.inn", 0, 1, 0)


def test_rows_in_quarantine_and_out_of_it_are_told(settings, views):
    Said(NIGHTS[0], *evaluated(key(PLACED, 1), key(PLACED, 2))).publish(views)
    Said(NIGHTS[1], *evaluated(key(PLACED, 2), key(PLACED, 3), key(PLACED, 4))).publish(views)

    assert "• Основные сведения: помещено 4, вышло 2, остаётся 6" in text_of(read_digest(settings, NIGHTS[1]))
    assert "В карантине строк: 6." in text_of(read_digest(settings, NIGHTS[1]))


def test_a_rule_that_could_not_be_evaluated_is_told_once_and_mends_nothing(settings, views):
    unknown = dict.fromkeys(RULES, "not_evaluated")
    Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)
    Said(NIGHTS[1], unknown).publish(views)
    Said(NIGHTS[2], unknown).publish(views)
    Said(NIGHTS[3], *evaluated(key(SNILS, 1))).publish(views)

    lost, quiet, found = (text_of(read_digest(settings, night)) for night in NIGHTS[1:])

    assert "ПЕРЕСТАЛИ ПРОВЕРЯТЬСЯ: 3 правила (Основные сведения)" in lost
    assert "Изменений нет." in quiet
    assert "Не проверялось правил: 3" in quiet
    assert "СНОВА ПРОВЕРЯЮТСЯ: 3 правила (Основные сведения)" in found
    assert all("исправлено" not in text and "замечаний: 1," in text for text in (lost, quiet, found))


def test_a_rule_that_is_gone_has_mended_nothing(settings, views):
    Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)
    Said(NIGHTS[1], {"person.inn": "pass"}).publish(views)

    text = text_of(read_digest(settings, NIGHTS[1]))

    assert f"СНЯТЫ ПРАВИЛА: {SNILS}" in text
    assert "исправлено" not in text
    assert "Всего открыто замечаний: 0" in text


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        pytest.param(None, ("silent", 3), "начала действовать: до 29.12.2025, не больше 5 строк; сейчас 3 строки",
                     id="it began"),
        pytest.param(("silent", 3), ("exceeded", 6), "превышена: 6 строк при пределе 5 строк", id="it is exceeded"),
        pytest.param(("silent", 3), ("ended", 1), "закончилась 29.12.2025, а требование не выполняют 1 строка",
                     id="it has ended"),
        pytest.param(("silent", 3), None, "отозвана", id="it was withdrawn"),
        pytest.param(("ended", 3), None, "", id="it was withdrawn after its end"),
        pytest.param(("silent", 3), ("ended", 0), "", id="it has ended and nothing is left"),
        pytest.param(("exceeded", 6), ("exceeded", 7), "", id="it stays exceeded"),
        pytest.param(("ended", 6), ("ended", 7), "", id="it ended long ago"),
    ],
)  # fmt: skip
def test_a_waiver_is_told_when_its_state_changes(settings, views, before, now, says):
    for night, state in zip(NIGHTS[1:3], (before, now), strict=True):
        Said(night, *evaluated()).publish(views)
        if state:
            waive(views, night, *state)

    text = text_of(read_digest(settings, NIGHTS[2]))

    assert says in text
    assert ("Изменений нет." in text) is not bool(says)
    assert ("ОТСРОЧКИ" in text) is bool(says)


def test_a_waiver_that_will_end_is_told_on_the_nights_that_matter(settings, views):
    """14, 7, 3 nights and one night before its end; between them it is silent, and a missed night loses no word."""
    end = dt.date(2025, 12, 29)
    told = []
    for days in (15, 14, 13, 8, 6, 5, 4, 2, 1, 0):
        night = end - dt.timedelta(days=days)
        Said(night, *evaluated()).publish(views)
        waive(views, night, "silent", until=end)
        if "закончится 29.12.2025" in text_of(read_digest(settings, night)):
            told.append(days)

    assert told == [14, 6, 2, 1]


def test_what_a_waiver_keeps_silent_is_no_news(settings, views):
    Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)
    waive(views, NIGHTS[0], "silent", 1, org_ids=["school-1"])
    Said(NIGHTS[1], *evaluated(key(SNILS, 2), key(SNILS, 3))).publish(views)
    waive(views, NIGHTS[1], "silent", 2, org_ids=["school-1"])

    digest = read_digest(settings, NIGHTS[1])

    assert not digest.has_changes
    assert "Под отсрочкой замечаний: 2." in text_of(digest)
    assert "Всего открыто замечаний: 0" in text_of(digest)

    # The row of a school outside the waiver's scope is.
    Said(NIGHTS[2], *evaluated(key(SNILS, 2), key(SNILS, 3), key(SNILS, 4, "school-2"))).publish(views)
    waive(views, NIGHTS[2], "silent", 2, org_ids=["school-1"])

    [rule] = read_digest(settings, NIGHTS[2]).changed_rules
    assert (rule.opened, rule.still_open, rule.waived, rule.schools) == (1, 0, 2, 1)


def test_an_exceeded_waiver_keeps_nothing_silent(settings, views):
    Said(NIGHTS[0], *evaluated()).publish(views)
    Said(NIGHTS[1], *evaluated(*(key(SNILS, number) for number in range(6)))).publish(views)
    waive(views, NIGHTS[1], "exceeded", 6)

    [rule] = read_digest(settings, NIGHTS[1]).changed_rules

    assert (rule.opened, rule.waived) == (6, 0)


def test_a_run_that_published_its_night_leaves_the_digest_and_one_that_did_not_leaves_none(settings, views):
    Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)
    views.execute("select run_id::text from published.night")
    [(run_id,)] = views.fetchall()

    paths = write_digest(settings, run_id)

    assert [path.name for path in paths] == [
        f"КБР_ЦЗ_сводка_ночи_2025-12-15.{form}" for form in ("txt", "json")
    ]
    assert paths[0].read_text(encoding="utf-8") == as_text(read_digest(settings, NIGHTS[0]))
    views.execute("select run_id::text, report_id, path from audit.report_file order by format desc")
    assert views.fetchall() == [(run_id, "digest", str(path.relative_to(settings.state))) for path in paths]
    assert write_digest(settings, str(uuid.uuid4())) == []


def test_a_digest_that_cannot_be_written_closes_the_night_as_failed_and_says_why(settings, views):
    build = Build(NIGHTS[3], [Pupil(1)])
    pass_both(settings, views, build)
    blocked = settings.state / "reports" / NIGHTS[3].isoformat()
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("a file where the folder should be", encoding="utf-8")

    failure = steps.close_night(settings, build.run_id, unfinished=[])

    blocked.unlink()
    assert failure is not None
    assert (failure.step, failure.error) == ("close_night", "ReportError")
    assert "The figures are published and stay" in failure.message
    assert steps.outcome(settings, build.run_id) == "failed"


def test_a_night_that_is_not_published_is_refused(settings, views):
    assert views
    with pytest.raises(CommandError, match="2025-12-15 is not published"):
        read_digest(settings, NIGHTS[0])


def test_the_counts_of_a_rule_are_written_in_russian():
    rule = changed(RULE, opened=1021, mended=3, still_open=4, schools=2, oldest_night=dt.date(2025, 12, 12))

    assert text_of(changed(QUIET, rules=(rule,))).splitlines()[3:6] == [
        "ТРЕБОВАНИЯ К ПОЛЯМ: новых замечаний 1 021, исправлено 3",
        "  • СНИЛС верен (person.snils)",
        "    новых 1 021, исправлено 3, открыто 1 025 (школ: 2), самому давнему 5 ночей. Отвечает: Школа",
    ]


def test_a_rule_of_which_nothing_is_left_is_told_so():
    text = text_of(changed(QUIET, rules=(changed(RULE, outcome="pass", mended=2),)))

    assert "новых 0, исправлено 2, открытых не осталось. Отвечает: Школа" in text


def test_many_rules_are_cut_to_a_minute_s_reading_and_the_rest_is_counted():
    rules = tuple(changed(RULE, rule_id=f"person.r{number}", opened=1) for number in range(MOST_RULES + 2))

    text = text_of(changed(QUIET, rules=rules))

    assert text.count("  • ") == MOST_RULES
    assert "… и ещё 2 правила" in text
    assert len(json.loads(as_json(changed(QUIET, rules=rules)))["rules"]) == MOST_RULES + 2


def test_the_same_facts_stand_in_json():
    aside = AsideChange(entity="person", section="Основные сведения", put_aside=1, released=0, still_aside=0,
                        oldest_night=NIGHTS[1])  # fmt: skip
    waiver = WaiverChange(
        waiver_id="W-2025-01", rule_id=SNILS, told="began", until=UNTIL, rows_in_scope=1, ceiling=5
    )

    content = json.loads(as_json(changed(QUIET, aside=(aside,), waivers=(waiver,))))

    assert content["has_changes"] is True
    assert (content["night"], content["previous_night"]) == ("2025-12-16", "2025-12-15")
    assert content["aside"][0]["oldest_night"] == "2025-12-16"
    assert content["waivers"][0]["told"] == "began"


def test_a_run_has_no_name_in_the_digest(settings, views):
    """A night that is run again by another run must give the same bytes."""
    digests = []
    for _ in range(2):
        Said(NIGHTS[0], *evaluated(key(SNILS, 1))).publish(views)
        digest = read_digest(settings, NIGHTS[0])
        digests.append(as_text(digest) + as_json(digest))

    assert digests[0] == digests[1]
    assert not any(str(uuid.UUID(word)) in digests[0] for word in digests[0].split() if len(word) == 36)
