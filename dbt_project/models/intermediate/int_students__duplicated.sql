with

persons as (

    select * from {{ ref('stg_o7__persons') }}

),

students as (

    select * from {{ ref('stg_o7__students') }}

),

-- Whoever is admitted counts, in the contingent or not: a number given twice identifies nobody.
duplicates as (

    select
        students.student_key,
        'P02' as leaf_code

    from students
    where students.login_key in ({{ shared_values('students', 'login_key') }}) {{ and_is_rebuilt('students.student_key') }}

    union all

    select
        persons.student_key,
        'P13' as leaf_code

    from persons
    where persons.snils_normal in ({{ shared_values('persons', 'snils_normal') }}) {{ and_is_rebuilt('persons.student_key') }}

    union all

    select
        persons.student_key,
        'P14' as leaf_code

    from persons
    where persons.inn_normal in ({{ shared_values('persons', 'inn_normal') }}) {{ and_is_rebuilt('persons.student_key') }}

    union all

    select
        students.student_key,
        'P15' as leaf_code

    from students
    where
        (students.school_id, students.personal_file_key)
        in ({{ shared_values('students', 'school_id, personal_file_key') }}) {{ and_is_rebuilt('students.student_key') }}

)

select * from duplicates
