-- One word of letters is its own key, and most answers are one.
case
    when value ~ '^[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*$' then lower(value)
    else {{ function('clean') }}(regexp_replace(lower(translate(value, E'\t\u00a0', '  ')), '(?:[,;/]| и ).*$', ''))
end
