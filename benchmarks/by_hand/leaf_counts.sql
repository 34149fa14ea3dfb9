-- By hand: how many pupils have each status at each leaf, per school and above.
create table bench.hand_leaf_counts as
with
leaves as (
    select distinct on (leaf_code) leaf_code, ordinal
    from catalogue.profile_fields where valid_from <= %(night)s
    order by leaf_code asc, valid_from desc
),

letters as (
    select unit_code, school_id, leaves.leaf_code, substr(statuses, leaves.ordinal, 1) as letter, count(*) as pupils
    from marts.fct_profile_completeness cross join leaves
    group by 1, 2, 3, 4
)

select
    case when grouping(school_id) = 0 then 'school' when grouping(unit_code) = 0 then 'municipality' else 'region' end as level,
    case when grouping(school_id) = 0 then school_id when grouping(unit_code) = 0 then unit_code else '83000000' end as org_unit_code,
    letters.leaf_code,
    coalesce(sum(letters.pupils) filter (where meant.status = 'filled'), 0)::bigint as filled,
    coalesce(sum(letters.pupils) filter (where meant.status = 'declared_none'), 0)::bigint as declared_none,
    coalesce(sum(letters.pupils) filter (where meant.status = 'invalid'), 0)::bigint as invalid,
    coalesce(sum(letters.pupils) filter (where meant.status = 'placeholder'), 0)::bigint as placeholder,
    coalesce(sum(letters.pupils) filter (where meant.status = 'empty'), 0)::bigint as empty,
    coalesce(sum(letters.pupils) filter (where meant.status = 'not_applicable'), 0)::bigint as not_applicable,
    coalesce(sum(letters.pupils) filter (where meant.status = 'not_due'), 0)::bigint as not_due,
    coalesce(sum(letters.pupils) filter (where meant.status = 'source_absent'), 0)::bigint as source_absent
from letters
inner join catalogue.leaf_statuses as meant on letters.letter = meant.letter
group by letters.leaf_code, grouping sets ((school_id), (unit_code), ())
