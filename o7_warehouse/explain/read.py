"""Reads everything behind one published figure, in one snapshot; only ``published`` and ``audit`` are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.explain import statements
from o7_warehouse.explain.drill import drilled_rows
from o7_warehouse.explain.facts import (
    OFFICIAL_PROFILE,
    Batch,
    Build,
    Control,
    Definition,
    Explanation,
    Figure,
    Formula,
    Interpretation,
    Interval,
    Loss,
    Unit,
    Win,
    Wording,
)
from o7_warehouse.indicators import REGION, published_night
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from o7_warehouse.settings import Settings

CODES_NAMED: Final = 5


def explain(
    settings: Settings,
    indicator: str,
    *,
    night: dt.date | None = None,
    org: str | None = None,
    level: str | None = None,
    rows: int | None = None,
) -> Explanation:
    """Why the indicator of a unit (default: the region) has its value on a published night (default: the newest).

    ``level`` is only needed where a code names units of two levels. ``rows`` adds up to so many persons of a
    school or class, by pseudonym. Raises CommandError for an indicator, unit or drill that does not exist,
    NightError for a night that is not published, or was before losses or persons were kept.
    """
    # Single persons are for the auditor only; everything else is read with less.
    with transaction(settings, "o7_auditor" if rows is not None else "o7_reporter") as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        chosen = published_night(connection, night)
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            return _Reader(cursor, indicator, chosen).explanation(org or REGION, level, rows)


class _Reader:
    """The statements of one explanation, with the parameters they share."""

    def __init__(self, cursor: RealDictCursor, indicator: str, night: dt.date) -> None:
        self._cursor = cursor
        self._asked: dict[str, Any] = {"indicator": indicator, "night": night}

    def explanation(self, org: str, level: str | None, rows: int | None) -> Explanation:
        definition = self._definition()
        unit = self._unit(org, level)
        self._asked |= {"level": unit.level, "org": unit.org_unit_code}
        figure = self._figure(unit)
        [official] = self._all(statements.OFFICIAL)
        self._asked["rule"] = official["reading"]
        losses = self._losses(figure)
        drilled = None if rows is None else drilled_rows(self._cursor, self._asked, unit, losses, rows)
        return Explanation(
            indicator=self._asked["indicator"],
            night=self._asked["night"],
            unit=unit,
            name=definition["name"],
            legal_place=definition["legal_place"],
            wordings=tuple(Wording(**row) for row in self._all(statements.WORDINGS)),
            formula=Formula(
                numerator_label=definition["numerator_label"],
                denominator_label=definition["denominator_label"],
                reading=official["reading"],
                reading_label=official["label"],
                requirements=tuple(row["requirement"] for row in self._all(statements.REQUIREMENTS)),
            ),
            figure=figure,
            losses=losses,
            nearest_wins=self._wins(),
            controls=tuple(Control(**row) for row in self._all(statements.CONTROLS)),
            interval=next((Interval(**row) for row in self._all(statements.INTERVAL)), None),
            interpretations=self._interpretations(definition["readings"]),
            definitions=tuple(Definition(**row) for row in self._all(statements.DEFINITIONS)),
            build=Build(**self._all(statements.BUILD)[0]),
            batches=tuple(Batch(**row) for row in self._all(statements.BATCHES)),
            rows=drilled,
        )

    def _all(self, statement: str) -> Sequence[Mapping[str, Any]]:
        self._cursor.execute(statement, self._asked)
        found: Sequence[Mapping[str, Any]] = self._cursor.fetchall()
        return found

    def _definition(self) -> Mapping[str, Any]:
        known = {row["indicator"]: row for row in self._all(statements.INDICATORS)}
        if self._asked["indicator"] not in known:
            raise CommandError(
                f"There is no indicator {self._asked['indicator']!r}, so there is nothing to explain. "
                f"Indicators: {', '.join(sorted(known))}."
            )
        return known[self._asked["indicator"]]

    def _unit(self, org: str, level: str | None) -> Unit:
        self._cursor.execute(statements.UNITS, {**self._asked, "org": org, "level": level})
        found = [Unit(**row) for row in self._cursor.fetchall()]
        if not found:
            raise CommandError(
                f"Night {self._asked['night']} has no {level or 'unit'} with the code {org!r}, so there is no "
                "figure to explain. ./o7 indicators lists the codes of every level."
            )
        if len(found) > 1:
            levels = ", ".join(unit.level for unit in found[:CODES_NAMED])
            raise CommandError(
                f"The code {org!r} names units of several levels: {levels}. Their figures differ. Say which "
                "with --level."
            )
        return found[0]

    def _figure(self, unit: Unit) -> Figure:
        found = self._all(statements.FIGURE)
        if not found:
            raise CommandError(
                f"Indicator {self._asked['indicator']} has no figure at the level {unit.level}: its persons "
                "belong to no unit of it. Name the school, the municipality or the region."
            )
        return Figure(**found[0])

    def _losses(self, figure: Figure) -> tuple[Loss, ...]:
        remaining = figure.denominator
        losses = []
        for row in self._all(statements.LOSSES):
            remaining -= row["persons"]
            losses.append(Loss(**row, remaining=remaining))
        if figure.numerator is not None and remaining != figure.numerator:
            raise NightError(
                f"Night {self._asked['night']}: the losses kept for indicator {self._asked['indicator']} leave "
                f"{remaining} persons, its numerator is {figure.numerator}. The night was published before "
                "losses were kept, so they would explain it falsely. Run it again: ./o7 night --date "
                f"{self._asked['night']}"
            )
        return tuple(losses)

    def _wins(self) -> tuple[Win, ...]:
        if self._asked["indicator"] != OFFICIAL_PROFILE:
            return ()
        return tuple(Win(**row) for row in self._all(statements.WINS))

    def _interpretations(self, codes: str) -> tuple[Interpretation, ...]:
        self._asked["codes"] = codes.split("|")
        return tuple(Interpretation(**row) for row in self._all(statements.INTERPRETATIONS))
