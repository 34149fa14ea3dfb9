case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('is_placeholder') }}(value) then 'p'
    when btrim(value, E' \t\u00a0') ~ E'^[^@[:space:]\u00a0]+@[^@.[:space:]\u00a0]+(?:[.][^@.[:space:]\u00a0]+)+$' then 'f'
    else 'i'
end
