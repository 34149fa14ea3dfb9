{{ kept_by_build(by=['level', 'org_unit_code']) }}

with

below_region as (select * from {{ ref('ind_org_units') }}),

region as (

    select
        'region' as level,
        '{{ region_code() }}' as org_unit_code,
        '{{ region_name() }}' as org_unit_name,
        null as parent_code,
        '{{ region_oktmo_with_check() }}' as oktmo_with_check,
        sum(below_region.school_count)::bigint as school_count,
        sum(below_region.student_count)::bigint as student_count,
        '' as own_sort_key

    from below_region

    where below_region.level = 'municipality'

),

every_level as (

    select * from region
    union all
    select * from below_region

),

-- A unit sorts within its parent: its key begins with the keys above it, parted by what sorts before any letter.
sorted as (

    select
        every_level.*,
        concat_ws(
            e'\t', grandparents.own_sort_key, parents.own_sort_key, every_level.own_sort_key
        ) as sort_key

    from every_level

    left join every_level as parents
        on
            every_level.parent_code = parents.org_unit_code
            and parents.level in ('municipality', 'school')
            and every_level.level in ('school', 'class')

    left join every_level as grandparents
        on
            parents.parent_code = grandparents.org_unit_code
            and grandparents.level = 'municipality'
            and every_level.level = 'class'

)

select
    {{ build_columns() }},
    sorted.level,
    sorted.org_unit_code,
    sorted.org_unit_name,
    sorted.parent_code,
    sorted.oktmo_with_check,
    sorted.school_count,
    sorted.student_count,
    sorted.sort_key

from sorted
