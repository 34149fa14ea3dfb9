{{ config(materialized='view') }}

with

classes as (select * from {{ ref('ind_class_counts') }}),

schools as (select * from {{ ref('ind_school_counts') }}),

municipalities as (select * from {{ ref('ind_municipality_counts') }}),

region as (

    select
        municipalities.education_stage,
        municipalities.indicator,
        municipalities.reading,
        {{ known_sum('municipalities.numerator') }} as numerator,
        sum(municipalities.denominator)::bigint as denominator

    from municipalities

    group by municipalities.education_stage, municipalities.indicator, municipalities.reading

),

counts as (

    select
        'region' as level,
        '{{ region_code() }}' as org_unit_code,
        region.education_stage,
        region.indicator,
        region.reading,
        region.numerator,
        region.denominator
    from region
    union all
    select
        'municipality' as level,
        municipalities.unit_code as org_unit_code,
        municipalities.education_stage,
        municipalities.indicator,
        municipalities.reading,
        municipalities.numerator,
        municipalities.denominator
    from municipalities
    union all
    select
        'school' as level,
        schools.school_id as org_unit_code,
        schools.education_stage,
        schools.indicator,
        schools.reading,
        schools.numerator,
        schools.denominator
    from schools
    union all
    select
        'class' as level,
        classes.class_id as org_unit_code,
        classes.education_stage,
        classes.indicator,
        classes.reading,
        classes.numerator,
        classes.denominator
    from classes

)

select * from counts
