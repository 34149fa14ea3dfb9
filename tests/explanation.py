"""The tables behind an explanation, with the columns their models promise, for warehouses dbt did not build."""

from __future__ import annotations

EXPLANATION_TABLES = """
create table indicators.profile_requirements (
    night date, build_id uuid, rule_code text, is_official boolean, requirement text, ordinal integer
);
create table indicators.indicator_losses (
    night date, build_id uuid, indicator text, level text, org_unit_code text, reason text, persons bigint
);
create table indicators.indicator_breakdowns (
    night date, build_id uuid, indicator text, dimension text, part text, level text, org_unit_code text,
    numerator bigint, denominator bigint, value numeric
);
create table indicators.population_counts (
    night date, build_id uuid, level text, org_unit_code text, population text, pupils bigint
);
create table indicators.portfolio_counts (
    night date, build_id uuid, level text, org_unit_code text, category_code text, outcome text, items bigint
);
create table indicators.nearest_wins (
    night date, build_id uuid, level text, org_unit_code text, place integer, requirement text,
    completes bigint, lacks bigint, value_after numeric, rise numeric
);
"""
