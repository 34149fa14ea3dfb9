-- The patterns know the length of every month, so make_date never meets a day that does not exist; the first one is cheap
-- and holds for most days. A cast would depend on the session's DateStyle, and what depends on it is not inlined.
case
    when
        (
            value ~ '^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])$'
            or value ~ '^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:29|3[01])|(?:0[469]|11)-(?:29|30))$'
            or value ~ '^(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29$'
        )
        and value collate "C" > '0001'
        then make_date(left(value, 4)::integer, substr(value, 6, 2)::integer, substr(value, 9, 2)::integer)
end
