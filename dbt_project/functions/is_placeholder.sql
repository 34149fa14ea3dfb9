coalesce(
    lower(btrim(value, E' \t\u00a0')) in (
        '-', '--', '.', '?', '0', 'н/д', 'нет данных', 'не указано', 'неизвестно', 'unknown', 'test', 'тест',
        'mail@mail.ru', 'no@no.no'
    )
    -- Nothing is left when the first character, in either case, is taken away; one character alone is short, not repeated.
    or (
        ltrim(
            value,
            E' -\t\u00a0'
            || lower(left(ltrim(value, E' -\t\u00a0'), 1))
            || upper(left(ltrim(value, E' -\t\u00a0'), 1))
        ) = ''
        and (
            length(translate(value, E' -\t\u00a0', '')) > 1
            -- Nothing but hyphens is a filler of any length.
            or (strpos(value, '-') > 0 and translate(value, E' -\t\u00a0', '') = '')
        )
    ),
    false
)
