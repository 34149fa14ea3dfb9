-- What a school may be told of single pupils of its own: each login the rows of its scope (reach.sql), the role of the
-- service those of all schools. The number of a card is told to the school that keeps it and to no other. The barrier keeps
-- whoever filters these rows from looking at others on the way.

-- Of each published night and school: which rule so many rows of a pupil break, and since when. Without a pupil the row
-- belongs to the school itself.
create view school.worklist with (security_barrier) as
select
    night.night,
    open.org_id,
    open.rule_id,
    open.is_placement,
    open.is_of_pupil,
    case when coalesce(own.tells_cards, reach.tells_all_cards) then open.student_no end as student_no,
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
) as open
cross join visible.reach
left join visible.units as own
    on night.night = own.night and own.level = 'school' and open.org_id = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

-- Of each published night: every pupil whose profile lacks something the official rule asks, by the number of the card
-- that the pupil's school keeps, and what is missing, in words. Pupils who lack the same are told apart last.
create view school.pupil_gaps with (security_barrier) as
select
    night.night,
    gaps.school_id,
    gaps.class_id,
    coalesce(classes.org_unit_name, gaps.class_id) as class_name,
    coalesce(classes.sort_key, '') as class_sort_key,
    case when coalesce(own.tells_cards, reach.tells_all_cards) then gaps.student_no end as student_no,
    gaps.missing,
    gaps.labels
from published.night
cross join lateral (
    with

    asked as (
        select requirement, ordinal, label
        from published.profile_requirements
        where night = night.night and is_official
    ),

    pupils as (
        select
            versions.student_key,
            versions.school_id,
            versions.class_id,
            versions.statuses,
            versions.has_contact is false as is_unreachable,
            versions.has_identity_conflict,
            coalesce(versions.filled_count < rules.min_share * versions.applicable_count, false) as is_below_share
        from published.profile_versions as versions
        left join published.profile_rules as rules
            on
                rules.is_official
                and night.night >= rules.valid_from
                and (rules.valid_to is null or night.night <= rules.valid_to)
        where night.night >= versions.night_from and night.night < versions.night_to
    ),

    alike as (
        select statuses, is_unreachable, has_identity_conflict, is_below_share
        from pupils
        group by statuses, is_unreachable, has_identity_conflict, is_below_share
    ),

    lacking as (
        select
            alike.statuses,
            alike.is_unreachable,
            alike.has_identity_conflict,
            alike.is_below_share,
            count(*)::integer as missing,
            string_agg(asked.label, '; ' order by asked.ordinal) as labels
        from alike
        inner join asked
            on case asked.requirement
                when 'contact_group' then alike.is_unreachable
                when 'identity_conflict' then alike.has_identity_conflict
                when 'filled_share' then alike.is_below_share
                else strpos(
                    (select string_agg(letter, '') from published.leaf_statuses where not satisfies),
                    substr(alike.statuses, asked.ordinal, 1)
                ) > 0
            end
        group by alike.statuses, alike.is_unreachable, alike.has_identity_conflict, alike.is_below_share
    )

    select pupils.school_id, pupils.class_id, nullif(btrim(card.student_no), '') as student_no, lacking.missing, lacking.labels
    from pupils
    inner join lacking using (statuses, is_unreachable, has_identity_conflict, is_below_share)
    left join raw_o7.student_keys as pupil on pupils.student_key = pupil.student_key
    left join (
        select distinct delivered.source_id, delivered.org_id, delivered.student_no
        from raw_o7.student as delivered
        where delivered._night_from <= night.night and delivered._night_to > night.night
    ) as card on pupil.student_id = card.source_id and pupils.school_id = card.org_id
) as gaps
cross join visible.reach
left join visible.units as own
    on night.night = own.night and own.level = 'school' and gaps.school_id = own.org_unit_code
left join published.org_units as classes
    on night.night = classes.night and gaps.class_id = classes.org_unit_code and classes.level = 'class'
where own.org_unit_code is not null or reach.sees_all;

grant select on school.worklist, school.pupil_gaps to o7_school, o7_unit;
