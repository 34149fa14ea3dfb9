declare
    digits text := regexp_replace(value, '[^0-9]', '', 'g');
    has_plus boolean := value ~ E'^[ \t\u00a0]*[+]';
    national text;
begin
    if ltrim(digits, left(digits, 1)) = '' or (
        digits ~ '^[78][0-9]{10}$' and ltrim(substr(digits, 2), substr(digits, 2, 1)) = ''
    ) then
        return null;
    end if;
    if has_plus and digits !~ '^7' then
        return case when length(digits) between 8 and 15 then '+' || digits end;
    end if;
    if digits ~ '^[78][0-9]{10}$' then
        national := right(digits, 10);
    elsif length(digits) = 10 and not has_plus and digits ~ '^(?:9|866)' then
        -- Ten bare digits may be an eleven-digit number with one missing, unless they start like a whole number.
        national := digits;
    end if;
    return case when national ~ '^[3489]' then '+7' || national end;
end
