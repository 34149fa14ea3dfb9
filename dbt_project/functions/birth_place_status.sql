case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('is_identity_placeholder') }}(value) then 'p'
    when {{ function('has_letters') }}(value, 3) then 'f'
    else 'i'
end
