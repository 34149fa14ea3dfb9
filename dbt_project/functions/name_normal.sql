case when value ~ '^[А-ЯЁ][а-яё]+$' then value else {{ function('name_normal_thorough') }}(value) end
