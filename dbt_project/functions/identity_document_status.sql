case
    when coalesce(btrim(number, E' \t\u00a0'), '') = '' and coalesce(btrim(series, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('is_identity_placeholder') }}(number) then 'p'
    when is_current is not true then 'i'
    when btrim(type_code) = '12'
        then case
            when
                translate(series, E' \t\u00a0-', '') ~ '^[0-9]{4}$'
                and btrim(number, E' \t\u00a0') ~ '^[0-9]{6}$'
                and issued_on <= night
                and (birth_date is null or issued_on >= (birth_date + interval '14 years')::date)
                then 'f'
            else 'i'
        end
    when btrim(type_code) = '11'
        then case
            when
                {{ function('birth_certificate_series') }}(series) is not null
                and btrim(number, E' \t\u00a0') ~ '^[0-9]{6}$'
                then 'f'
            else 'i'
        end
    -- The codes of the seed document_types; a test compares them.
    when
        btrim(type_code) in (
            '4', '13', '14', '15', '17', '21', '22', '23', '24', '25', '26', '27', '28', '30', '31'
        )
        and length(btrim(number, E' \t\u00a0')) >= 3
        then 'f'
    else 'i'
end
