with

raw_rows as (

    {{ admitted('exam_result', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        upper({{ trimmed('raw_rows.exam_kind') }}) as exam_kind,
        dq.as_date(raw_rows.exam_date) as exam_date,
        dq.as_boolean(raw_rows.has_subject) as has_subject,
        dq.as_boolean(raw_rows.has_score) as has_score,
        dq.as_boolean(raw_rows.has_mark) as has_mark

    from raw_rows

)

select * from typed
