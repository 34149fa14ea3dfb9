declare
    digits text := translate(value, E' \t\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212', '');
begin
    if digits ~ '^[0-9]{11}$' and {{ function('snils_is_plain') }}(
        substr(digits, 1, 3) || '-' || substr(digits, 4, 3) || '-' || substr(digits, 7, 3) || ' ' || substr(digits, 10)
    ) then
        return digits;
    end if;
    return null;
end
