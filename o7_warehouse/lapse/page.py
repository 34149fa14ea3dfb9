"""The page of a month: how the four indicators went, and what became of every delivery."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from markupsafe import Markup

from o7_warehouse.portal.drawings import course
from o7_warehouse.report import formats
from o7_warehouse.report.registry import REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.lapse.month import Month
    from o7_warehouse.lapse.play import Played

TRANSPORT = {"files": "файлы", "replica": "реплика", "silence": "нет связи"}
ENDED = {
    "published": "опубликована",
    "refused": "отклонена, опубликованное не изменилось",
    "unavailable": "источник недоступен, опубликованное не изменилось",
}
ORDINARY, NEVER_CAME, NOTHING = "обычная ночь", "Ночь не поставлена", "–"
INDICATORS = ("4.1", "4.2", "4.3", "4.4")


@dataclass(frozen=True, slots=True)
class Course:
    """How an indicator of the republic went: its first and its last value, and a drawing of all."""

    indicator: str
    first: str
    last: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of deliveries."""

    night: dt.date
    happened: str
    transport: str
    ended: str
    built: str
    seconds: str


def month_page(month: Month, played: Sequence[Played]) -> str:
    """One HTML file that reads nothing from outside. Raises ReportError for a hole in the template."""
    last = max(one.delivery.night for one in played)
    return render_template(
        "lapse.html.j2",
        {
            "doc": {"title": "Месяц ночей", "night": {"night": dt.date.fromisoformat(last)}},
            "pupils": formats.count_text(month.size.pupils),
            "nights": formats.count_text(month.size.nights),
            "seed": str(month.size.seed),
            "courses": [_course(month, played, code) for code in INDICATORS],
            "lines": _lines(month, played),
            "faces": "",
            "style": Markup((REPORTS / "portal" / "portal.css").read_text("utf-8")),  # noqa: S704 - reviewed code
        },
    )


def _course(month: Month, played: Sequence[Played], code: str) -> Course:
    """The republic on every night that was published; each value was held against the warehouse's own."""
    nights = sorted({one.delivery.night for one in played if one.delivery.ends == "published"})
    figures = [
        (dt.date.fromisoformat(night), row)
        for night in nights
        for row in month.truth[night]["indicators"]
        if row["level"] == "region" and row["indicator"] == code
    ]
    first, last = (
        formats.percent_text(formats.share_of(row["numerator"], row["denominator"]))
        for _, row in (figures[0], figures[-1])
    )
    drawing = course([(night, Decimal(str(row["value"]))) for night, row in figures], None)
    return Course(code, first, last, drawing)


def _lines(month: Month, played: Sequence[Played]) -> list[Line]:
    came = {one.delivery.night for one in played}
    missed = [
        Line(dt.date.fromisoformat(night), NEVER_CAME, NOTHING, NOTHING, "", "")
        for night in month.nights
        if night not in came
    ]
    lines = [
        Line(
            night=dt.date.fromisoformat(one.delivery.night),
            happened=formats.capital(one.delivery.says or ORDINARY),
            transport=TRANSPORT[one.delivery.transport],
            ended=ENDED[one.delivery.ends],
            built=one.scope,
            seconds=formats.count_text(round(one.seconds)),
        )
        for one in played
    ]
    return sorted([*lines, *missed], key=lambda line: line.night)
