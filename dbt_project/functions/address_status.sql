case
    when same_as_registration and kind = 'actual' then 'f'
    when
        (
            btrim(fias_id, E' \t\u00a0') ~ '^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
            or (
                btrim(locality, E' \t\u00a0') <> ''
                and btrim(house, E' \t\u00a0') <> ''
                and not {{ function('is_placeholder') }}(locality)
                and not {{ function('is_house_placeholder') }}(house)
            )
        )
        and (kind is distinct from 'temporary' or valid_until is not null)
        then 'f'
    when
        coalesce(btrim(locality, E' \t\u00a0'), '') = ''
        and coalesce(btrim(house, E' \t\u00a0'), '') = ''
        and coalesce(btrim(fias_id, E' \t\u00a0'), '') = ''
        then 'e'
    when
        (
            {{ function('is_placeholder') }}(locality) or coalesce({{ function('is_house_placeholder') }}(house), false)
        )
        and coalesce(btrim(fias_id, E' \t\u00a0'), '')
        !~ '^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
        then 'p'
    else 'i'
end
