"""The four indicators of a night as a person reads them at its end, and where the reports lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from o7_warehouse import steps, warehouse
from o7_warehouse.console import results
from o7_warehouse.digest import DIGEST
from o7_warehouse.report import formats

if TYPE_CHECKING:
    from datetime import date

    from o7_warehouse.settings import Settings

NO_DATA = "нет данных"
REGION = """
    select
        figures.indicator, labels.name, figures.numerator, figures.denominator, targets.target, targets.year
    from published.indicator_values as figures
    inner join published.indicators as labels
        on figures.indicator = labels.indicator and figures.definition_version = labels.definition_version
    left join lateral (
        select goal.target, goal.year from published.targets as goal
        where
            goal.indicator = figures.indicator
            and goal.valid_from <= figures.night
            and goal.year >= extract(year from figures.night)
        order by goal.year, goal.valid_from desc limit 1
    ) as targets on true
    where figures.night = %(night)s and figures.level = 'region' and figures.education_stage = 'all'
    order by figures.indicator
"""

# How the tables of the night that stands came: whole, or as what changed (changes/promise.py).
LANDED = """
    select finding.message
    from published.night inner join audit.gate_finding as finding using (run_id)
    where night.night = %(night)s and finding.gate = 'landing' and finding.check_id = 'scope'
"""


def print_night(settings: Settings, night: date) -> None:
    """The four indicators of the whole republic beside their targets, how it was read, and where the reports lie."""
    with warehouse.transaction(settings, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute(REGION, {"night": night})
        rows = cursor.fetchall()
        cursor.execute(LANDED, {"night": night})
        landed = [message for (message,) in cursor.fetchall()]
    results.print(f"\nПоказатели цифровой зрелости на {night:%d.%m.%Y}")
    table = Table("Показатель", box=SIMPLE)
    for heading in ("Числитель", "Знаменатель", "Значение, %", "Цель, %"):
        table.add_column(heading, justify="right", no_wrap=True)
    # The order's wordings are long: below the table they have the whole width of the narrowest terminal.
    names = Table.grid(padding=(0, 2))
    for indicator, name, numerator, denominator, target, year in rows:
        goal = f"{formats.decimal_text(target)} к {year} г." if target is not None else NO_DATA
        table.add_row(indicator, *figures(numerator, denominator), goal)
        names.add_row(f"  {indicator}", name)
    results.print(table)
    results.print(names)
    for message in landed:
        results.print(message, markup=False)
    results.print()
    for report_id in (*steps.report_ids(settings), DIGEST):
        for path in sorted((settings.state / "reports" / night.isoformat() / report_id).glob("*")):
            results.print(str(path), markup=False)


def figures(numerator: int | None, denominator: int) -> tuple[str, str, str]:
    """Numerator, denominator and percentage, written and rounded as the reports do."""
    counted = formats.Absent.NO_DATA if numerator is None else numerator
    share = formats.share_of(counted, denominator)
    return (
        NO_DATA if numerator is None else formats.count_text(numerator),
        formats.count_text(denominator),
        NO_DATA if isinstance(share.value, formats.Absent) else formats.share_text(share),
    )
