case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when lower(btrim(value, E' \t\u00a0')) = 'да' then 'f'
    when lower(btrim(value, E' \t\u00a0')) in ('нет', 'не состоит', 'не требуется') then 'n'
    when {{ function('is_placeholder') }}(value) then 'p'
    else 'i'
end
