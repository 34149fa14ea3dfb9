case
    when
        translate(value, E' ()-', '') ~ '^(?:\+7|8)[3489][0-9]{9}$'
        and ltrim(right(translate(value, E' ()-', ''), 10), left(right(translate(value, E' ()-', ''), 10), 1)) <> ''
        then 'f'
    else {{ function('phone_status_thorough') }}(value)
end
