{{ config(materialized='table') }}

with

accesses as not materialized (select * from {{ ref('fct_content_access') }}),

pupils as (select * from {{ ref('fct_pupil_reading') }}),

staff as (select * from {{ ref('fct_staff_reading') }})

-- Two accounts of one person at a resource are one possibility.
select
    '4.4' as indicator,
    pupils.unit_code,
    accesses.content_resource_id,
    count(distinct accesses.holder_key) as persons
from accesses
inner join pupils on accesses.holder_key = pupils.student_key
where accesses.holder = 'student' and accesses.is_giving_access
group by pupils.unit_code, accesses.content_resource_id
union all
select
    '4.3' as indicator,
    staff.unit_code,
    accesses.content_resource_id,
    count(distinct accesses.holder_key) as persons
from accesses
inner join staff on accesses.holder_key = staff.staff_key
where accesses.holder = 'staff' and accesses.is_giving_access and accesses.is_platform_of_staff
group by staff.unit_code, accesses.content_resource_id
