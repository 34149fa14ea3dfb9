{{ config(materialized='table') }}

with

class_counts as (select * from {{ ref('ind_class_counts') }}),

school_counts as (select * from {{ ref('ind_school_counts') }}),

classes as (select * from {{ ref('dim_class') }}),

schools as (select * from {{ ref('dim_school') }}),

units as (select * from {{ ref('dim_municipality') }}),

class_sizes as (

    select
        class_counts.school_id,
        class_counts.class_id,
        max(class_counts.denominator) as student_count

    from class_counts

    where class_counts.education_stage = 'all'

    group by class_counts.school_id, class_counts.class_id

),

school_sizes as (

    select
        school_counts.unit_code,
        school_counts.school_id,
        max(school_counts.denominator) filter (where school_counts.indicator = '4.1') as student_count

    from school_counts
    where school_counts.education_stage = 'all'

    group by school_counts.unit_code, school_counts.school_id

)

select
    'class' as level,
    class_sizes.class_id as org_unit_code,
    -- A class that could not be placed has no name but its identity.
    coalesce(classes.class_name, class_sizes.class_id) as org_unit_name,
    class_sizes.school_id as parent_code,
    null as oktmo_with_check,
    null::bigint as school_count,
    class_sizes.student_count,
    {{ russian_sort_key('coalesce(classes.class_name, class_sizes.class_id)', 'class_sizes.class_id') }} as own_sort_key
from class_sizes
left join classes on class_sizes.class_id = classes.class_id
union all
select
    'school' as level,
    school_sizes.school_id as org_unit_code,
    schools.school_name as org_unit_name,
    school_sizes.unit_code as parent_code,
    null as oktmo_with_check,
    1 as school_count,
    coalesce(school_sizes.student_count, 0) as student_count,
    {{ russian_sort_key('schools.school_name', 'school_sizes.school_id') }} as own_sort_key
from school_sizes
inner join schools on school_sizes.school_id = schools.school_id
union all
select
    'municipality' as level,
    units.unit_code as org_unit_code,
    units.unit_name as org_unit_name,
    '{{ region_code() }}' as parent_code,
    units.oktmo_with_check,
    count(school_sizes.school_id) as school_count,
    coalesce(sum(school_sizes.student_count), 0)::bigint as student_count,
    lpad(units.sort_order::text, 2, '0') as own_sort_key
from units
left join school_sizes on units.unit_code = school_sizes.unit_code
group by units.unit_code, units.unit_name, units.oktmo_with_check, units.sort_order
