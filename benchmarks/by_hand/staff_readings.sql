-- By hand: every reading of 4.3 of every teacher who is counted.
create table bench.hand_staff_readings as
with
platforms as (
    select lower(value) as platform
    from catalogue.parameters
    where
        parameter = 'content_platform_4_3'
        and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
),

verified as (
    select content_resource_id
    from staging.stg_o7__content_verifications
    where
        order_no in ('543', '544', '545') and evidence_no is not null
        and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
    group by content_resource_id having count(distinct order_no) = 3
),

held as (
    select
        held.staff_key, held.school_id, held.position_code, held.starts_on, held.staff_position_id, known.is_pedagogical,
        -- A job and its workload have one owner. Asked here and not in the join, where two keys would make the planner expect
        -- one row and compare all teachers with all schools.
        bool_or(work.kind = 'main' and work.staff_key = held.staff_key) as is_main,
        bool_or(work.kind = 'internal' and work.staff_key = held.staff_key) as is_internal
    from staging.stg_o7__staff_positions as held
    inner join staging.stg_o7__staff_workloads as work using (staff_position_id)
    left join catalogue.staff_positions as known on held.position_code = known.code
    where held.starts_on <= %(night)s and (held.ends_on is null or held.ends_on >= %(night)s)
    group by 1, 2, 3, 4, 5, 6
),

-- Whether somebody teaches in a school is asked beside each of his jobs there; asked afterwards it would be a comparison of
-- all jobs with all jobs.
jobs as (
    select
        *,
        bool_or(is_pedagogical and (is_main or is_internal)) over (partition by staff_key, school_id) as is_pedagogue
    from held
),

main_jobs as (
    select distinct on (staff_key) staff_key, school_id, position_code, is_pedagogue
    from jobs where is_main
    order by staff_key asc, starts_on desc, staff_position_id collate "C" desc
),

accounts as (
    select
        staff_key,
        max(case when not is_of_staff then 0 when step < 6 then step when is_verified then 7 else 6 end) as step,
        bool_or(step = 6 and is_verified) as is_any,
        max(last_used_on) filter (
            where is_of_staff and step = 6 and is_verified and last_used_on <= %(night)s
        ) as last_used_on
    from (
        select
            given.staff_key, given.last_used_on,
            verified.content_resource_id is not null as is_verified,
            coalesce(lower(resource.platform) in (select platform from platforms), false) as is_of_staff,
            case
                when given.is_free is not true then 1
                when given.granted_on is null or given.granted_on > %(night)s then 2
                when given.linked_on is null or given.linked_on > %(night)s then 3
                when given.blocked_on <= %(night)s then 4
                when given.revoked_on <= %(night)s then 5
                else 6
            end as step
        from staging.stg_o7__access_grant_staffs as given
        left join staging.stg_o7__content_resources as resource using (content_resource_id)
        left join verified on resource.content_resource_id = verified.content_resource_id
    ) as stepped
    group by staff_key
)

select
    person.staff_key, main_jobs.school_id, main_jobs.position_code, school.unit_code,
    coalesce(accounts.step = 7, false) as has_access,
    coalesce(accounts.step >= 6, false) as has_unverified_access,
    coalesce(accounts.is_any, false) as has_any_access,
    case
        when accounts.step is null then 'no_grant'
        else (array['other_platform', 'not_free', 'not_granted', 'not_linked', 'blocked', 'revoked', 'not_verified'])[
            accounts.step + 1
        ]
    end as access_loss,
    accounts.last_used_on as access_last_used_on
from staging.stg_o7__staff_persons as person
inner join main_jobs on person.staff_key = main_jobs.staff_key
inner join marts.dim_school as school on main_jobs.school_id = school.school_id and school.is_public_general
left join accounts on person.staff_key = accounts.staff_key
where
    person.employed_from <= %(night)s and (person.employed_to is null or person.employed_to >= %(night)s)
    and main_jobs.is_pedagogue
