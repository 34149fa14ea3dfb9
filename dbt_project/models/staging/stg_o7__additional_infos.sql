with

raw_rows as (

    {{ admitted('additional_info', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        dq.s_status(raw_rows.long_term_treatment_study_status) as p21,
        dq.s_status(raw_rows.adapted_program_need_status) as p22,
        dq.as_boolean(raw_rows.has_adapted_program) as has_adapted_program,
        case
            when
                {{ yes_no_status('raw_rows.school_register', ['нет', 'не состоит']) }} = 'f'
                and coalesce(dq.as_date(raw_rows.school_register_since) > {{ the_night() }}, true)
                then 'i'
            else {{ yes_no_status('raw_rows.school_register', ['нет', 'не состоит']) }}
        end as p23,
        dq.meal_status(raw_rows.meal_provision) as p24,
        {{ yes_no_status('raw_rows.individual_study', ['нет', 'не требуется']) }} as p25,
        {{ yes_no_status('raw_rows.externship', ['нет', 'не требуется']) }} as p26,
        case
            when
                {{ yes_no_status('raw_rows.pdn_register', ['нет', 'не состоит']) }} = 'f'
                and coalesce(dq.as_date(raw_rows.pdn_register_since) > {{ the_night() }}, true)
                then 'i'
            else {{ yes_no_status('raw_rows.pdn_register', ['нет', 'не состоит']) }}
        end as p27,
        dq.s_status(raw_rows.health_limitation_status) as p28,
        translate(dq.s_status(raw_rows.health_group_status), 'n', 'p') as p29,
        dq.s_status(raw_rows.disability_status) as p30

    from raw_rows

)

select * from typed
