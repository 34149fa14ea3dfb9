{{ kept_by_build() }}

with

below_region as (select * from {{ ref('ind_org_units') }}),

municipalities as (select * from {{ ref('dim_municipality') }}),

region as (

    select
        'region' as level,
        '{{ region_code() }}' as org_unit_code,
        '{{ region_name() }}' as org_unit_name,
        null as parent_code,
        null as oktmo_with_check,
        sum(below_region.school_count)::bigint as school_count,
        sum(below_region.student_count)::bigint as student_count,
        '0' as sort_key

    from below_region

    where below_region.level = 'municipality'

),

-- A unit sorts within its parent: a key holds the keys above it, parted by what sorts before any letter or blank.
municipality_units as (

    select
        below_region.*,
        concat_ws(e'\t', '0', lpad(municipalities.sort_order::text, 2, '0')) as sort_key

    from below_region

    inner join municipalities
        on below_region.org_unit_code = municipalities.unit_code

    where below_region.level = 'municipality'

),

school_units as (

    select
        below_region.*,
        concat_ws(
            e'\t', parents.sort_key, {{ russian_sort_key('below_region.org_unit_name') }}, below_region.org_unit_code
        ) as sort_key

    from below_region

    inner join municipality_units as parents
        on below_region.parent_code = parents.org_unit_code

    where below_region.level = 'school'

),

class_units as (

    select
        below_region.*,
        concat_ws(
            e'\t', parents.sort_key, {{ russian_sort_key('below_region.org_unit_name') }}, below_region.org_unit_code
        ) as sort_key

    from below_region

    inner join school_units as parents
        on below_region.parent_code = parents.org_unit_code

    where below_region.level = 'class'

),

every_level as (

    select * from region
    union all
    select * from municipality_units
    union all
    select * from school_units
    union all
    select * from class_units

)

select
    {{ build_columns() }},
    every_level.*

from every_level
