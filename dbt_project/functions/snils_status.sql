case
    when {{ function('snils_is_plain') }}(value) then 'f'
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when {{ function('is_identity_placeholder') }}(value) then 'p'
    when {{ function('snils_normal_thorough') }}(value) is not null then 'f'
    else 'i'
end
