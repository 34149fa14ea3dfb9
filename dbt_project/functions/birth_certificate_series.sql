case
    when value ~ '^(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})-[А-ЯЁ]{2}$' then value
    else {{ function('birth_certificate_series_thorough') }}(value)
end
