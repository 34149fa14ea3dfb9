-- make_timestamptz depends on the session; a wall-clock time plus the fixed offset of Moscow does not.
case
    when substr(value, 11) ~ '^T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\+03:00$'
        then
            (
                {{ function('as_date') }}(left(value, 10))
                + make_time(substr(value, 12, 2)::integer, substr(value, 15, 2)::integer, substr(value, 18, 2)::integer)
            ) at time zone interval '3 hours'
end
