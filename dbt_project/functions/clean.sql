nullif(btrim(regexp_replace(translate(normalize(value), E'\t\u00a0', '  '), ' {2,}', ' ', 'g')), '')
