(
    extract(year from on_date) - extract(year from birth_date)
    - case
        when (extract(month from on_date), extract(day from on_date))
            < (extract(month from birth_date), extract(day from birth_date))
            then 1
        else 0
    end
)::integer
