-- What reports and the command line may read: the figures of the build that published.night names, with
-- their labels. A build that is not named there, or no longer, is invisible. Made by publish.py as o7_gate,
-- whose rights the views carry.

create view published.org_units as
select
    units.night,
    units.level,
    units.org_unit_code,
    units.org_unit_name,
    units.parent_code,
    units.oktmo_with_check,
    units.school_count,
    units.student_count,
    units.sort_key
from indicators.org_units as units
inner join published.night on units.night = night.night and units.build_id = night.build_id;

create view published.indicators as
select * from catalogue.indicators;

-- Every reading there ever was; of 4.1 these are the profile rules.
create view published.readings as
select indicator, reading, is_official, ordinal, label, answers, valid_from, null::date as valid_to
from catalogue.indicator_readings
union all
select '4.1', rule_code, is_official, ordinal, label, answers, valid_from, valid_to
from catalogue.profile_rules;

create view published.targets as
select * from catalogue.indicator_targets;

create view published.leaf_statuses as
select * from catalogue.leaf_statuses;

create view published.profile_rules as
select * from catalogue.profile_rules;

create view published.interpretations as
select * from catalogue.interpretations;

create view published.order_wordings as
select * from catalogue.order_wordings;

create view published.loss_reasons as
select * from catalogue.loss_reasons;

-- The unit and the label are joined on the left: a figure must never vanish because its name did (the gate
-- looks for both).
create view published.indicator_values as
select
    figures.night,
    figures.indicator,
    labels.name as indicator_name,
    labels.unit,
    figures.level,
    figures.org_unit_code,
    units.org_unit_name,
    units.sort_key,
    figures.education_stage,
    figures.numerator,
    figures.denominator,
    figures.value,
    figures.definition_version
from indicators.indicator_values as figures
inner join published.night on figures.night = night.night and figures.build_id = night.build_id
left join catalogue.indicators as labels
    on figures.indicator = labels.indicator and figures.definition_version = labels.definition_version
left join indicators.org_units as units
    on
        figures.night = units.night
        and figures.build_id = units.build_id
        and figures.level = units.level
        and figures.org_unit_code = units.org_unit_code;

create view published.control_values as
select
    figures.night,
    figures.indicator,
    figures.reading,
    figures.level,
    figures.org_unit_code,
    figures.numerator,
    figures.denominator,
    figures.value
from indicators.control_values as figures
inner join published.night on figures.night = night.night and figures.build_id = night.build_id;

create view published.indicator_breakdowns as
select
    figures.night,
    figures.indicator,
    figures.dimension,
    figures.part,
    figures.level,
    figures.org_unit_code,
    figures.numerator,
    figures.denominator,
    figures.value
from indicators.indicator_breakdowns as figures
inner join published.night on figures.night = night.night and figures.build_id = night.build_id;

create view published.population_counts as
select
    counts.night,
    counts.level,
    counts.org_unit_code,
    counts.population,
    counts.pupils
from indicators.population_counts as counts
inner join published.night on counts.night = night.night and counts.build_id = night.build_id;

create view published.portfolio_counts as
select
    counts.night,
    counts.level,
    counts.org_unit_code,
    counts.category_code,
    counts.outcome,
    counts.items
from indicators.portfolio_counts as counts
inner join published.night on counts.night = night.night and counts.build_id = night.build_id;

create view published.leaf_counts as
select
    counts.night,
    counts.level,
    counts.org_unit_code,
    counts.leaf_code,
    leaves.ordinal,
    leaves.label,
    leaves.block,
    leaves.req_class,
    counts.filled,
    counts.declared_none,
    counts.invalid,
    counts.placeholder,
    counts.empty,
    counts.not_applicable,
    counts.not_due,
    counts.source_absent
from indicators.leaf_counts as counts
inner join published.night on counts.night = night.night and counts.build_id = night.build_id
-- The wording in force on that night.
left join catalogue.profile_fields as leaves
    on
        counts.leaf_code = leaves.leaf_code
        and leaves.valid_from = (
            select max(dated.valid_from)
            from catalogue.profile_fields as dated
            where dated.leaf_code = counts.leaf_code and dated.valid_from <= counts.night
        );

-- What a profile rule asked when the build counted, with the wording in force on that night.
create view published.profile_requirements as
select
    requirements.night,
    requirements.rule_code,
    requirements.is_official,
    requirements.requirement,
    requirements.ordinal,
    coalesce(leaves.label, reasons.label) as label,
    leaves.block,
    leaves.req_class,
    leaves.fill,
    coalesce(leaves.legal_place, reasons.legal_place) as legal_place
from indicators.profile_requirements as requirements
inner join published.night on requirements.night = night.night and requirements.build_id = night.build_id
left join catalogue.profile_fields as leaves
    on
        requirements.requirement = leaves.leaf_code
        and leaves.valid_from = (
            select max(dated.valid_from)
            from catalogue.profile_fields as dated
            where dated.leaf_code = requirements.requirement and dated.valid_from <= requirements.night
        )
left join catalogue.loss_reasons as reasons
    on
        requirements.requirement = reasons.reason
        and reasons.indicator = '4.1'
        and reasons.valid_from = (
            select max(dated.valid_from)
            from catalogue.loss_reasons as dated
            where
                dated.indicator = '4.1' and dated.reason = requirements.requirement
                and dated.valid_from <= requirements.night
        );

-- Why a numerator leaves persons out. A reason that lost nobody has no row.
create view published.indicator_losses as
select
    losses.night,
    losses.indicator,
    losses.level,
    losses.org_unit_code,
    losses.reason,
    losses.persons
from indicators.indicator_losses as losses
inner join published.night on losses.night = night.night and losses.build_id = night.build_id;

create view published.nearest_wins as
select
    wins.night,
    wins.level,
    wins.org_unit_code,
    units.org_unit_name,
    wins.place,
    wins.requirement,
    requirements.label,
    requirements.fill,
    wins.completes,
    wins.lacks,
    wins.value_after,
    wins.rise
from indicators.nearest_wins as wins
inner join published.night on wins.night = night.night and wins.build_id = night.build_id
left join indicators.org_units as units
    on
        wins.night = units.night
        and wins.build_id = units.build_id
        and wins.level = units.level
        and wins.org_unit_code = units.org_unit_code
left join published.profile_requirements as requirements
    on
        wins.night = requirements.night
        and wins.requirement = requirements.requirement
        and requirements.is_official;

-- Where a figure would lie if everybody whose row could not be placed counted against it, or for it. Of a class
-- nobody knows who would belong to it.
create view published.indicator_intervals as
select
    figures.night,
    figures.indicator,
    figures.level,
    figures.org_unit_code,
    bounds.persons as unplaced,
    round(100 * figures.numerator / nullif(figures.denominator + bounds.persons, 0)::numeric, 6) as lowest,
    round(
        100 * (figures.numerator + bounds.persons) / nullif(figures.denominator + bounds.persons, 0)::numeric, 6
    ) as highest
from published.indicator_values as figures
left join published.unplaced
    on
        figures.night = unplaced.night
        and figures.level = unplaced.level
        and figures.org_unit_code = unplaced.org_unit_code
        and unplaced.people = case figures.indicator when '4.3' then 'staff' else 'pupils' end
cross join lateral (select coalesce(unplaced.persons, 0) as persons) as bounds
where figures.education_stage = 'all' and figures.level <> 'class';

-- A school has delivered when a pupil of the contingent is known in it.
create view published.supply as
select
    night.night,
    schools.expected as schools_expected,
    schools.delivered as schools_delivered,
    accounts.rows_in,
    accounts.rows_quarantined
from published.night
cross join lateral (
    select
        count(*) as expected,
        count(*) filter (where units.student_count > 0) as delivered
    from indicators.org_units as units
    where units.night = night.night and units.build_id = night.build_id and units.level = 'school'
) as schools
cross join lateral (
    select
        sum(account.rows_in)::bigint as rows_in,
        sum(account.rows_quarantined)::bigint as rows_quarantined
    from audit.row_account as account
    where account.run_id = night.run_id
) as accounts;

create view published.rule_summary as
select
    night.night,
    result.severity,
    -- The gravest first.
    array_position(array['critical', 'warning', 'info'], result.severity) as place,
    count(*) as rules,
    count(*) filter (where result.outcome <> 'pass') as rules_failed,
    coalesce(sum(result.rows_failed), 0)::bigint as rows_failed
from published.night
inner join audit.rule_result as result on night.run_id = result.run_id
-- A rule about values that the contract does not deliver is in nobody's count.
where result.outcome <> 'not_applicable_by_contract'
group by night.night, result.severity;

grant select on
    published.org_units,
    published.indicators,
    published.readings,
    published.targets,
    published.leaf_statuses,
    published.profile_rules,
    published.interpretations,
    published.order_wordings,
    published.loss_reasons,
    published.indicator_values,
    published.control_values,
    published.indicator_breakdowns,
    published.population_counts,
    published.portfolio_counts,
    published.leaf_counts,
    published.profile_requirements,
    published.indicator_losses,
    published.nearest_wins,
    published.indicator_intervals,
    published.supply,
    published.rule_summary
    to o7_reporter, o7_auditor;
