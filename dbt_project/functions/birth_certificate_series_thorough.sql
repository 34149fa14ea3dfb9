declare
    joined text := regexp_replace({{ function('clean') }}(value), ' *[-\u2010-\u2015\u2212 ] *', '-');
    numeral text := upper(translate(split_part(joined, '-', 1), E'\u0406\u0456\u04c0\u04cf1l|ХхСсУу', 'IIIIIIIXXCCVV'));
    letters text := translate(upper(split_part(joined, '-', 2)), 'ABEKMHOPCTXY', 'АВЕКМНОРСТХУ');
    series text := numeral || '-' || letters;
begin
    if split_part(joined, '-', 3) = ''
        and series ~ '^(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})-[А-ЯЁ]{2}$' then
        return series;
    end if;
    return null;
end
