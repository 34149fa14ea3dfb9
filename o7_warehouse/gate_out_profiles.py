"""Identities that tie the indicators and the leaf counts to the profiles behind them (design §7)."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import Final

from o7_warehouse.gate_out_checks import Check

_STATUSES = (
    "filled", "declared_none", "invalid", "placeholder", "empty",
    "not_applicable", "not_due", "source_absent",
)  # fmt: skip

PROFILES: Final = (
    Check(
        check_id="contingent_is_profiles",
        says="По каждому классу и школе знаменатель 4.1 равен числу профилей, числитель числу полных",
        broken="""
            select concat_ws(' ', counted.level, counted.org_unit_code) as place
            from (
                select
                    case when grouping(class_id) = 0 then 'class' else 'school' end as level,
                    coalesce(class_id, school_id) as org_unit_code,
                    sum(pupils) as pupils,
                    sum(complete) as complete
                from (
                    select
                        school_id, class_id, count(*) as pupils,
                        count(*) filter (where substr(rules_met, official.ordinal, 1) = 't') as complete
                    from marts.fct_profile_completeness
                    cross join (
                        select ordinal from catalogue.profile_rules
                        where
                            is_official and valid_from <= %(night)s
                            and (valid_to is null or valid_to >= %(night)s)
                    ) as official
                    group by school_id, class_id
                ) as classes
                group by grouping sets ((school_id, class_id), (school_id))
            ) as counted
            full join (
                select * from figures
                where indicator = '4.1' and education_stage = 'all' and level in ('class', 'school')
            ) as published
                on counted.level = published.level and counted.org_unit_code = published.org_unit_code
            where
                coalesce(counted.pupils, 0) is distinct from published.denominator
                or coalesce(counted.complete, 0) <> published.numerator
        """,
    ),
    Check(
        check_id="staff_are_readings",
        says="По каждой школе знаменатель 4.3 равен числу педагогов, числитель числу имеющих доступ",
        broken="""
            select concat_ws(' ', 'school', coalesce(counted.school_id, figures.org_unit_code)) as place
            from (
                select school_id, count(*) as staff, count(*) filter (where has_access) as able
                from marts.fct_staff_reading
                group by school_id
            ) as counted
            full join (
                select * from figures where indicator = '4.3' and level = 'school'
            ) as figures on counted.school_id = figures.org_unit_code
            where
                coalesce(counted.staff, 0) is distinct from figures.denominator
                or coalesce(counted.able, 0) is distinct from figures.numerator
        """,
    ),
    Check(
        check_id="statuses_well_formed",
        says="Строка статусов каждого профиля состоит из 51 известной буквы",
        broken="""
            select 'school ' || school_id as place
            from marts.fct_profile_completeness
            where
                length(statuses) <> (select count(distinct leaf_code) from catalogue.profile_fields)
                or translate(statuses, (select string_agg(letter, '') from catalogue.leaf_statuses), '') <> ''
            group by school_id
        """,
    ),
    Check(
        check_id="leaves_sum_to_contingent",
        says="По каждому из 51 поля число обучающихся во всех статусах равно контингенту",
        broken=f"""
            select concat_ws(' ', figures.level, figures.org_unit_code) as place
            from figures
            left join leaves
                on
                    figures.level = leaves.level and figures.org_unit_code = leaves.org_unit_code
                    and {" + ".join(f"leaves.{letter}" for letter in _STATUSES)} = figures.denominator
            where
                figures.indicator = '4.1' and figures.education_stage = 'all' and figures.level <> 'class'
                -- A school whose last pupil has left stands in the figures and has no fields to count.
                and figures.denominator > 0
            group by figures.level, figures.org_unit_code
            having count(leaves.leaf_code) <> (select count(distinct leaf_code) from catalogue.profile_fields)
        """,
    ),
    Check(
        check_id="leaves_sum_to_parents",
        says="Счета полей по школам складываются в муниципалитеты, по муниципалитетам в республику",
        broken=f"""
            select concat_ws(' ', parents.leaf_code, parents.level, parents.org_unit_code) as place
            from leaves as parents
            left join (
                select
                    leaves.level, units.parent_code, leaves.leaf_code,
                    {", ".join(f"sum(leaves.{letter}) as {letter}" for letter in _STATUSES)}
                from leaves
                inner join units on leaves.level = units.level and leaves.org_unit_code = units.org_unit_code
                group by leaves.level, units.parent_code, leaves.leaf_code
            ) as children
                on
                    children.level = case parents.level when 'region' then 'municipality' else 'school' end
                    and parents.org_unit_code = children.parent_code
                    and parents.leaf_code = children.leaf_code
            where
                parents.level in ('region', 'municipality')
                and ({" or ".join(f"parents.{one} <> coalesce(children.{one}, 0)" for one in _STATUSES)})
        """,
    ),
)
