with

staff_persons as (

    select * from {{ ref('stg_o7__staff_persons') }}

),

positions as not materialized (

    select * from {{ ref('int_staff_positions__held') }}

),

schools as (

    select * from {{ ref('int_schools__placed') }}

),

-- Each person once, at the school of the main job (reading A11).
main_jobs as (

    select distinct on (positions.staff_key)
        positions.staff_key,
        positions.school_id,
        positions.position_code

    from positions

    where positions.is_main_job

    order by positions.staff_key asc, positions.starts_on desc, positions.staff_position_id collate "C" desc

),

-- A director who teaches holds a pedagogical position beside the main one; an external part-timer belongs elsewhere.
teaching as (

    select
        positions.staff_key,
        positions.school_id

    from positions

    where
        positions.is_pedagogical
        and (positions.is_main_job or positions.is_internal_job)

    group by positions.staff_key, positions.school_id

),

placed as (

    select
        staff_persons.staff_key,
        main_jobs.school_id,
        main_jobs.position_code,
        schools.unit_code,
        coalesce(schools.is_public_general, false) and teaching.staff_key is not null as is_counted

    from staff_persons

    inner join main_jobs
        on staff_persons.staff_key = main_jobs.staff_key

    left join schools
        on main_jobs.school_id = schools.school_id

    left join teaching
        on
            main_jobs.staff_key = teaching.staff_key
            and main_jobs.school_id = teaching.school_id

    where {{ holds_on_the_night('staff_persons.employed_from', 'staff_persons.employed_to') }}

)

select * from placed
