case
    when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
    when lower(btrim(value, E' \t\u00a0')) in ('платное', 'бесплатное', 'льготное') then 'f'
    when lower(btrim(value, E' \t\u00a0')) in ('не питается', 'нет') then 'n'
    when {{ function('is_placeholder') }}(value) then 'p'
    else 'i'
end
