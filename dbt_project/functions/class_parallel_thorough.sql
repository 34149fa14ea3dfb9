declare
    canonical text := {{ function('class_name_normal_thorough') }}(value);
    parallel integer := case when canonical = '1 доп.' then 0 else substring(canonical, '^[0-9]+')::integer end;
begin
    return case when parallel between 1 and 11 or is_adapted then parallel end;
end
