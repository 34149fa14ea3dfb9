"""Identities of the indicators among themselves, checked before publication (design §7)."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import Final

from o7_warehouse.gate_out_checks import Check

_FIGURE = "concat_ws(' ', indicator, level, org_unit_code, education_stage)"
_READING = "concat_ws(' ', indicator, reading, level, org_unit_code)"
_QUOTIENT = "round(100 * numerator / nullif(denominator, 0)::numeric, 6)"

FIGURES: Final = (
    Check(
        check_id="units_known",
        says="Каждое значение относится к известной организационной единице, единицы не повторяются",
        broken=f"""
            select {_FIGURE} as place from figures
            where not exists (
                select 1 from units
                where units.level = figures.level and units.org_unit_code = figures.org_unit_code
            )
            union all
            select concat_ws(' ', level, org_unit_code) from units
            group by level, org_unit_code having count(*) > 1
        """,
    ),
    Check(
        check_id="figures_unique",
        says="Каждое значение посчитано один раз",
        broken=f"""
            select {_FIGURE} as place from figures
            group by indicator, level, org_unit_code, education_stage having count(*) > 1
        """,
    ),
    Check(
        check_id="figures_present",
        says="Республика, 13 муниципалитетов и государственные организации имеют значение каждого показателя",
        broken="""
            select concat_ws(' ', indicators.indicator, expected.level, expected.org_unit_code) as place
            from (
                select 'region' as level, '83000000' as org_unit_code
                union all
                select 'municipality', oktmo from catalogue.municipalities
                union all
                select 'municipality', 'STATE'
            ) as expected
            cross join (
                select distinct indicator from catalogue.indicators where valid_from <= %(night)s
            ) as indicators
            where not exists (
                select 1 from figures
                where
                    figures.indicator = indicators.indicator and figures.level = expected.level
                    and figures.org_unit_code = expected.org_unit_code and figures.education_stage = 'all'
            )
            group by 1
        """,
    ),
    Check(
        check_id="numerator_within_denominator",
        says="Числитель не отрицателен и не больше знаменателя",
        broken=f"""
            select {_FIGURE} as place from figures where numerator not between 0 and denominator
            union all
            select {_READING} from controls
            where numerator not between 0 and denominator
        """,
    ),
    Check(
        check_id="value_is_quotient",
        says="Значение равно 100 × числитель / знаменатель; без числителя или знаменателя значения нет",
        broken=f"""
            select {_FIGURE} as place from figures
            where value is distinct from {_QUOTIENT}
            union all
            select {_READING} from controls
            where value is distinct from {_QUOTIENT}
        """,
    ),
    Check(
        check_id="children_sum_to_parents",
        says="Классы складываются в школы, школы в муниципалитеты, муниципалитеты в республику",
        # A parent without a class level (4.3) has no classes to compare with; a parent of nobody must be
        # empty.
        broken="""
            select
                concat_ws(
                    ' ', parents.indicator, parents.level, parents.org_unit_code, parents.education_stage
                ) as place
            from figures as parents
            inner join (
                values ('region', 'municipality'), ('municipality', 'school'), ('school', 'class')
            ) as ladder (level, child_level) on parents.level = ladder.level
            inner join catalogue.indicators as definitions
                on
                    parents.indicator = definitions.indicator
                    and parents.definition_version = definitions.definition_version
                    and (ladder.child_level <> 'class' or definitions.lowest_level = 'class')
            left join (
                select
                    figures.indicator, figures.level, units.parent_code, figures.education_stage,
                    sum(figures.numerator) as numerator, sum(figures.denominator) as denominator,
                    count(*) filter (where figures.numerator is null) as unknown
                from figures
                inner join units
                    on figures.level = units.level and figures.org_unit_code = units.org_unit_code
                group by figures.indicator, figures.level, units.parent_code, figures.education_stage
            ) as children
                on
                    parents.indicator = children.indicator and ladder.child_level = children.level
                    and parents.org_unit_code = children.parent_code
                    and parents.education_stage = children.education_stage
            where
                parents.denominator <> coalesce(children.denominator, 0)
                -- One unknown child makes the parent unknown; otherwise the sum must be exact.
                or case
                    when coalesce(children.unknown, 0) > 0 then parents.numerator is not null
                    else coalesce(parents.numerator, 0) <> coalesce(children.numerator, 0)
                end
        """,
    ),
    Check(
        check_id="stages_sum_to_all",
        says="Уровни образования складываются в итог по каждой организационной единице",
        broken="""
            select concat_ws(' ', indicator, level, org_unit_code) as place
            from figures
            inner join catalogue.indicators as definitions using (indicator, definition_version)
            where definitions.by_stage
            group by indicator, level, org_unit_code
            having
                coalesce(sum(denominator) filter (where education_stage = 'all'), -1)
                <> coalesce(sum(denominator) filter (where education_stage <> 'all'), 0)
                or (
                    bool_and(numerator is not null)
                    and sum(numerator) filter (where education_stage = 'all')
                    <> coalesce(sum(numerator) filter (where education_stage <> 'all'), 0)
                )
        """,
    ),
    Check(
        check_id="denominators_shared",
        says="Знаменатели показателей 4.1, 4.2 и 4.4 совпадают: это один и тот же контингент",
        broken="""
            select concat_ws(' ', level, org_unit_code, education_stage) as place
            from figures
            where indicator in ('4.1', '4.2', '4.4')
            group by level, org_unit_code, education_stage
            having count(*) <> 3 or min(denominator) <> max(denominator)
        """,
    ),
    Check(
        check_id="readings_ordered",
        says="Строгое прочтение показателя выполняют не больше обучающихся, чем мягкое",
        broken="""
            with rule as (
                select 'R1' = any(string_to_array(req_classes, '|')) as asks_identity from catalogue.profile_rules
                where is_official and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
            )
            select concat_ws(' ', official.indicator, official.level, official.org_unit_code) as place
            from figures as official
            left join (
                select
                    indicator, level, org_unit_code, min(denominator) as denominator,
                    count(distinct denominator) as denominators,
                    jsonb_object_agg(reading, numerator) as n
                from controls
                group by indicator, level, org_unit_code
            ) as control using (indicator, level, org_unit_code)
            where
                official.education_stage = 'all'
                and (
                    -- Below the municipalities control readings may be left out.
                    (control.denominator is null and official.level in ('region', 'municipality'))
                    or control.denominators <> 1 or control.denominator <> official.denominator
                    or case official.indicator
                        when '4.1' then
                            (n ->> 'FULL')::bigint > official.numerator
                            or (official.numerator > (n ->> 'ID')::bigint and (select asks_identity from rule))
                        when '4.2' then
                            official.numerator
                            > least(
                                (n ->> 'without_portfolio')::bigint, (n ->> 'portfolio_maintained')::bigint,
                                (n ->> 'plan_of_any_origin')::bigint, (n ->> 'previous_window')::bigint
                            )
                            or official.numerator
                            < greatest((n ->> 'acknowledged')::bigint, (n ->> 'teacher_recommendation')::bigint)
                            or (n ->> 'rec_or_plan')::bigint + (n ->> 'without_portfolio')::bigint
                            <> (n ->> 'rec_only')::bigint + (n ->> 'plan_only')::bigint
                        else
                            (n ->> 'active_30_days')::bigint > (n ->> 'ever_used')::bigint
                            or (n ->> 'ever_used')::bigint > official.numerator
                            or official.numerator > (n ->> 'without_verification')::bigint
                            or official.numerator > (n ->> 'any_platform')::bigint
                    end
                )
        """,
    ),
    Check(
        check_id="unknown_only_without_source",
        says="Значения нет только там, где источник не передал поле, которое нужно правилу",
        # Everything behind 4.2-4.4 is mandatory in the contract; of 4.1 some entities and columns may be
        # missing.
        broken=f"""
            select {_FIGURE} as place from figures
            where
                numerator is null
                and (
                    indicator <> '4.1'
                    or not exists (select 1 from raw_o7.absent_column where night = %(night)s)
                )
        """,
    ),
)
