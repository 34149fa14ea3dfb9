"""Disclosure control of an edition: all its documents are read before any of them is written.

What is decided holds for all of them and for every format, because each is made from figures that have signs in place
of what is hidden. Documents that speak to a reader only of those he answers for himself are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure import listed, published
from o7_warehouse.disclosure.cells import Key, Sign
from o7_warehouse.disclosure.collect import ALL
from o7_warehouse.disclosure.figures import Catalogue, read_catalogue, tabulate
from o7_warehouse.disclosure.rules import read_rules
from o7_warehouse.disclosure.signs import Signs
from o7_warehouse.disclosure.suppress import Outcome, suppress
from o7_warehouse.report.figures import REGION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from o7_warehouse.disclosure.board import Told
    from o7_warehouse.disclosure.collect import Place
    from o7_warehouse.disclosure.figures import Figure
    from o7_warehouse.report.figures import Material
    from o7_warehouse.report.registry import Report

_HEADLINES: Final = "indicator"


def _read(material: Material) -> Iterator[tuple[list[Figure], dict[str, Place]]]:
    """The figures of one document, and the org units they are about."""
    if material.figures is not None:
        yield list(published.told_figures(material.figures)), published.places(material.figures)
    for one, rows in material.listings.items():
        yield listed.read(one.view, rows)


@dataclass(frozen=True, slots=True)
class Controlled:
    """The outcome for an edition, and the only way to its figures. ``earlier`` are the editions its reader may have."""

    outcome: Outcome
    catalogue: Catalogue
    own_audiences: frozenset[str]
    earlier: tuple[Told, ...]

    def told(self, report: Report, materials: Sequence[Material]) -> Sequence[Material]:
        """What the documents of a report may say, in their order.

        Raises DisclosureError for a figure about which nothing was decided.
        """
        if report.audience in self.own_audiences:
            return materials
        signs = Signs(self.outcome, self.catalogue, self.earlier)
        # The rows of a view are those of all documents: a place is among all units, whoever's document tells it.
        rows = {
            one: iter(
                listed.protected(one.view, [row for each in materials for row in each.listings[one]], signs)
            )
            for one in report.listings
        }
        return [
            replace(
                material,
                figures=None if material.figures is None else published.protected(material.figures, signs),
                listings={one: tuple(islice(rows[one], len(own))) for one, own in material.listings.items()},
            )
            for material in materials
        ]

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
            "presumed": self.outcome.presumed,
            "headlines": headlines,
            "earlier": [one.name for one in self.earlier],
        }


def control(
    root: Path,
    documents: Sequence[tuple[Report, Sequence[Material]]],
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
    figures: list[Figure] = []
    places: dict[str, Place] = {}
    for report, materials in documents:
        if report.audience in own:
            continue
        listed.refuse_unknown(report)
        for read, where in (found for material in materials for found in _read(material)):
            figures += read
            places |= where
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
        earlier=tuple(earlier),
    )
