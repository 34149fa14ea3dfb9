case
    when
        translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '') ~ '^[0-9]{12}$'
        and {{ function('inn_check_is_right') }}(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', ''))
        -- Twelve noughts pass the arithmetic.
        and ltrim(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', ''), left(value, 1)) <> ''
        then translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '')
end
