case
    when
        translate(value, ' ()-', '') ~ '^(?:\+?7|8)[3489][0-9]{9}$'
        and ltrim(right(translate(value, ' ()-', ''), 10), left(right(translate(value, ' ()-', ''), 10), 1)) <> ''
        then '+7' || right(translate(value, ' ()-', ''), 10)
    else {{ function('phone_normal_thorough') }}(value)
end
