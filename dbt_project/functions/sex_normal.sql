case
    when lower(btrim(value, E' \t\u00a0')) in ('м', 'муж.', 'мужской') then 'М'
    when lower(btrim(value, E' \t\u00a0')) in ('ж', 'жен.', 'женский') then 'Ж'
end
