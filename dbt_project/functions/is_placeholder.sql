coalesce(
    lower(btrim(value, E' \t\u00a0')) in (
        '-', '--', '.', '?', '0', 'н/д', 'нет данных', 'не указано', 'неизвестно', 'unknown', 'test', 'тест',
        'mail@mail.ru', 'no@no.no'
    )
    -- One character alone is short, not repeated.
    or (
        length(translate(value, E' -\t\u00a0', '')) > 1
        and ltrim(lower(translate(value, E' -\t\u00a0', '')), lower(left(translate(value, E' -\t\u00a0', ''), 1))) = ''
    ),
    false
)
