with

-- Where only the rebuilt are built, whoever shares an identity with one of them.
persons as (

    select * from {{ ref('stg_o7__persons') }}
    where true {{ and_is_kin_of_the_rebuilt() }}

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
            select twins.snils_normal
            from enrolled as twins
            group by twins.snils_normal
            having count(*) > 1
        )

),

-- Namesakes of one birthday are two people when both have a valid number of their own.
one_name as (

    select enrolled.student_key

    from enrolled

    inner join enrolled as namesakes
        on
            enrolled.match_key = namesakes.match_key
            and enrolled.student_key <> namesakes.student_key
            and enrolled.school_id <> namesakes.school_id

    where coalesce(enrolled.snils_normal = namesakes.snils_normal, true)

),

conflicting as (

    select one_snils.student_key from one_snils
    union distinct
    select one_name.student_key from one_name

)

select * from conflicting
where true {{ and_is_rebuilt() }}
