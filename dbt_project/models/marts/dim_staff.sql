with

staff as (

    select * from {{ ref('int_staff__placed') }}

)

select
    staff.staff_key,
    staff.school_id,
    staff.unit_code,
    staff.position_code,
    staff.is_counted

from staff
