-- What the login of a school, a municipality or the ministry may read: the rows of published that speak of units of its
-- scope (reach.sql), under the names they have there. Barriers all: a filter sees no row that the scope leaves out. Whoever
-- sees all sees also rows of units that are in no list of units, as the private schools of population_counts.

-- Figures of units, each row with level and code.
create view visible.org_units with (security_barrier) as
select told.*
from published.org_units as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.indicator_values with (security_barrier) as
select told.*
from published.indicator_values as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.control_values with (security_barrier) as
select told.*
from published.control_values as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.indicator_breakdowns with (security_barrier) as
select told.*
from published.indicator_breakdowns as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.population_counts with (security_barrier) as
select told.*
from published.population_counts as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.portfolio_counts with (security_barrier) as
select told.*
from published.portfolio_counts as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.leaf_counts with (security_barrier) as
select told.*
from published.leaf_counts as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.indicator_losses with (security_barrier) as
select told.*
from published.indicator_losses as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.nearest_wins with (security_barrier) as
select told.*
from published.nearest_wins as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.indicator_intervals with (security_barrier) as
select told.*
from published.indicator_intervals as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.unit_indicators with (security_barrier) as
select told.*
from published.unit_indicators as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.leaf_fill with (security_barrier) as
select told.*
from published.leaf_fill as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.unit_wins with (security_barrier) as
select told.*
from published.unit_wins as told
cross join visible.reach
left join visible.units as own
    on told.night = own.night and told.level = own.level and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

-- Rows of schools: in the sheet of their municipality, or by the school they belong to.
-- The total below the schools of a municipality is the municipality's own row.
create view visible.unit_schools with (security_barrier) as
select told.*
from published.unit_schools as told
cross join visible.reach
left join visible.units as own
    on
        told.night = own.night
        and own.level = case when told.is_total then 'municipality' else 'school' end
        and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.school_remarks with (security_barrier) as
select told.*
from published.school_remarks as told
cross join visible.reach
left join visible.units as own on told.night = own.night and own.level = 'school' and told.org_unit_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.class_figures with (security_barrier) as
select told.*
from published.class_figures as told
cross join visible.reach
left join visible.units as own on told.night = own.night and own.level = 'school' and told.school_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.class_gaps with (security_barrier) as
select told.*
from published.class_gaps as told
cross join visible.reach
left join visible.units as own on told.night = own.night and own.level = 'school' and told.school_code = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.quarantine_rows with (security_barrier) as
select told.*
from published.quarantine_rows as told
cross join visible.reach
left join visible.units as own on told.night = own.night and own.level = 'school' and told.org_id = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

-- Persons, pseudonymous, as they were on a published night: of a history nobody sees the part that another unit kept.
create view visible.profiles with (security_barrier) as
select
    night.night,
    told.student_key,
    told.school_id,
    told.class_id,
    told.parallel,
    told.education_stage,
    told.statuses,
    told.has_contact,
    told.has_identity_conflict,
    told.rules_met,
    told.filled_count,
    told.applicable_count
from published.night
inner join published.profile_versions as told on night.night >= told.night_from and night.night < told.night_to
cross join visible.reach
left join visible.units as own
    on night.night = own.night and own.level = 'school' and told.school_id = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.pupil_readings with (security_barrier) as
select
    night.night,
    told.student_key,
    told.school_id,
    told.class_id,
    told.has_recommendation,
    told.has_plan,
    told.has_portfolio,
    told.trajectory_loss,
    told.access_loss
from published.night
inner join published.pupil_reading_versions as told on night.night >= told.night_from and night.night < told.night_to
cross join visible.reach
left join visible.units as own
    on night.night = own.night and own.level = 'school' and told.school_id = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

create view visible.staff_readings with (security_barrier) as
select
    night.night,
    told.staff_key,
    told.school_id,
    told.position_code,
    told.access_loss
from published.night
inner join published.staff_reading_versions as told on night.night >= told.night_from and night.night < told.night_to
cross join visible.reach
left join visible.units as own
    on night.night = own.night and own.level = 'school' and told.school_id = own.org_unit_code
where own.org_unit_code is not null or reach.sees_all;

grant select on
    visible.org_units,
    visible.indicator_values,
    visible.control_values,
    visible.indicator_breakdowns,
    visible.population_counts,
    visible.portfolio_counts,
    visible.leaf_counts,
    visible.indicator_losses,
    visible.nearest_wins,
    visible.indicator_intervals,
    visible.unit_indicators,
    visible.leaf_fill,
    visible.unit_wins,
    visible.unit_schools,
    visible.school_remarks,
    visible.class_figures,
    visible.class_gaps,
    visible.quarantine_rows,
    visible.profiles,
    visible.pupil_readings,
    visible.staff_readings
    to o7_unit;
