{{ kept_by_pupil('is_rebuilt_holder()', added="holder = 'staff' or holder_key in REBUILT", by='holder_key') }}

with

resources as (

    select * from {{ ref('int_content_resources__verified') }}

),

grants as (

    select
        'student' as holder,
        student_grants.student_key as holder_key,
        student_grants.access_grant_id,
        student_grants.school_id,
        student_grants.content_resource_id,
        {{ grant_outcome('student_grants') }} as own_outcome,
        student_grants.last_used_on

    from ({{ of_the_rebuilt('stg_o7__access_grant_students') }}) as student_grants

    union all

    select
        'staff' as holder,
        staff_grants.staff_key as holder_key,
        staff_grants.access_grant_id,
        staff_grants.school_id,
        staff_grants.content_resource_id,
        {{ grant_outcome('staff_grants') }} as own_outcome,
        staff_grants.last_used_on

    from {{ ref('stg_o7__access_grant_staffs') }} as staff_grants

),

-- A possibility, not a use (reading A9): the account works, costs nothing and opens something verified.
judged as (

    select
        grants.holder,
        grants.holder_key,
        grants.access_grant_id,
        grants.school_id,
        grants.content_resource_id,
        resources.platform,
        coalesce(resources.is_platform_of_staff, false) as is_platform_of_staff,
        coalesce(resources.is_verified, false) as is_verified,
        case
            when grants.own_outcome <> 'entitled' then grants.own_outcome
            when coalesce(resources.is_verified, false) then 'gives_access'
            else 'not_verified'
        end as outcome,
        grants.own_outcome = 'entitled' as is_entitled,
        grants.own_outcome = 'entitled' and coalesce(resources.is_verified, false) as is_giving_access,
        -- The day and not whether it is long ago: that would reach a pupil again on every day something grows old.
        case when grants.last_used_on <= {{ the_night() }} then grants.last_used_on end as last_used_on

    from grants

    left join resources
        on grants.content_resource_id = resources.content_resource_id

)

select * from judged
