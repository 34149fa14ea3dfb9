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
    where
        students.login_key in (
            select twins.login_key from students as twins
            group by twins.login_key
            having count(*) > 1
        )

    union all

    select
        persons.student_key,
        'P13' as leaf_code

    from persons
    where
        persons.snils_normal in (
            select twins.snils_normal from persons as twins
            group by twins.snils_normal
            having count(*) > 1
        )

    union all

    select
        persons.student_key,
        'P14' as leaf_code

    from persons
    where
        persons.inn_normal in (
            select twins.inn_normal from persons as twins
            group by twins.inn_normal
            having count(*) > 1
        )

    union all

    select
        students.student_key,
        'P15' as leaf_code

    from students
    where
        (students.school_id, students.personal_file_key) in (
            select
                twins.school_id,
                twins.personal_file_key
            from students as twins
            group by twins.school_id, twins.personal_file_key
            having count(*) > 1
        )

)

select * from duplicates
