-- Figures as the sheets of single units tell them: each row names the unit whose document it belongs to. Shares are told
-- by their two counts; who prints them divides once.

-- The indicators of a municipality or a school beside those of the republic. Municipalities have a place among one another;
-- state organisations are no territory and have none.
create view published.unit_indicators as
select
    own.night,
    own.level,
    own.org_unit_code,
    own.indicator,
    own.indicator_name,
    own.numerator,
    own.denominator,
    own.value,
    republic.numerator as republic_numerator,
    republic.denominator as republic_denominator,
    republic.value as republic_value,
    case
        when own.level = 'municipality' and units.oktmo_with_check is not null and own.value is not null
            then rank() over (
                partition by own.night, own.level, own.indicator, units.oktmo_with_check is null
                order by own.value desc nulls last
            )
    end as place
from published.indicator_values as own
inner join published.org_units as units
    on own.night = units.night and own.level = units.level and own.org_unit_code = units.org_unit_code
inner join published.indicator_values as republic
    on
        own.night = republic.night
        and own.indicator = republic.indicator
        and republic.level = 'region'
        and republic.education_stage = 'all'
where own.education_stage = 'all' and own.level in ('municipality', 'school');

-- The schools of a municipality with their place within it, and below them the municipality as a whole.
create view published.unit_schools as
select
    figures.night,
    schools.parent_code as unit_code,
    figures.indicator,
    schools.org_unit_code,
    schools.org_unit_name,
    figures.numerator,
    figures.denominator,
    figures.value,
    (row_number() over (
        partition by figures.night, schools.parent_code, figures.indicator
        order by schools.sort_key, schools.org_unit_code
    ))::text as number,
    case
        when figures.value is not null
            then rank() over (
                partition by figures.night, schools.parent_code, figures.indicator order by figures.value desc nulls last
            )
    end as place,
    schools.sort_key,
    false as is_total
from published.indicator_values as figures
inner join published.org_units as schools
    on
        figures.night = schools.night
        and figures.org_unit_code = schools.org_unit_code
        and schools.level = 'school'
where figures.level = 'school' and figures.education_stage = 'all'
union all
select
    figures.night,
    figures.org_unit_code,
    figures.indicator,
    figures.org_unit_code,
    figures.org_unit_name,
    figures.numerator,
    figures.denominator,
    figures.value,
    '',
    null,
    '',
    true
from published.indicator_values as figures
where figures.level = 'municipality' and figures.education_stage = 'all';

-- How far each leaf is filled: declared absence is filled, a placeholder is not. A leaf that О7 did not deliver has no counts.
create view published.leaf_fill as
select
    counts.night,
    counts.level,
    counts.org_unit_code,
    counts.leaf_code,
    counts.ordinal,
    counts.label,
    counts.block,
    summed.filled + summed.not_filled + summed.invalid as due,
    summed.filled,
    summed.not_filled,
    summed.invalid
from published.leaf_counts as counts
left join lateral (
    select
        counts.filled + counts.declared_none as filled,
        counts.empty + counts.placeholder as not_filled,
        counts.invalid as invalid
    where counts.source_absent = 0
) as summed on true;

-- Requirements that alone would complete profiles, with the counts that 4.1 would then have.
create view published.unit_wins as
select
    wins.night,
    wins.level,
    wins.org_unit_code,
    wins.place,
    wins.requirement,
    wins.label,
    wins.lacks,
    wins.completes,
    figures.numerator + wins.completes as numerator_after,
    figures.denominator
from published.nearest_wins as wins
inner join published.indicator_values as figures
    on
        wins.night = figures.night
        and wins.level = figures.level
        and wins.org_unit_code = figures.org_unit_code
        and figures.indicator = '4.1'
        and figures.education_stage = 'all'
where wins.completes > 0 and wins.place <= 10;

-- Rows of a school's own keeping that break a field rule, by severity. A school without any has no row.
create view published.school_remarks as
select
    night.night,
    schools.parent_code as unit_code,
    schools.org_unit_code,
    schools.org_unit_name,
    schools.sort_key,
    count(*) filter (where result.severity = 'critical') as critical,
    count(*) filter (where result.severity = 'warning') as warning,
    count(*) filter (where result.severity = 'info') as info,
    count(*) filter (where open.night_from = night.night) as opened
from published.night
inner join published.issue_versions as open
    on night.night >= open.night_from and night.night < open.night_to
inner join audit.rule_result as result on night.run_id = result.run_id and open.rule_id = result.rule_id
inner join published.org_units as schools
    on night.night = schools.night and open.org_id = schools.org_unit_code and schools.level = 'school'
group by
    night.night, schools.parent_code, schools.org_unit_code, schools.org_unit_name, schools.sort_key;

-- What is entered into ФГИС КИ of a night: the value of each indicator with its counts and the quarter of the night.
create view published.fgiski_values as
select
    figures.night,
    figures.indicator,
    labels.name,
    labels.unit,
    figures.numerator,
    figures.denominator,
    figures.value,
    extract(quarter from figures.night)::integer as quarter,
    extract(year from figures.night)::integer::text as year
from published.indicator_values as figures
inner join published.indicators_in_force as labels
    on figures.night = labels.night and figures.indicator = labels.indicator
where figures.level = 'region' and figures.education_stage = 'all';

grant select on
    published.unit_indicators,
    published.unit_schools,
    published.leaf_fill,
    published.unit_wins,
    published.school_remarks,
    published.fgiski_values
    to o7_reporter, o7_auditor;

-- The classes of a school with the indicators that are counted of pupils.
create view published.class_figures as
select
    classes.night,
    classes.parent_code as school_code,
    classes.org_unit_code,
    classes.org_unit_name,
    classes.sort_key,
    max(figures.denominator) as pupils,
    max(figures.numerator) filter (where figures.indicator = '4.1') as with_profile,
    max(figures.numerator) filter (where figures.indicator = '4.2') as with_trajectory,
    max(figures.numerator) filter (where figures.indicator = '4.4') as with_access
from published.org_units as classes
inner join published.indicator_values as figures
    on
        classes.night = figures.night
        and classes.org_unit_code = figures.org_unit_code
        and figures.level = 'class'
        and figures.education_stage = 'all'
where classes.level = 'class'
group by classes.night, classes.parent_code, classes.org_unit_code, classes.org_unit_name, classes.sort_key;

-- What the official rule misses in the classes of a school: a requirement with the pupils who do not meet it, class by class.
create view published.class_gaps as
select
    wins.night,
    classes.parent_code as school_code,
    wins.requirement,
    wins.label,
    requirements.ordinal,
    sum(wins.lacks)::bigint as lacks,
    string_agg(
        classes.org_unit_name || ' — ' || wins.lacks, '; ' order by classes.sort_key, classes.org_unit_code
    ) as by_class
from published.nearest_wins as wins
inner join published.org_units as classes
    on wins.night = classes.night and wins.org_unit_code = classes.org_unit_code and classes.level = 'class'
inner join published.profile_requirements as requirements
    on wins.night = requirements.night and wins.requirement = requirements.requirement and requirements.is_official
where wins.level = 'class' and wins.lacks > 0
group by wins.night, classes.parent_code, wins.requirement, wins.label, requirements.ordinal;

grant select on published.class_figures, published.class_gaps to o7_reporter, o7_auditor;
