case
    when value ~ '^(?:[1-9]|1[01])(?:[А-ЯЁ][0-9]?)?$' then rtrim(left(value, 2), 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ')::integer
    else {{ function('class_parallel_thorough') }}(value, is_adapted)
end
