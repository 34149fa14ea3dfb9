with

academic_years as (

    select * from {{ ref('stg_o7__academic_years') }}

),

parameters as (

    select * from {{ ref('parameters') }}

),

exam_results as (

    select parameters.value as due_from

    from parameters

    where
        parameters.parameter = 'oge_results_from'
        and {{ holds_on_the_night('parameters.valid_from', 'parameters.valid_to') }}

),

dated as (

    select
        {{ the_night() }} as night,
        academic_years.academic_year_id,
        academic_years.starts_on as school_year_starts_on,
        academic_years.ends_on as school_year_ends_on,
        {{ the_night() }}
        >= (extract(year from academic_years.ends_on)::text || '-' || exam_results.due_from)::date as are_exams_due

    from academic_years

    cross join exam_results

    where {{ the_night() }} between academic_years.starts_on and academic_years.ends_on

)

select * from dated
