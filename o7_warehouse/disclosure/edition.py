"""Disclosure control of an edition: all its documents are read before any of them is written.

What is decided holds for all of them and for every format, because each is made from figures that have signs in place
of what is hidden. Documents that speak to a reader only of those he answers for himself are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure import listed, published
from o7_warehouse.disclosure.cells import Key, Sign
from o7_warehouse.disclosure.collect import ALL
from o7_warehouse.disclosure.figures import Catalogue, read_catalogue, tabulate
from o7_warehouse.disclosure.rules import read_rules
from o7_warehouse.disclosure.suppress import Outcome, suppress
from o7_warehouse.report.figures import REGION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from o7_warehouse.disclosure.board import Told
    from o7_warehouse.report.figures import Material
    from o7_warehouse.report.registry import Report

_HEADLINES: Final = "indicator"


@dataclass(frozen=True, slots=True)
class Controlled:
    """The outcome for an edition, and the only way to its figures. ``earlier`` are the editions its reader may have."""

    outcome: Outcome
    catalogue: Catalogue
    own_audiences: frozenset[str]
    earlier: tuple[str, ...]

    def told(self, report: Report, material: Material) -> Material:
        """What a document may say. Raises DisclosureError for a figure about which nothing was decided."""
        if report.audience in self.own_audiences:
            return material
        signs = self.outcome.signs
        figures = material.figures
        if figures is None:
            return material
        return replace(material, figures=published.protected(figures, signs, self.catalogue))

    def summary(self) -> dict[str, Any]:
        """Counts for the manifest, the ledger and the checklist; none of them is a figure."""
        signs = self.outcome.signs
        headlines = sorted(
            key.subject
            for key, sign in signs.items()
            if sign is not Sign.told and key == Key(_HEADLINES, key.subject, REGION, ALL)
        )
        return {
            "threshold": self.outcome.threshold,
            "figures": len(signs),
            "few": self.outcome.count(Sign.few),
            "hidden": self.outcome.count(Sign.hidden),
            "protected": self.outcome.protected,
            "proofs": len(self.outcome.proofs),
            "known_before": self.outcome.known,
            "headlines": headlines,
            "earlier": list(self.earlier),
        }


def control(
    root: Path,
    documents: Sequence[tuple[Report, Material]],
    *,
    night: dt.date,
    earlier: Sequence[Told] = (),
    of_period_before: Sequence[Told] = (),
) -> Controlled:
    """Decide what the documents of an edition may say together, to a reader who has the earlier ones.

    Raises DisclosureError when a figure is not known here, contradicts another, or cannot be protected; CatalogueError.
    """
    rules, catalogue = read_rules(root, on=night), read_catalogue(root, on=night)
    own = frozenset(report.audience for report, _ in documents if rules.is_own(report.audience))
    told = [(report, material) for report, material in documents if report.audience not in own]
    figures: list[Any] = []
    places: dict[str, Any] = {}
    for report, material in told:
        listed.refuse_unknown(report)
        if material.figures is not None:
            places |= published.places(material.figures)
            figures += published.told_figures(material.figures)
    before = frozenset(
        Key("previous", key.subject, key.unit, one.night)
        for one in of_period_before
        for key, sign in one.signs.items()
        if sign is not Sign.told and key == Key(_HEADLINES, key.subject, REGION, ALL)
    )
    tables = tabulate(figures, rules, places, catalogue, withheld=before)
    return Controlled(
        outcome=suppress(tables, earlier, threshold=rules.threshold),
        catalogue=catalogue,
        own_audiences=own,
        earlier=tuple(one.name for one in earlier),
    )
