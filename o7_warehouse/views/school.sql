-- What a school may be told of single pupils of its own, beside school.worklist (ddl/50_school.sql): this view stands here
-- because it reads catalogues that dbt makes.

-- Of each published night: every pupil whose profile lacks something the official rule asks, by the number of the card
-- that the pupil's school keeps, and what is missing, in words. Pupils who lack the same are told apart last.
create view school.pupil_gaps with (security_barrier) as
select
    night.night,
    gaps.school_id,
    gaps.class_id,
    coalesce(classes.org_unit_name, gaps.class_id) as class_name,
    coalesce(classes.sort_key, '') as class_sort_key,
    gaps.student_no,
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
left join published.org_units as classes
    on night.night = classes.night and gaps.class_id = classes.org_unit_code and classes.level = 'class';

grant select on school.pupil_gaps to o7_school;
