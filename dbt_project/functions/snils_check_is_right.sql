-- s % 101 % 100 is the rule's three cases in one: below 100 itself, 100 and 101 make 00, above 101 the remainder.
(
    (ascii(digits) - 48) * 9
    + (ascii(substr(digits, 2)) - 48) * 8
    + (ascii(substr(digits, 3)) - 48) * 7
    + (ascii(substr(digits, 4)) - 48) * 6
    + (ascii(substr(digits, 5)) - 48) * 5
    + (ascii(substr(digits, 6)) - 48) * 4
    + (ascii(substr(digits, 7)) - 48) * 3
    + (ascii(substr(digits, 8)) - 48) * 2
    + (ascii(substr(digits, 9)) - 48)
) % 101 % 100 = (ascii(substr(digits, 10)) - 48) * 10 + (ascii(substr(digits, 11)) - 48)
