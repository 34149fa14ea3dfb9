"""The digest in Russian sentences, as it goes into a mail, and as JSON for a program."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from o7_warehouse.json_text import json_text
from o7_warehouse.report.formats import count_text, date_digits, date_words, plural

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from o7_warehouse.digest.read import AsideChange, Digest, RuleChange, WaiverChange

NO_CHANGES: Final = "Изменений нет."
FIRST: Final = "Первая опубликованная ночь: сравнивать не с чем."
# A digest is read in a minute; the rest stands in ./o7 digest --format json.
MOST_RULES: Final = 15
OLDEST_RULES: Final = 5
WAIVER_WORDS: Final = {
    "began": "начала действовать: до {until}, не больше {ceiling}; сейчас {rows}",
    "exceeded": "превышена: {rows} при пределе {ceiling}",
    "ended": "закончилась {until}, а требование не выполняют {rows}",
    "withdrawn": "отозвана",
    "ends_soon": "закончится {until} (осталось {left}); сейчас {rows} при пределе {ceiling}",
}


def as_text(digest: Digest) -> str:
    """The whole digest; ends with a line's end."""
    return "\n".join(_lines(digest)) + "\n"


def as_json(digest: Digest) -> str:
    """The same facts for a program, every rule with open or mended rows among them; ends with a line's end."""
    content = asdict(digest) | {"has_changes": digest.has_changes}
    return json_text(content, sort_keys=True) + "\n"


def _lines(digest: Digest) -> Iterator[str]:
    yield f"Сводка ночи {date_words(digest.night)}"
    if digest.previous_night is None:
        yield FIRST
    else:
        yield f"Сравнение с ночью {date_words(digest.previous_night)}"
        yield ""
        if not digest.has_changes:
            yield NO_CHANGES
        yield from _changes(digest)
    yield ""
    yield from _standing(digest)


def _changes(digest: Digest) -> Iterator[str]:
    changed = digest.changed_rules
    if changed:
        opened, mended = (
            sum(rule.opened for rule in changed),
            sum(rule.mended for rule in changed),
        )
        yield f"ТРЕБОВАНИЯ К ПОЛЯМ: новых замечаний {count_text(opened)}, исправлено {count_text(mended)}"
        for rule in changed[:MOST_RULES]:
            yield from _rule(rule, digest.night)
        if len(changed) > MOST_RULES:
            rest = len(changed) - MOST_RULES
            yield f"  … и ещё {rest} {plural(rest, 'правило', 'правила', 'правил')}"
    moved = [one for one in digest.aside if one.put_aside or one.released]
    if moved:
        yield "КАРАНТИН (строк)"
        yield from (_aside(one) for one in moved)
    if digest.waivers:
        yield "ОТСРОЧКИ"
        yield from (_waiver(one, digest.night) for one in digest.waivers)
    yield from _checked(digest)
    if digest.gone_rules:
        yield f"СНЯТЫ ПРАВИЛА: {', '.join(rule.rule_id for rule in digest.gone_rules)}"


def _rule(rule: RuleChange, night: dt.date) -> Iterator[str]:
    yield f"  • {rule.text} ({rule.rule_id})"
    now = f"открыто {count_text(rule.open_now)}"
    if rule.schools:
        now += f" (школ: {count_text(rule.schools)})"
    if rule.oldest_night is None:
        now = "открытых не осталось"
    elif rule.oldest_night != night:
        now += f", самому давнему {_nights(rule.oldest_night, night)}"
    yield f"    новых {count_text(rule.opened)}, исправлено {count_text(rule.mended)}, {now}. Отвечает: {rule.owner}"


def _aside(one: AsideChange) -> str:
    return (
        f"  • {one.section}: помещено {count_text(one.put_aside)}, вышло {count_text(one.released)}, "
        f"остаётся {count_text(one.put_aside + one.still_aside)}"
    )


def _waiver(one: WaiverChange, night: dt.date) -> str:
    left = (one.until - night).days
    words = WAIVER_WORDS[one.told].format(
        until=date_digits(one.until),
        ceiling=_rows(one.ceiling),
        rows=_rows(one.rows_in_scope),
        left=f"{left} {plural(left, 'ночь', 'ночи', 'ночей')}",
    )
    return f"  • {one.waiver_id} ({one.rule_id}) {words}"


def _checked(digest: Digest) -> Iterator[str]:
    lost = digest.unchecked.keys() - digest.unchecked_before.keys()
    found = digest.unchecked_before.keys() - digest.unchecked.keys()
    for title, rules, sections in (
        ("ПЕРЕСТАЛИ ПРОВЕРЯТЬСЯ", lost, digest.unchecked),
        ("СНОВА ПРОВЕРЯЮТСЯ", found, digest.unchecked_before),
    ):
        if rules:
            named = ", ".join(sorted({sections[rule_id] for rule_id in rules}))
            yield f"{title}: {len(rules)} {plural(len(rules), 'правило', 'правила', 'правил')} ({named})"


def _standing(digest: Digest) -> Iterator[str]:
    """How things stand, whether or not they changed."""
    open_rules = [rule for rule in digest.rules if rule.outcome and rule.open_now]
    total = sum(rule.open_now for rule in open_rules)
    yield f"Всего открыто замечаний: {count_text(total)}, правил: {count_text(len(open_rules))}."
    lasting = [rule for rule in open_rules if rule.oldest_night and rule.oldest_night < digest.night]
    if lasting:
        yield "Дольше всего открыто:"
        for rule in sorted(lasting, key=lambda one: (one.oldest_night, -one.open_now, one.rule_id))[
            :OLDEST_RULES
        ]:
            since = rule.oldest_night or digest.night
            yield f"  • {rule.text} — {_nights(since, digest.night)}, с {date_digits(since)}"
    aside = sum(one.put_aside + one.still_aside for one in digest.aside)
    yield f"В карантине строк: {count_text(aside)}."
    if waived := sum(rule.waived for rule in digest.rules):
        yield f"Под отсрочкой замечаний: {count_text(waived)}."
    if digest.unchecked:
        count = len(digest.unchecked)
        yield f"Не проверялось правил: {count} ({', '.join(sorted(set(digest.unchecked.values())))})."


def _nights(since: dt.date, night: dt.date) -> str:
    count = (night - since).days + 1
    return f"{count} {plural(count, 'ночь', 'ночи', 'ночей')}"


def _rows(count: int) -> str:
    return f"{count_text(count)} {plural(count, 'строка', 'строки', 'строк')}"
