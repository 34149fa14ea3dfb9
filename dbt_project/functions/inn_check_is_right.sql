(
    (ascii(substr(digits, 1)) - 48) * 7
    + (ascii(substr(digits, 2)) - 48) * 2
    + (ascii(substr(digits, 3)) - 48) * 4
    + (ascii(substr(digits, 4)) - 48) * 10
    + (ascii(substr(digits, 5)) - 48) * 3
    + (ascii(substr(digits, 6)) - 48) * 5
    + (ascii(substr(digits, 7)) - 48) * 9
    + (ascii(substr(digits, 8)) - 48) * 4
    + (ascii(substr(digits, 9)) - 48) * 6
    + (ascii(substr(digits, 10)) - 48) * 8
) % 11 % 10 = ascii(substr(digits, 11)) - 48
and (
    (ascii(substr(digits, 1)) - 48) * 3
    + (ascii(substr(digits, 2)) - 48) * 7
    + (ascii(substr(digits, 3)) - 48) * 2
    + (ascii(substr(digits, 4)) - 48) * 4
    + (ascii(substr(digits, 5)) - 48) * 10
    + (ascii(substr(digits, 6)) - 48) * 3
    + (ascii(substr(digits, 7)) - 48) * 5
    + (ascii(substr(digits, 8)) - 48) * 9
    + (ascii(substr(digits, 9)) - 48) * 4
    + (ascii(substr(digits, 10)) - 48) * 6
    + (ascii(substr(digits, 11)) - 48) * 8
) % 11 % 10 = ascii(substr(digits, 12)) - 48
