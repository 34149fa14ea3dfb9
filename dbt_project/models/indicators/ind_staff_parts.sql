{{ config(materialized='table') }}

with

staff as (select * from {{ ref('fct_staff_reading') }}),

schools as (select * from {{ ref('dim_school') }})

-- By position every teacher stands once, in that of the main job (reading A11).
select
    staff.unit_code,
    parts.dimension,
    parts.part,
    '4.3' as indicator,
    count(*) filter (where staff.has_access) as numerator,
    count(*) as denominator
from staff
inner join schools on staff.school_id = schools.school_id
cross join
    lateral (
        values
        ('position', coalesce(staff.position_code, 'unknown')),
        {{ parts_of_a_school('schools') }}
    ) as parts (dimension, part)
group by staff.unit_code, parts.dimension, parts.part
