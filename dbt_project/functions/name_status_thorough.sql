begin
    if coalesce(btrim(value, E' \t\u00a0'), '') = '' then
        return 'e';
    end if;
    if {{ function('is_identity_placeholder') }}(value) then
        return 'p';
    end if;
    return case
        when {{ function('name_normal_thorough') }}(value) ~ '^[А-ЯЁӀ][а-яёӏ]+(?:[-'' ][А-ЯЁӀа-яёӏ][а-яёӏ]*)*$' then 'f'
        else 'i'
    end;
end
