-- s % 101 % 100 is the rule's three cases in one: below 100 itself, 100 and 101 make 00, above 101 the remainder. Numbers
-- up to 001-001-998 were given out before check digits, so theirs prove nothing.
coalesce(
    value ~ '^[0-9]{3}-[0-9]{3}-[0-9]{3} [0-9]{2}$'
    and value collate "C" > '001-001-998 99'
    and (
        (ascii(substr(value, 1)) - 48) * 9
        + (ascii(substr(value, 2)) - 48) * 8
        + (ascii(substr(value, 3)) - 48) * 7
        + (ascii(substr(value, 5)) - 48) * 6
        + (ascii(substr(value, 6)) - 48) * 5
        + (ascii(substr(value, 7)) - 48) * 4
        + (ascii(substr(value, 9)) - 48) * 3
        + (ascii(substr(value, 10)) - 48) * 2
        + (ascii(substr(value, 11)) - 48) * 1
    ) % 101 % 100 = (ascii(substr(value, 13)) - 48) * 10 + ascii(substr(value, 14)) - 48,
    false
)
