case
    when btrim(house, E' \t\u00a0') ~ '^[0-9]+$' then ltrim(btrim(house, E' \t\u00a0'), '0') = ''
    else {{ function('is_placeholder') }}(house)
end
