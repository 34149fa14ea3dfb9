with

raw_rows as (

    {{ admitted('person', key='student', key_from='source_id') }}

),

typed as (

    select
        raw_rows.source_id as student_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        dq.name_status(raw_rows.last_name) as last_name_status,
        dq.name_status(raw_rows.first_name) as first_name_status,
        case
            -- A value beats the mark that there is none.
            when {{ trimmed('raw_rows.middle_name') }} is null and dq.as_boolean(raw_rows.middle_name_absent) then 'n'
            else dq.name_status(raw_rows.middle_name)
        end as middle_name_status,
        dq.as_date(raw_rows.birth_date) as birth_date,
        case
            when {{ trimmed('raw_rows.birth_date') }} is null then 'e'
            when raw_rows.birth_date in ('1900-01-01', '1970-01-01') then 'p'
            when dq.is_identity_placeholder(raw_rows.birth_date) then 'p'
            when dq.as_date(raw_rows.birth_date) is null then 'i'
            else 'f'
        end as birth_date_status,
        dq.language_key(raw_rows.native_language) as language_key,
        case
            when {{ trimmed('raw_rows.native_language') }} is null then 'e'
            when dq.is_identity_placeholder(raw_rows.native_language) then 'p'
            else 'f'
        end as language_status,
        case
            when {{ trimmed('raw_rows.sex') }} is null then 'e'
            when dq.is_identity_placeholder(raw_rows.sex) then 'p'
            when dq.sex_normal(raw_rows.sex) is null then 'i'
            else 'f'
        end as sex_status,
        {{ trimmed('raw_rows.citizenship_kind_code') }} as citizenship_kind_code,
        {{ trimmed('raw_rows.citizenship_country_code') }} as citizenship_country_code,
        case
            when {{ trimmed('raw_rows.citizenship_kind_code') }} is null then 'e'
            when dq.is_identity_placeholder(raw_rows.citizenship_kind_code) then 'p'
            else 'f'
        end as citizenship_status,
        dq.snils_status(raw_rows.snils) as snils_status,
        dq.snils_normal(raw_rows.snils) as snils_normal,
        dq.inn_person_status(raw_rows.inn) as inn_status,
        case when dq.inn_person_status(raw_rows.inn) = 'f' then dq.inn_normal(raw_rows.inn) end as inn_normal,
        dq.birth_place_status(raw_rows.birth_place) as birth_place_status,
        dq.match_key(
            raw_rows.last_name,
            raw_rows.first_name,
            raw_rows.middle_name,
            dq.as_date(raw_rows.birth_date),
            dq.sex_normal(raw_rows.sex)
        ) as match_key

    from raw_rows

)

select * from typed
