{{ config(materialized='view') }}

with

exam_results as (

    {{ of_the_rebuilt('stg_o7__exam_results') }}

),

complete as (

    select
        exam_results.student_key,
        exam_results.exam_kind,
        coalesce(exam_results.exam_date <= {{ the_night() }} and exam_results.has_subject, false) as is_dated,
        coalesce(exam_results.has_score, false) as has_score,
        coalesce(exam_results.has_mark, false) as has_mark

    from exam_results

),

-- ОГЭ gives a score and a mark; at ЕГЭ the base level of mathematics has a mark and every other subject a score.
judged as (

    select
        complete.student_key,
        case
            when bool_or(complete.exam_kind = 'ОГЭ' and complete.is_dated and complete.has_score and complete.has_mark)
                then 'f'
            when bool_or(complete.exam_kind = 'ОГЭ') then 'i'
            else 'e'
        end as p37,
        case
            when bool_or(complete.exam_kind = 'ЕГЭ' and complete.is_dated and (complete.has_score or complete.has_mark))
                then 'f'
            when bool_or(complete.exam_kind = 'ЕГЭ') then 'i'
            else 'e'
        end as p38

    from complete

    group by complete.student_key

)

select * from judged
