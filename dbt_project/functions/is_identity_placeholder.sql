{{ function('is_placeholder') }}(value) or coalesce(lower(btrim(value, E' \t\u00a0')) = 'нет', false)
