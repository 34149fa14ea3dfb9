case
    when value ~ '^(?:[1-9]|1[0-2])(?:[А-ЯЁ][0-9]?)?$' then value
    else {{ function('class_name_normal_thorough') }}(value)
end
