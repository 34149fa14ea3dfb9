case when value ~ '^-?[0-9]{1,100}(?:\.[0-9]{1,100})?$' then value::numeric end
