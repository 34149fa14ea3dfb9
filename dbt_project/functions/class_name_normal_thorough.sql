declare
    bare text := translate(
        btrim(regexp_replace(upper({{ function('clean') }}(value)), '(?:КЛАСС|КЛ[.]?)', '')), '«»"“”„''`', ''
    );
    parts text[] := regexp_match(
        translate(bare, 'ABEKMHOPCTXY', 'АВЕКМНОРСТХУ'), '^([1-9]|1[0-2])[- \u2010-\u2015_./]*([А-ЯЁ][0-9]?)?$'
    );
begin
    if bare ~ '^1[- \u2010-\u2015]*ДОП[.]?$' then
        return '1 доп.';
    end if;
    return parts[1] || coalesce(parts[2], '');
end
