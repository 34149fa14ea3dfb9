"""The one legend of all reports and formats: what a sign stands for, and how a share is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from o7_warehouse.errors import ReportError
from o7_warehouse.report import registry
from o7_warehouse.report.formats import Absent, bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.report.registry import Report


@dataclass(frozen=True, slots=True)
class Legend:
    """The signs that a report may print with their meanings, as one sentence, and the rule of rounding."""

    signs: Mapping[Absent, str]
    sentence: str
    rounding: str


def load_legend(report: Report) -> Legend:
    """The legend of a report: the signs of figures, those of catalogues, or both.

    Raises ReportError when reports/legend.yml leaves a sign without a meaning or explains one that nobody prints.
    """
    content = yaml.safe_load((registry.REPORTS / "legend.yml").read_text(encoding="utf-8"))
    told = {**content["figures"], **content["catalogues"]}
    codes = {absent.value for absent in Absent}
    if set(told) != codes:
        raise ReportError(
            f"reports/legend.yml: it explains {', '.join(sorted(told))}, but cells may hold "
            f"{', '.join(sorted(codes))}. A reader would meet a sign that nobody explains. Make the two agree."
        )
    families = [
        *([content["figures"]] if report.tells_shares else []),
        *([content["catalogues"]] if report.may_lack_values else []),
    ]
    signs = {Absent(code): meaning for family in families for code, meaning in family.items()}
    explained = [content["sign"].format(sign=one.sign, meaning=meaning) for one, meaning in signs.items()]
    return Legend(
        signs=signs,
        sentence=bind(content["sentence"].format(signs="; ".join(explained))) if signs else "",
        rounding=content["rounding"],
    )
