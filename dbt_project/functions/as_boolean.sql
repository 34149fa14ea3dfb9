case value when 'true' then true when 'false' then false end
