case
    when {{ function('snils_is_plain') }}(value) then translate(value, '- ', '')
    else {{ function('snils_normal_thorough') }}(value)
end
