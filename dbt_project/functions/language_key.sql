{{ function('clean') }}(regexp_replace(lower(translate(value, E'\t\u00a0', '  ')), '(?:[,;/]| и ).*$', ''))
