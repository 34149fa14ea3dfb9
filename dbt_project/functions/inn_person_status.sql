case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('inn_is_plain') }}(value) then 'f'
    when {{ function('is_placeholder') }}(value) then 'p'
    when {{ function('inn_normal_thorough') }}(value) is not null then 'f'
    else 'i'
end
