begin
    return case
        when {{ function('inn_is_plain') }}(translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '')) then translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '')
    end;
end
