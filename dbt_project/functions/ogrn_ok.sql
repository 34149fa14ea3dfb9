coalesce(
    case
        when btrim(value) ~ '^[1-9][0-9]{12}$'
            then left(btrim(value), 12)::bigint % 11 % 10 = right(btrim(value), 1)::integer
    end,
    false
)
