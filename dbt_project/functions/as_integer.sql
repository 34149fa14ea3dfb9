case when value ~ '^-?[0-9]{1,18}$' then value::bigint end
