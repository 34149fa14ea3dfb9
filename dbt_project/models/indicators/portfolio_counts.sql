{{ kept_by_build() }}

with

items as (select * from {{ ref('fct_portfolio_item') }}),

profiles as (select * from {{ ref('fct_profile_completeness') }}),

-- Documents of the contingent, at the school the pupil is counted in. One of no known category keeps its place.
counted as (

    select
        profiles.unit_code,
        profiles.school_id,
        coalesce(items.category_code, 'unmapped') as category_code,
        items.outcome,
        count(*) as items

    from items

    inner join profiles
        on items.student_key = profiles.student_key

    group by profiles.unit_code, profiles.school_id, coalesce(items.category_code, 'unmapped'), items.outcome

)

select
    {{ build_columns() }},
    case
        when grouping(counted.school_id) = 0 then 'school'
        when grouping(counted.unit_code) = 0 then 'municipality'
        else 'region'
    end as level,
    case
        when grouping(counted.school_id) = 0 then counted.school_id
        when grouping(counted.unit_code) = 0 then counted.unit_code
        else '{{ region_code() }}'
    end as org_unit_code,
    counted.category_code,
    counted.outcome,
    sum(counted.items)::bigint as items

from counted

group by
    counted.category_code, counted.outcome, grouping sets ((counted.school_id), (counted.unit_code), ())
