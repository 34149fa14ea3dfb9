-- Nineteen names of twenty are plain and are done with here.
case
    when
        value ~ '^[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?$'
        and lower(value) not in ('нет', 'тест', 'неизвестно')
        and ltrim(lower(value), lower(left(value, 1)) || '-') <> ''
        then 'f'
    else {{ function('name_status_thorough') }}(value)
end
