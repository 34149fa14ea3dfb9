with

staff as (select * from {{ ref('int_staff__placed') }}),

accesses as (select * from {{ ref('fct_content_access') }}),

accounts as (

    select
        accesses.holder_key as staff_key,
        case when accesses.is_platform_of_staff then accesses.outcome else 'other_platform' end as outcome,
        accesses.is_giving_access,
        case when accesses.is_platform_of_staff and accesses.is_giving_access then accesses.last_used_on end as last_used_on

    from accesses

    where accesses.holder = 'staff'

),

holders as (

    select
        accounts.staff_key,
        {{ nearest_outcome('accounts.outcome') }} as outcome,
        bool_or(accounts.is_giving_access) as has_any_access,
        max(accounts.last_used_on) as last_used_on

    from accounts

    group by accounts.staff_key

),

joined as (

    select
        staff.staff_key,
        staff.school_id,
        staff.unit_code,
        staff.position_code,
        coalesce(holders.outcome = 'gives_access', false) as has_access,
        coalesce(holders.outcome in ('gives_access', 'not_verified'), false) as has_unverified_access,
        coalesce(holders.has_any_access, false) as has_any_access,
        {{ access_loss('holders.outcome') }} as access_loss,
        holders.last_used_on as access_last_used_on

    from staff

    left join holders
        on staff.staff_key = holders.staff_key

    where staff.is_counted

)

select * from joined
