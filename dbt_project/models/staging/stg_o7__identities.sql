{{ config(indexes=[{'columns': ['value']}, {'columns': ['student_id']}]) }}
{{ kept_by_pupil('is_touched()', added='', by='value') }}

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
        told.kind,
        told.value
    from
        persons,
        lateral (
            values ('snils', persons.snils_normal), ('inn', persons.inn_normal), ('person', persons.match_key)
        ) as told (kind, value)

    union all

    select
        students.student_id,
        students.student_key,
        told.kind,
        told.value
    from
        students,
        lateral (
            values
            ('login', students.login_key, students.login_status),
            (
                'personal_file',
                concat_ws(' ', students.school_id, students.personal_file_key),
                students.personal_file_status
            )
        ) as told (kind, value, status)
    where told.status = 'f'

)

select * from identities
where identities.value is not null
