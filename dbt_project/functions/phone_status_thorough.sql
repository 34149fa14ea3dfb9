declare
    digits text := regexp_replace(value, '[^0-9]', '', 'g');
begin
    return case
        when coalesce(btrim(value, E' \t\u00a0'), '') = '' then 'e'
        when {{ function('is_placeholder') }}(value) then 'p'
        -- Ten equal digits after the country code: +7 999 999 99 99.
        when length(digits) >= 10 and ltrim(right(digits, 10), left(right(digits, 10), 1)) = '' then 'p'
        when {{ function('phone_normal_thorough') }}(value) is not null then 'f'
        else 'i'
    end;
end
