case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('is_placeholder') }}(value) then 'p'
    when {{ function('has_letters') }}(value, min_letters) then 'f'
    else 'i'
end
