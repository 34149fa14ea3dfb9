-- Only digits count; they are taken by leaving out what people write between them.
case
    when translate(value, E' \t\u00a0()-.\u2010\u2011\u2012\u2013\u2014', '') ~ '^(?:\+?7|8)[3489][0-9]{9}$'
        then case
            when
                ltrim(
                    right(translate(value, E' \t\u00a0()-.\u2010\u2011\u2012\u2013\u2014', ''), 10),
                    left(right(translate(value, E' \t\u00a0()-.\u2010\u2011\u2012\u2013\u2014', ''), 10), 1)
                ) <> ''
                then '+7' || right(translate(value, E' \t\u00a0()-.\u2010\u2011\u2012\u2013\u2014', ''), 10)
        end
    else {{ function('phone_normal_thorough') }}(value)
end
