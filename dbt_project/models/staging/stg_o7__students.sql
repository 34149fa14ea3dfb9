with

raw_rows as (

    {{ admitted('student', key='student', key_from='source_id') }}

),

typed as (

    select
        raw_rows.source_id as student_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        {{ trimmed('raw_rows.student_no') }} as student_no,
        lower({{ trimmed('raw_rows.login') }}) as login_key,
        case
            when {{ trimmed('raw_rows.login') }} is null then 'e'
            when dq.is_placeholder(raw_rows.login) then 'p'
            else 'f'
        end as login_status,
        lower({{ trimmed('raw_rows.personal_file_no') }}) as personal_file_key,
        case
            when {{ trimmed('raw_rows.personal_file_no') }} is null then 'e'
            when dq.is_placeholder(raw_rows.personal_file_no) then 'p'
            else 'f'
        end as personal_file_status,
        {{ trimmed('raw_rows.study_form_code') }} as study_form_code,
        case
            when {{ trimmed('raw_rows.study_form_code') }} is null then 'e'
            when dq.is_placeholder(raw_rows.study_form_code) then 'p'
            else 'f'
        end as study_form_status,
        dq.as_boolean(raw_rows.is_under_state_care) as is_under_state_care

    from raw_rows

)

select * from typed
