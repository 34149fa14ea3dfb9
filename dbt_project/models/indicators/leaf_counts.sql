{{ kept_by_build() }}

with

schools as (select * from {{ ref('ind_school_leaf_counts') }}),

municipalities as (

    select
        schools.unit_code,
        schools.leaf_code,
        {{ status_sums('schools') }}
    from schools
    group by schools.unit_code, schools.leaf_code

),

region as (

    select
        '{{ region_code() }}' as region_code,
        municipalities.leaf_code,
        {{ status_sums('municipalities') }}
    from municipalities
    group by municipalities.leaf_code

),

counts as (

    select
        'region' as level,
        region.region_code as org_unit_code,
        region.leaf_code,
        {{ status_columns('region') }}
    from region
    union all
    select
        'municipality' as level,
        municipalities.unit_code as org_unit_code,
        municipalities.leaf_code,
        {{ status_columns('municipalities') }}
    from municipalities
    union all
    select
        'school' as level,
        schools.school_id as org_unit_code,
        schools.leaf_code,
        {{ status_columns('schools') }}
    from schools

)

select
    {{ build_columns() }},
    counts.level,
    counts.org_unit_code,
    counts.leaf_code,
    {{ status_columns('counts') }}

from counts
