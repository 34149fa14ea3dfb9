{{ config(materialized='view') }}

with

pupils as (select * from {{ ref('int_pupils__contingent') }}),

students as (select * from {{ ref('stg_o7__students') }}),

duplicates as not materialized (select * from {{ ref('int_students__duplicated') }}),

study_forms as (select * from {{ ref('study_forms') }}),

judged as (

    select
        students.student_key,
        pupils.class_name_status as p01,
        case
            when students.login_status <> 'f' then students.login_status
            when login_twins.student_key is not null then 'i'
            else 'f'
        end as p02,
        case
            when students.personal_file_status <> 'f' then students.personal_file_status
            when file_twins.student_key is not null then 'i'
            else 'f'
        end as p15,
        case
            -- A known code before the placeholders: 11 and 22 are one character repeated.
            when students.study_form_code in (select study_forms.code from study_forms) then 'f'
            when students.study_form_status <> 'f' then students.study_form_status
            else 'i'
        end as p16

    from pupils

    inner join students on pupils.student_key = students.student_key

    left join duplicates as login_twins on students.student_key = login_twins.student_key and login_twins.leaf_code = 'P02'
    left join duplicates as file_twins on students.student_key = file_twins.student_key and file_twins.leaf_code = 'P15'

)

select * from judged
