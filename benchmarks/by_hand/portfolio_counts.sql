-- By hand: documents of the contingent by category and by the first test they fail.
create table bench.hand_portfolio_counts as
select
    case when grouping(pupil.school_id) = 0 then 'school' when grouping(pupil.unit_code) = 0 then 'municipality' else 'region' end as level,
    case
        when grouping(pupil.school_id) = 0 then pupil.school_id
        when grouping(pupil.unit_code) = 0 then pupil.unit_code
        else '83000000'
    end as org_unit_code,
    coalesce(item.category_code, 'unmapped') as category_code,
    item.outcome,
    count(*) as items
from bench.hand_portfolio as item
inner join marts.fct_profile_completeness as pupil on item.student_key = pupil.student_key
group by coalesce(item.category_code, 'unmapped'), item.outcome, grouping sets ((pupil.school_id), (pupil.unit_code), ())
