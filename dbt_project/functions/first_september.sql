make_date(extract(year from night)::integer - case when extract(month from night) < 9 then 1 else 0 end, 9, 1)
