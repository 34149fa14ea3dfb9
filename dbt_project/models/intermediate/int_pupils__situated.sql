with

pupils as (select * from {{ ref('int_pupils__contingent') }}),

persons as (select * from {{ ref('stg_o7__persons') }}),

citizenship_kinds as (select * from {{ ref('citizenship_kinds') }}),

first_periods as (select * from {{ ref('int_grading_periods__first') }}),

current_periods as (select * from {{ ref('int_grading_periods__current') }}),

medical_releases as (
    {{ of_the_rebuilt('stg_o7__medical_releases') }}
),

released as (

    select medical_releases.student_key

    from medical_releases

    where {{ holds_on_the_night('medical_releases.starts_on', 'medical_releases.ends_on') }}

    group by medical_releases.student_key

),

situated as (

    select
        pupils.student_key,
        pupils.parallel,
        -- Only a stated foreign or absent citizenship excuses from a СНИЛС, and only where none was issued.
        coalesce(citizenship_kinds.owes_snils, true) or persons.snils_status <> 'e' as owes_snils,
        -- Marks are due after the first period; without a known period nobody can say they are not.
        coalesce({{ the_night() }} > first_periods.ends_on, true) as owes_marks,
        released.student_key is null as owes_fitness,
        current_periods.starts_on as current_period_starts_on

    from pupils

    inner join persons
        on pupils.student_key = persons.student_key

    left join citizenship_kinds
        on persons.citizenship_kind_code = citizenship_kinds.code

    left join first_periods
        on
            pupils.school_id = first_periods.school_id
            and pupils.parallel = first_periods.parallel

    left join current_periods
        on
            pupils.school_id = current_periods.school_id
            and pupils.parallel = current_periods.parallel

    left join released
        on pupils.student_key = released.student_key

),

keyed as (

    select
        situated.*,
        concat_ws(
            ' ', coalesce(situated.parallel, -1), situated.owes_snils, situated.owes_marks, situated.owes_fitness
        ) as context_key

    from situated

)

select * from keyed
