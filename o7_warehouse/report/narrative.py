"""What the report says in sentences, filled from its report.yml: the findings and the method note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.errors import ReportError
from o7_warehouse.report import formats
from o7_warehouse.report.formats import NBSP, Absent, Count, bind
from o7_warehouse.report.row_sets import deviation, target_of, unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.report.figures import Indicator, Material, Night, Published
    from o7_warehouse.report.legend import Legend
    from o7_warehouse.report.letterhead import Letterhead
    from o7_warehouse.report.registry import Report

# A commit is told by its first digits, which name it as well; a hash of differing files after it stays whole.
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """One indicator on the first page: its figure at a glance, and the sentence that begins with `lead`."""

    code: str
    name: str
    short: str
    percent: str
    counts: str
    lead: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How an ambiguity of the order is read, and the indicators it concerns."""

    code: str
    indicators: str
    text: str


@dataclass(frozen=True, slots=True)
class Narrative:
    """All running text of a report; one that tells no figures has no findings and no readings."""

    heading: str
    subject: str
    intro: str
    method: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    versions: str = ""
    readings: tuple[Reading, ...] = ()
    legend: str = ""
    # What stands after the tables.
    closing: tuple[str, ...] = ()


def narrate(report: Report, material: Material, letterhead: Letterhead, legend: Legend) -> Narrative:
    """The running text for one night. Raises ReportError for a reading in force that has no words."""
    if material.figures is not None:
        return _narrate_figures(report, material.figures, letterhead, legend)
    words = _words(report, material)
    rounding = [report.text["rounding"].format(rounding=legend.rounding)] if "rounding" in report.text else []
    paragraphs = [_delivery(report, material.night), *rounding, *_pending(report, letterhead)]
    return Narrative(
        heading=report.text["heading"],
        subject=bind(report.text["subject"].format(**words)),
        intro=bind(report.text["intro"].format(**words)),
        method=tuple(bind(paragraph) for paragraph in paragraphs),
        legend=legend.sentence,
        closing=tuple(
            bind(line.format(**words)) for line in report.text.get("closing", "").splitlines() if line
        ),
    )


def _words(report: Report, material: Material) -> dict[str, str]:
    """What the sentences of a report without figures of its own may be filled with."""
    night, unit = material.night.night, material.unit
    quarter = Period.of(night, Kind.quarter)
    state = "period_over" if night == quarter.last_day else "period_open"
    words = {
        "night_words": formats.date_words(night),
        "period": quarter.name,
        "period_end": formats.date_digits(quarter.last_day),
    }
    if material.edition is not None:
        words["edition"] = material.edition
    words["period_state"] = report.text.get(state, "").format(**words)
    if unit is not None:
        words |= {
            "unit": formats.plain_yo(formats.capital(unit.name)),
            "schools": formats.count_text(unit.school_count),
            "pupils": formats.count_text(unit.student_count),
        }
    return words


def _narrate_figures(
    report: Report, published: Published, letterhead: Letterhead, legend: Legend
) -> Narrative:
    supply = published.supply
    words = {
        "schools_delivered": formats.count_text(supply.schools_delivered),
        "schools_expected": formats.count_text(supply.schools_expected),
        "schools_word": _form(report.word("words", "schools"), supply.schools_expected),
        "rounding": legend.rounding,
    }
    return Narrative(
        heading=report.text["heading"],
        subject=bind(report.text["subject"]),
        intro=bind(
            report.text["intro"].format(night_words=formats.date_words(published.night.night), **words)
        ),
        findings=tuple(_finding(report, published, indicator) for indicator in published.indicators),
        method=tuple(bind(paragraph) for paragraph in _method(report, published, letterhead, words)),
        versions=bind(
            report.text["versions"].format(
                versions=", ".join(f"{one.code} — {one.definition_version}" for one in published.indicators)
            )
        ),
        readings=_readings(published),
        legend=legend.sentence,
    )


def _method(
    report: Report, published: Published, letterhead: Letterhead, words: Mapping[str, str]
) -> list[str]:
    """How the figures came about: the delivery, what it left out, rounding, what still awaits a word."""
    supply = published.supply
    return [
        _delivery(report, published.night),
        report.text["supply"].format(
            **words,
            schools_share=formats.percent_text(
                formats.share_of(supply.schools_delivered, supply.schools_expected)
            ),
            rows_in=formats.count_text(supply.rows_in),
            rows_quarantined=formats.count_text(supply.rows_quarantined),
        ),
        report.text["rounding"].format(**words),
        *_pending(report, letterhead),
    ]


def _delivery(report: Report, night: Night) -> str:
    """What the report was made from."""
    return report.text["delivery"].format(
        night_words=formats.date_words(night.night),
        snapshot_at=formats.instant_text(night.snapshot_at),
        transport=report.word("transport", night.transport),
        contract_version=night.contract_version,
        code_revision=_COMMIT.sub(r"\1", night.code_revision),
    )


def _pending(report: Report, letterhead: Letterhead) -> list[str]:
    """What still awaits a native speaker's word."""
    return [report.text["letterhead"]] if letterhead.awaits_approval else []


def _finding(report: Report, published: Published, indicator: Indicator) -> Finding:
    share = published.share(indicator.code)
    words = {"code": indicator.code, "name": report.word("short", indicator.code)}
    lead = report.text["finding_lead"].format(**words, share=formats.percent_text(share))
    if isinstance(share.value, Absent):
        why = share.value.value
        lead, sentence = report.text[f"finding_lead_{why}"].format(**words), report.text[f"finding_{why}"]
    else:
        sentence = report.text["finding"].format(
            clause=report.word("clause", indicator.code).format(
                numerator=formats.count_text(share.numerator),
                denominator=formats.count_text(share.denominator),
                people=_form(report.word("people", indicator.code), share.denominator),
            ),
            target=_target(report, published, indicator),
            extremes=_extremes(report, published, indicator),
        )
    return Finding(
        code=indicator.code,
        name=indicator.name,
        short=report.word("short", indicator.code),
        percent=formats.percent_text(share),
        counts=f"{formats.count_text(share.numerator)} из{NBSP}{formats.count_text(share.denominator)}",
        lead=bind(lead),
        sentence=bind(sentence.strip()),
    )


def _target(report: Report, published: Published, indicator: Indicator) -> str:
    target = target_of(indicator, published.night.night)
    if target is None:
        return report.text["target_none"]
    gap = deviation(published.share(indicator.code), target.value)
    words = {"year": target.year, "target": f"{formats.decimal_text(target.value)}{NBSP}%"}
    if isinstance(gap, Absent) or gap >= 0:
        return report.text["target_reached"].format(**words)
    return report.text["target_short"].format(**words, gap=formats.decimal_text(-gap))


def _extremes(report: Report, published: Published, indicator: Indicator) -> str:
    """The best and the worst municipality; nothing when they do not differ."""
    ranked = [row for row in unit_rows(published, report, indicator) if isinstance(row.rank, int)]
    ordered = sorted(ranked, key=lambda row: (row.rank, int(row.number)))
    if not ordered or ordered[0].rank == ordered[-1].rank:
        return ""
    return report.text["extremes"].format(
        best=ordered[0].name,
        best_share=formats.percent_text(ordered[0].share),
        worst=ordered[-1].name,
        worst_share=formats.percent_text(ordered[-1].share),
    )


def _readings(published: Published) -> tuple[Reading, ...]:
    in_force = {code for indicator in published.indicators for code in indicator.readings}
    untold = sorted(in_force - set(published.interpretations))
    if untold:
        raise ReportError(
            f"indicators.csv: readings {', '.join(untold)} are in force on {published.night.night}, but no row of "
            f"interpretations.csv tells them. The method note would keep them from its reader. Add the rows."
        )
    return tuple(
        Reading(
            code=code,
            indicators=_span([one.code for one in published.indicators if code in one.readings], published),
            text=bind(text),
        )
        for code, text in published.interpretations.items()
        if code in in_force
    )


def _span(codes: list[str], published: Published) -> str:
    """`4.1, 4.2`; all indicators as `4.1–4.4`."""
    return f"{codes[0]}–{codes[-1]}" if len(codes) == len(published.indicators) else ", ".join(codes)


def _form(forms: str, number: Count) -> str:
    one, few, many = forms.split("|")
    return many if isinstance(number, Absent) else formats.plural(number, one, few, many)
