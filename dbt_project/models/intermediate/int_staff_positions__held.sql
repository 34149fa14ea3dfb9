with

staff_positions as (

    select * from {{ ref('stg_o7__staff_positions') }}

),

staff_workloads as (

    select * from {{ ref('stg_o7__staff_workloads') }}

),

position_catalogue as (

    select * from {{ ref('staff_positions') }}

),

held as (

    select
        staff_positions.staff_key,
        staff_positions.staff_position_id,
        staff_positions.school_id,
        staff_positions.position_code,
        staff_positions.starts_on,
        coalesce(position_catalogue.is_pedagogical, false) as is_pedagogical,
        bool_or(staff_workloads.kind = 'main') as is_main_job,
        bool_or(staff_workloads.kind = 'internal') as is_internal_job

    from staff_positions

    inner join staff_workloads
        on
            staff_positions.staff_position_id = staff_workloads.staff_position_id
            and staff_positions.staff_key = staff_workloads.staff_key

    left join position_catalogue
        on staff_positions.position_code = position_catalogue.code

    where {{ holds_on_the_night('staff_positions.starts_on', 'staff_positions.ends_on') }}

    group by 1, 2, 3, 4, 5, 6

)

select * from held
