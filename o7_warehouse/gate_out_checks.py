"""The form of a check: a sentence that must be true of a build, and the statement that looks for breaches.

A statement selects one row per breach: a text ``place`` of indicator, level and organisation codes. It may
read ``figures``, ``controls``, ``leaves`` and ``units`` (the build under examination) and any table of the
layers below ``published``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One identity or bound of the gate out (design §7)."""

    check_id: str
    says: str  # Russian, for the auditor: what holds when the check passes
    broken: str  # SQL: one row (place) per violation
    stops: bool = True  # otherwise a violation is a warning
    measured: str | None = None  # SQL: one text to be kept with the finding in any case


BUILD: Final = """
    with
    figures as (
        select * from indicators.indicator_values where night = %(night)s and build_id = %(build_id)s
    ),
    controls as (
        select * from indicators.control_values where night = %(night)s and build_id = %(build_id)s
    ),
    leaves as (
        select * from indicators.leaf_counts where night = %(night)s and build_id = %(build_id)s
    ),
    units as (
        select * from indicators.org_units where night = %(night)s and build_id = %(build_id)s
    )
"""
