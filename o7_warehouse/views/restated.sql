-- What a further revision of an edition changes, as the change sheet tells it: the ledger of restatements against the build
-- that stands for a night now. `edition_id` is the edition that is restated.

create view published.restatements as
select
    night.night,
    restated.edition_id,
    restated.frozen_night,
    nullif(restated.causes, '{}') as causes,
    restated.figures
from audit.restatement as restated
inner join published.night on restated.run_id = night.run_id;

-- The figures of the republic and its municipalities that moved; a side without the unit has no counts.
create view published.restated_values as
select
    night.night,
    restated.edition_id,
    figures.indicator,
    figures.level,
    coalesce(units.org_unit_name, figures.org_unit_code) as unit_name,
    coalesce(units.sort_key, '~') as sort_key,
    figures.org_unit_code,
    figures.old_numerator,
    figures.old_denominator,
    figures.old_value,
    figures.new_numerator,
    figures.new_denominator,
    figures.new_value,
    figures.causes
from audit.restatement as restated
inner join published.night on restated.run_id = night.run_id
inner join audit.restated_figure as figures
    on restated.edition_id = figures.edition_id and restated.run_id = figures.run_id
left join published.org_units as units
    on
        night.night = units.night and figures.level = units.level
        and figures.org_unit_code = units.org_unit_code
where figures.level in ('region', 'municipality');

-- How many units of each level have moved, by indicator: schools and classes are told by number only.
create view published.restated_units as
select
    night.night,
    restated.edition_id,
    figures.indicator,
    count(*) filter (where figures.level = 'municipality') as municipalities,
    count(*) filter (where figures.level = 'school') as schools,
    count(*) filter (where figures.level = 'class') as classes
from audit.restatement as restated
inner join published.night on restated.run_id = night.run_id
inner join audit.restated_figure as figures
    on restated.edition_id = figures.edition_id and restated.run_id = figures.run_id
group by night.night, restated.edition_id, figures.indicator;

grant select on
    published.restatements,
    published.restated_values,
    published.restated_units
    to o7_reporter, o7_auditor;
