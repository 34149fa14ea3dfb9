declare
    digits text := regexp_replace(value, '[^0-9]', '', 'g');
begin
    return case
        when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
        when {{ function('is_placeholder') }}(value) then 'p'
        -- One digit repeated is nobody's number, with the code of the country before it or without: +7 999 999 99 99.
        when length(digits) > 1 and ltrim(digits, left(digits, 1)) = '' then 'p'
        when digits ~ '^[78][0-9]{10}$' and ltrim(right(digits, 10), left(right(digits, 10), 1)) = '' then 'p'
        when {{ function('phone_normal_thorough') }}(value) is not null then 'f'
        else 'i'
    end;
end
