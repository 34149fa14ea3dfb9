-- The pattern knows the length of every month, so make_date never meets a day that does not exist. A cast would depend
-- on the session's DateStyle, and a function that depends on the session is not inlined.
case
    when
        value ~ '^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))$'
        or value ~ '^(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29$'
        then
            case
                when left(value, 4) <> '0000'
                    then make_date(left(value, 4)::integer, substr(value, 6, 2)::integer, substr(value, 9, 2)::integer)
            end
end
