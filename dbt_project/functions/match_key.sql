case
    when {{ function('clean') }}(last_name) is not null and {{ function('clean') }}(first_name) is not null
        then
            translate(
                upper(
                    {{ function('name_normal') }}(last_name)
                    || '|' || {{ function('name_normal') }}(first_name)
                    || '|' || coalesce({{ function('name_normal') }}(middle_name), '')
                ),
                'Ё- ',
                'Е'
            )
            -- A date as text depends on the session's DateStyle; the number of days does not.
            || '|' || (birth_date - date '1970-01-01')::text || '|' || sex
end
