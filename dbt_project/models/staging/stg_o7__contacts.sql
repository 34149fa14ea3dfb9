with

raw_rows as (

    {{ admitted('contact', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        lower({{ trimmed('raw_rows.kind') }}) as kind,
        {{ trimmed('raw_rows.guardian_id') }} is not null as is_of_guardian,
        case lower({{ trimmed('raw_rows.kind') }})
            when 'email' then dq.email_status(raw_rows.value)
            when 'mobile' then dq.phone_status(raw_rows.value)
            when 'phone' then dq.phone_status(raw_rows.value)
        end as contact_status

    from raw_rows

)

select * from typed
