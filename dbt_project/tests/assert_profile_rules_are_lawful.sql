-- What the catalogue of profile rules promises beyond single rows: a rule keeps one place among the letters of a pupil,
-- the places have no gap, and exactly one rule is official on every night from the first to the last. A row here names
-- the rule or the night that breaks it. To mend: correct seeds/profile_rules.csv; a change of the official rule is two
-- rows, one that ends the old (valid_to) and one that begins the new on the next day.
with

rules as (select * from {{ ref('profile_rules') }}),

places as (

    select
        rules.rule_code,
        min(rules.ordinal) as ordinal,
        count(distinct rules.ordinal) as places,
        row_number() over (order by min(rules.ordinal)) as expected

    from rules

    group by rules.rule_code

),

turns as (

    select rules.valid_from as night
    from rules
    union distinct
    select rules.valid_to + 1 as night
    from rules
    where rules.valid_to is not null

)

select 'rule ' || places.rule_code as breach
from places
where places.places > 1 or places.ordinal <> places.expected
union all
select 'night ' || turns.night as breach
from turns
left join rules
    on
        rules.is_official
        and turns.night between rules.valid_from and coalesce(rules.valid_to, 'infinity')
group by turns.night
having count(rules.rule_code) <> 1
