"""The folder of pages: which pages there are, and what stands on each besides its tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.audit_pages import drawings, sections, words
from o7_warehouse.audit_pages.html import Page, assets, page_html
from o7_warehouse.audit_pages.outcomes import OUTCOMES
from o7_warehouse.audit_pages.tables_rules import key_pages_of, keys_note, requirement, rule_address
from o7_warehouse.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from o7_warehouse.audit_pages.journal import Rule
    from o7_warehouse.audit_pages.material import Material

# A rule's name becomes a file's name.
_NAME: Final = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
RULES: Final = "rules.html"


def files(material: Material, *, has_book: bool) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder with its content; ``has_book``: whether the workbook will lie beside them.

    Raises AuditError for a rule whose name is no name of a file.
    """
    context = {
        "menu": words.MENU,
        "newest": material.newest.night,
        "oldest": material.journal.day(0),
        "last": material.journal.nights[-1].night,
        "digest": material.digest,
        "outcomes": OUTCOMES,
    }
    yield from assets().items()
    contents = (*words.CONTENTS, words.BOOK) if has_book else words.CONTENTS
    for page in (*_shared(material, contents), *_by_rule(material)):
        yield page.address, page_html(page, context)


def _shared(material: Material, contents: Sequence[tuple[str, str, str]]) -> Iterator[Page]:
    tables = material.shared
    counts = material.journal.counts(material.journal.latest)
    yield Page(
        "index.html", "index.html", "Журнал проверок", (tables["outcomes"],), words.overview(material), "index",
        {
            "alarm": words.alarm(material),
            "counts": [(one, counts.get(one, 0)) for one in OUTCOMES],
            "contents": contents,
        },
    )  # fmt: skip
    for address, title, chosen, paragraphs, has_legend in (
        (RULES, "Правила", ("rules",), sections.of_rules(material), False),
        ("matrix.html", "Правила и ночи", ("matrix",), sections.of_matrix(material), True),
        ("changes.html", "Изменения", [name for name in tables if name.startswith("changes-")],
         sections.of_changes(material), False),
        ("nights.html", "Ночи и запуски", ("nights",), sections.of_nights(material), False),
        ("quarantine.html", "Карантин", ("quarantine-entities", "quarantine-schools"),
         sections.of_quarantine(material), False),
        ("waivers.html", "Отсрочки", ("waivers", "waivers-nights"), sections.of_waivers(material), False),
        ("coverage.html", "Покрытие правилами", ("coverage", "columns"), sections.of_coverage(material), False),
        ("seals.html", "Печати и подписи", ("signed", "findings", "seals"), sections.of_seals(material), False),
    ):  # fmt: skip
        yield Page(
            address, address, title, tuple(tables[name] for name in chosen), tuple(paragraphs),
            more={"has_legend": has_legend},
        )  # fmt: skip


def _by_rule(material: Material) -> Iterator[Page]:
    for rule in material.journal.rules:
        if not _NAME.fullmatch(rule.rule_id):
            raise AuditError(
                f"audit.rule_result holds a rule named {rule.rule_id[:80]!r}, which no rule can be named, so somebody "
                "else wrote it. A page of that name could lie anywhere. Run ./o7 audit verify."
            )
        key_pages = [(_keys_address(rule, place), f"Ключи, страница {place}")
                     for place in range(1, key_pages_of(rule, material.issues) + 1)]  # fmt: skip
        if len(key_pages) == 1:
            key_pages = [(key_pages[0][0], "Ключи строк")]
        more: dict[str, Any] = {
            "rule": rule, "rule_address": rule_address(rule), "key_pages": key_pages,
            "keys_note": keys_note(rule, material.issues),
        }  # fmt: skip
        drawn = {
            "facts": sections.facts(material, rule), "drawing": drawings.history(rule), "course": sections.course(rule)
        }  # fmt: skip
        yield Page(
            rule_address(rule),
            RULES,
            requirement(rule),
            material.by_rule[rule.rule_id],
            (),
            "rule",
            more | drawn,
        )
        for (address, _), table in zip(key_pages, material.keys(rule), strict=True):
            yield Page(
                address,
                RULES,
                f"Ключи: {requirement(rule)}",
                (table,),
                sections.of_keys(material, rule),
                "keys",
                more,
            )


def _keys_address(rule: Rule, number: int) -> str:
    return f"keys/{rule.rule_id}{'' if number == 1 else f'-{number}'}.html"
