coalesce(
    case
        when btrim(value) ~ '^[0-9]{10}$' and btrim(value) <> '0000000000'
            then (
                (ascii(substr(btrim(value), 1)) - 48) * 2
                + (ascii(substr(btrim(value), 2)) - 48) * 4
                + (ascii(substr(btrim(value), 3)) - 48) * 10
                + (ascii(substr(btrim(value), 4)) - 48) * 3
                + (ascii(substr(btrim(value), 5)) - 48) * 5
                + (ascii(substr(btrim(value), 6)) - 48) * 9
                + (ascii(substr(btrim(value), 7)) - 48) * 4
                + (ascii(substr(btrim(value), 8)) - 48) * 6
                + (ascii(substr(btrim(value), 9)) - 48) * 8
            ) % 11 % 10 = ascii(substr(btrim(value), 10)) - 48
    end,
    false
)
