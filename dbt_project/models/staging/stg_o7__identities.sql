{{ config(indexes=[{'columns': ['value']}, {'columns': ['student_id']}]) }}
{{ kept_by_pupil('is_touched()', added='') }}

with

persons as (

    select * from {{ ref('stg_o7__persons') }}
    where true {{ and_is_touched() }}

),

students as (

    select * from {{ ref('stg_o7__students') }}
    where true {{ and_is_touched() }}

),

-- What must tell a pupil apart from every other: whoever shares it is judged together with him (int_students__duplicated,
-- int_persons__conflicting). A placeholder tells nobody apart.
identities as (

    select
        persons.student_id,
        persons.student_key,
        'snils' as kind,
        persons.snils_normal as value
    from persons

    union all

    select
        persons.student_id,
        persons.student_key,
        'inn' as kind,
        persons.inn_normal as value
    from persons

    union all

    select
        persons.student_id,
        persons.student_key,
        'person' as kind,
        persons.match_key as value
    from persons

    union all

    select
        students.student_id,
        students.student_key,
        'login' as kind,
        students.login_key as value
    from students
    where students.login_status = 'f'

    union all

    select
        students.student_id,
        students.student_key,
        'personal_file' as kind,
        concat_ws(' ', students.school_id, students.personal_file_key) as value
    from students
    where students.personal_file_status = 'f'

)

select * from identities
where identities.value is not null
