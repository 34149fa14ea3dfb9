case
    when
        translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '') ~ '^[0-9]{11}$'
        and left(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', ''), 9) collate "C" > '001001998'
        and {{ function('snils_check_is_right') }}(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', ''))
        -- 111-111-111 … and its like are fillers, whatever their arithmetic says.
        and ltrim(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', ''), left(value, 1)) <> ''
        then translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '')
end
