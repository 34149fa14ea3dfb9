(instant at time zone interval '3 hours')::date
