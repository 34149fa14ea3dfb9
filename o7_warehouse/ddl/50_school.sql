-- What a school may be told of its own rows. Views only: the number by which a school knows its pupil (student_no) is read
-- from raw_o7 whenever it is asked for, and kept nowhere else. One role reads here, for one purpose: the worklists.

create schema if not exists school authorization o7_gate;
grant usage on schema school to o7_school;

set local role o7_gate;

-- Of each published night and school: which rule so many rows of a pupil break, and since when. The number is told to the
-- school that keeps the pupil's card and to no other. Without a pupil the row belongs to the school itself. The barrier
-- keeps whoever filters these rows from looking at others on the way.
create or replace view school.worklist with (security_barrier) as
select
    night.night,
    open.org_id,
    open.rule_id,
    open.is_placement,
    open.is_of_pupil,
    open.student_no,
    open.first_night,
    open.row_count
from published.night
cross join lateral (
    select
        issue.org_id,
        issue.rule_id,
        issue.is_placement,
        issue.student_key <> '00000000-0000-0000-0000-000000000000' as is_of_pupil,
        nullif(btrim(card.student_no), '') as student_no,
        min(issue.night_from) as first_night,
        count(*)::integer as row_count
    from published.issue_versions as issue
    left join raw_o7.student_keys as pupil on issue.student_key = pupil.student_key
    left join (
        select distinct delivered.source_id, delivered.org_id, delivered.student_no
        from raw_o7.student as delivered
        where delivered._night_from <= night.night and delivered._night_to > night.night
    ) as card on pupil.student_id = card.source_id and issue.org_id = card.org_id
    where issue.night_from <= night.night and issue.night_to > night.night and issue.org_id <> ''
    group by 1, 2, 3, 4, 5
) as open;

comment on view school.worklist is
'What each school has to mend on a published night: rule, number of the pupil''s card, since when; for o7_school alone';

grant select on school.worklist to o7_school;
