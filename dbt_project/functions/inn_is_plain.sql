coalesce(
    value ~ '^[0-9]{12}$'
    -- Twelve noughts pass the arithmetic.
    and value <> '000000000000'
    and (
        (ascii(substr(value, 1)) - 48) * 7
        + (ascii(substr(value, 2)) - 48) * 2
        + (ascii(substr(value, 3)) - 48) * 4
        + (ascii(substr(value, 4)) - 48) * 10
        + (ascii(substr(value, 5)) - 48) * 3
        + (ascii(substr(value, 6)) - 48) * 5
        + (ascii(substr(value, 7)) - 48) * 9
        + (ascii(substr(value, 8)) - 48) * 4
        + (ascii(substr(value, 9)) - 48) * 6
        + (ascii(substr(value, 10)) - 48) * 8
    ) % 11 % 10 = ascii(substr(value, 11)) - 48
    and (
        (ascii(substr(value, 1)) - 48) * 3
        + (ascii(substr(value, 2)) - 48) * 7
        + (ascii(substr(value, 3)) - 48) * 2
        + (ascii(substr(value, 4)) - 48) * 4
        + (ascii(substr(value, 5)) - 48) * 10
        + (ascii(substr(value, 6)) - 48) * 3
        + (ascii(substr(value, 7)) - 48) * 5
        + (ascii(substr(value, 8)) - 48) * 9
        + (ascii(substr(value, 9)) - 48) * 4
        + (ascii(substr(value, 10)) - 48) * 6
        + (ascii(substr(value, 11)) - 48) * 8
    ) % 11 % 10 = ascii(substr(value, 12)) - 48,
    false
)
