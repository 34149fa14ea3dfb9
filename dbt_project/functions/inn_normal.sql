case
    when {{ function('inn_is_plain') }}(value) then value
    else {{ function('inn_normal_thorough') }}(value)
end
