case
    when coalesce(btrim(value, E' \t\u00a0'), '') in ('', 'empty') then 'e'
    when btrim(value, E' \t\u00a0') = 'filled' then 'f'
    when btrim(value, E' \t\u00a0') = 'declared_none' then 'n'
    else 'i'
end
