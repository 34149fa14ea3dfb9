with

persons as (

    select * from {{ ref('stg_o7__persons') }}

),

enrollments as (

    select * from {{ ref('int_enrollments__won') }}

),

enrolled as (

    select
        persons.student_key,
        persons.snils_normal,
        persons.match_key,
        enrollments.school_id

    from persons

    inner join enrollments
        on persons.student_key = enrollments.student_key

),

one_snils as (

    select enrolled.student_key

    from enrolled

    where
        enrolled.snils_normal in (
            select enrolled.snils_normal from enrolled group by enrolled.snils_normal having count(*) > 1
        )

),

-- Namesakes of one birthday are two people when both have a valid number of their own.
one_name as (

    select enrolled.student_key

    from enrolled

    inner join enrolled as others
        on
            enrolled.match_key = others.match_key
            and enrolled.student_key <> others.student_key
            and enrolled.school_id <> others.school_id

    where coalesce(enrolled.snils_normal = others.snils_normal, true)

),

conflicting as (

    select one_snils.student_key from one_snils
    union distinct
    select one_name.student_key from one_name

)

select * from conflicting
