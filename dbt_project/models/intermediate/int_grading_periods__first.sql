{{ config(materialized='view') }}

with

grading_periods as (

    select * from {{ ref('stg_o7__grading_periods') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

by_parallel as (

    select
        grading_periods.school_id,
        parallels.parallel,
        grading_periods.ends_on,
        row_number() over (
            partition by grading_periods.school_id, parallels.parallel
            order by grading_periods.starts_on, grading_periods.ends_on
        ) as period_number

    from grading_periods

    inner join nights
        on grading_periods.academic_year_id = nights.academic_year_id

    cross join lateral generate_series(
        grading_periods.parallel_from, grading_periods.parallel_to
    ) as parallels (parallel)

),

first_periods as (

    select
        by_parallel.school_id,
        by_parallel.parallel,
        by_parallel.ends_on

    from by_parallel

    where by_parallel.period_number = 1

)

select * from first_periods
