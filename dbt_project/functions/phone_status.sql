case
    when
        translate(value, ' ()-', '') ~ '^(?:\+?7|8)[3489][0-9]{9}$'
        and ltrim(right(translate(value, ' ()-', ''), 10), left(right(translate(value, ' ()-', ''), 10), 1)) <> ''
        then 'f'
    else {{ function('phone_status_thorough') }}(value)
end
