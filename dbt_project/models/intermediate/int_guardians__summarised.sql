{{ config(materialized='view') }}

with

guardians as (

    {{ of_the_rebuilt('stg_o7__guardians') }}

),

students as (

    {{ of_the_rebuilt('stg_o7__students') }}

),

guardian_types as (

    select * from {{ ref('guardian_types') }}

),

-- For a child in full care of the state only the head of the institution represents him.
representing as (

    select
        guardians.student_key,
        case
            when guardians.name_status <> 'f' then guardians.name_status
            when guardians.type_code in (select guardian_types.code from guardian_types) then 'f'
            else 'i'
        end as guardian_status

    from guardians

    inner join students
        on guardians.student_key = students.student_key

    where
        guardians.type_code = '6'
        or students.is_under_state_care is not true

),

summarised as (

    select
        representing.student_key,
        {{ best_status('representing.guardian_status') }} as p32

    from representing

    group by representing.student_key

)

select * from summarised
