coalesce(length(regexp_replace(value, '[^[:alpha:]]', '', 'g')) >= min_letters, false)
