{{ config(materialized='view') }}

with

grading_periods as (

    select * from {{ ref('stg_o7__grading_periods') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

-- Between two periods the one that ended last is still the current one.
begun as (

    select distinct on (grading_periods.school_id, parallels.parallel)
        grading_periods.school_id,
        parallels.parallel,
        grading_periods.starts_on

    from grading_periods

    inner join nights
        on
            grading_periods.academic_year_id = nights.academic_year_id
            and grading_periods.starts_on <= nights.night

    cross join
        lateral generate_series(
            grading_periods.parallel_from, grading_periods.parallel_to
        ) as parallels (parallel)

    order by grading_periods.school_id asc, parallels.parallel asc, grading_periods.starts_on desc

)

select * from begun
