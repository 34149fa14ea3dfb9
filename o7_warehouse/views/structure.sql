-- The republic as it was and as it is now: attributes of organisations and places of pupils as intervals of nights, and
-- the figures of every night under the structure of the newest one. «Как было» is published.indicator_values.

create view published.school_successors as
select
    successors.night,
    successors.school_id,
    successors.successor_id
from indicators.school_successors as successors
inner join published.night on successors.night = night.night and successors.build_id = night.build_id;

-- A unit's name and parent, and the published nights [night_from, night_to) on which they held; infinity = still so. A
-- unit that was away and comes back begins again.
create view published.org_unit_versions as
with

nights as (
    select
        night,
        row_number() over (order by night) as place,
        coalesce(lead(night) over (order by night), 'infinity'::date) as next_night
    from published.night
),

states as (
    select
        units.level,
        units.org_unit_code,
        units.org_unit_name,
        units.parent_code,
        nights.night,
        nights.next_night,
        nights.place - row_number() over (
            partition by units.level, units.org_unit_code, units.org_unit_name, units.parent_code order by nights.place
        ) as island
    from published.org_units as units
    inner join nights on units.night = nights.night
)

select
    level,
    org_unit_code,
    org_unit_name,
    parent_code,
    min(night) as night_from,
    max(next_night) as night_to
from states
group by level, org_unit_code, org_unit_name, parent_code, island;

-- School and class of a pupil of the contingent, and the nights on which he was there; a version of his profile may be
-- shorter.
create view published.enrollment_versions as
with

versions as (
    select
        student_key,
        school_id,
        class_id,
        unit_code,
        night_from,
        night_to,
        (
            lag(night_to) over pupil = night_from
            and (lag(school_id) over pupil, lag(class_id) over pupil, lag(unit_code) over pupil)
            = (school_id, class_id, unit_code)
        ) is not true as begins
    from published.profile_versions
    window pupil as (partition by student_key order by night_from)
),

numbered as (
    select
        versions.*,
        count(*) filter (where begins) over (partition by student_key order by night_from) as stay
    from versions
)

select
    student_key,
    school_id,
    class_id,
    unit_code,
    min(night_from) as night_from,
    max(night_to) as night_to
from numbered
group by student_key, school_id, class_id, unit_code, stay;

-- «В нынешней структуре»: the schools of a night summed by what they are on the newest published one. A school that has
-- gone over into another counts there; one that is no more, and has no successor, stays what and where it was. Every
-- school counts once, so the republic's figures are those of published.indicator_values.
create view published.present_structure_values as
with

newest as (
    select units.level, units.org_unit_code, units.org_unit_name, units.parent_code
    from published.org_units as units
    where units.night = (select max(night) from published.night)
),

successors as (
    select school_id, successor_id
    from published.school_successors
    where night = (select max(night) from published.night)
),

placed as (
    select
        figures.night,
        figures.indicator,
        figures.definition_version,
        figures.numerator,
        figures.denominator,
        coalesce(present.org_unit_code, units.org_unit_code) as school_code,
        coalesce(present.org_unit_name, units.org_unit_name) as school_name,
        coalesce(present.parent_code, units.parent_code) as unit_code
    from published.indicator_values as figures
    inner join published.org_units as units
        on
            figures.night = units.night
            and figures.org_unit_code = units.org_unit_code
            and units.level = 'school'
    left join successors on figures.org_unit_code = successors.school_id
    left join newest as present
        on
            coalesce(successors.successor_id, figures.org_unit_code) = present.org_unit_code
            and present.level = 'school'
    where figures.level = 'school' and figures.education_stage = 'all'
),

summed as (
    select
        night,
        indicator,
        definition_version,
        case
            when grouping(school_code) = 0 then 'school' when grouping(unit_code) = 0 then 'municipality' else 'region'
        end as level,
        case
            when grouping(school_code) = 0 then school_code
            when grouping(unit_code) = 0 then unit_code
            else (select newest.org_unit_code from newest where newest.level = 'region')
        end as org_unit_code,
        school_name,
        case when bool_or(numerator is null) then null else sum(numerator)::bigint end as numerator,
        sum(denominator)::bigint as denominator
    from placed
    group by night, indicator, definition_version, grouping sets ((school_code, school_name), (unit_code), ())
)

select
    summed.night,
    summed.indicator,
    summed.level,
    summed.org_unit_code,
    coalesce(newest.org_unit_name, summed.school_name) as org_unit_name,
    summed.numerator,
    summed.denominator,
    round(100 * summed.numerator / nullif(summed.denominator, 0)::numeric, 6) as value,
    summed.definition_version
from summed
left join newest on summed.level = newest.level and summed.org_unit_code = newest.org_unit_code;

grant select on
    published.school_successors,
    published.org_unit_versions,
    published.present_structure_values
    to o7_reporter, o7_auditor;
-- Rows of single pupils are for the auditor.
grant select on published.enrollment_versions to o7_auditor;
