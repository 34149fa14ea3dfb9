with

staff as (

    select * from {{ ref('int_staff__placed') }}

),

accesses as (

    select * from {{ ref('fct_content_access') }}

),

parameters as (

    select * from {{ ref('parameters') }}

),

-- The order defines the content of 4.3 by its platform (reading A8).
platforms as (

    select lower(parameters.value) as platform

    from parameters

    where
        parameters.parameter = 'content_platform_4_3'
        and {{ holds_on_the_night('parameters.valid_from', 'parameters.valid_to') }}

),

entitled as (

    select
        accesses.holder_key as staff_key,
        bool_or(accesses.is_giving_access) as has_access

    from accesses

    inner join platforms
        on lower(accesses.platform) = platforms.platform

    where
        accesses.holder = 'staff'
        and accesses.is_entitled

    group by accesses.holder_key

),

joined as (

    select
        staff.staff_key,
        staff.school_id,
        staff.unit_code,
        staff.position_code,
        coalesce(entitled.has_access, false) as has_access,
        entitled.staff_key is not null as has_unverified_access

    from staff

    left join entitled
        on staff.staff_key = entitled.staff_key

    where staff.is_counted

)

select * from joined
