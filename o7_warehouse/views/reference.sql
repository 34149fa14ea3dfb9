-- The law as it held on each published night: of several dated rows the youngest that had begun. Reports print these
-- views row by row (report/listing.py); their words for codes are in the report.

create view published.leaves_in_force as
select distinct on (night.night, leaves.leaf_code)
    night.night,
    leaves.leaf_code,
    leaves.machine_name,
    leaves.block,
    leaves.ordinal,
    leaves.label,
    leaves.req_class,
    leaves.cardinality,
    leaves.fill,
    leaves.declared_none_allowed,
    not_applicable.says as not_applicable_when,
    not_due.says as not_due_when,
    leaves.sensitivity,
    string_to_array(leaves.source_columns, '|') as source_columns,
    leaves.legal_place,
    leaves.valid_from
from published.night
inner join catalogue.profile_fields as leaves on night.night >= leaves.valid_from
left join catalogue.leaf_excuses as not_applicable
    on
        leaves.leaf_code = not_applicable.leaf_code and not_applicable.letter = 'x'
        and night.night >= not_applicable.valid_from
left join catalogue.leaf_excuses as not_due
    on leaves.leaf_code = not_due.leaf_code and not_due.letter = 'd' and night.night >= not_due.valid_from
order by
    night.night, leaves.leaf_code, leaves.valid_from desc, not_applicable.valid_from desc, not_due.valid_from desc;

-- Which leaves a class has.
create view published.leaf_classes_in_force as
select
    leaves.night,
    leaves.req_class,
    count(*)::integer as leaf_count,
    array_agg(leaves.leaf_code order by leaves.ordinal) as leaf_codes
from published.leaves_in_force as leaves
group by leaves.night, leaves.req_class;

create view published.leaf_statuses_in_force as
select
    night.night,
    statuses.letter,
    statuses.label,
    statuses.satisfies,
    statuses.is_applicable,
    row_number() over (
        partition by night.night
        order by statuses.is_applicable desc, statuses.satisfies desc nulls last, statuses.letter
    ) as ordinal
from published.night
cross join catalogue.leaf_statuses as statuses;

-- Every classifier with its codes; of languages a code has many synonyms.
create view published.classifier_codes as
select
    night.night,
    codes.ordinal,
    codes.classifier,
    codes.place,
    codes.code,
    codes.name,
    codes.legal_place
from published.night
cross join (
    select 1 as ordinal, 'citizenship_kinds' as classifier, code as place, code, name, legal_place
    from catalogue.citizenship_kinds
    union all
    select 2, 'document_types', code, code, name, legal_place from catalogue.document_types
    union all
    select 3, 'study_forms', code, code, name, legal_place from catalogue.study_forms
    union all
    select 4, 'program_levels', code, code, name, legal_place from catalogue.program_levels
    union all
    select 5, 'education_document_types', code, code, name, legal_place from catalogue.education_document_types
    union all
    select 6, 'guardian_types', code, code, name, legal_place from catalogue.guardian_types
    union all
    select 7, 'org_types', code, code, name, legal_place from catalogue.org_types
    union all
    select 8, 'org_statuses', code, code, name, legal_place from catalogue.org_statuses
    union all
    select 9, 'founders', code, code, name, legal_place from catalogue.founders
    union all
    select 10, 'municipalities', lpad(sort_order::text, 2, '0'), oktmo, name, legal_place
    from catalogue.municipalities
    union all
    select 11, 'staff_positions', code, code, name, legal_place from catalogue.staff_positions
    union all
    select 12, 'languages', code, code, min(name), min(legal_place) from catalogue.languages group by code
    union all
    select 13, 'countries', code, code, name, legal_place from catalogue.countries
) as codes;

create view published.classifiers as
select
    codes.night,
    codes.ordinal,
    codes.classifier,
    count(*)::integer as code_count,
    mode() within group (order by codes.legal_place) as legal_place
from published.classifier_codes as codes
group by codes.night, codes.ordinal, codes.classifier;

-- The classifiers that fit on a page, whole.
create view published.short_classifier_codes as
select codes.*
from published.classifier_codes as codes
inner join published.classifiers on codes.night = classifiers.night and codes.classifier = classifiers.classifier
where classifiers.code_count <= 20;

create view published.indicators_in_force as
select distinct on (night.night, definitions.indicator)
    night.night,
    definitions.indicator,
    definitions.name,
    definitions.unit,
    definitions.decimals,
    definitions.numerator_label,
    definitions.denominator_label,
    definitions.lowest_level,
    definitions.by_stage,
    string_to_array(definitions.readings, '|') as readings,
    definitions.legal_place,
    definitions.definition_version,
    definitions.valid_from
from published.night
inner join catalogue.indicators as definitions on night.night >= definitions.valid_from
order by night.night, definitions.indicator, definitions.valid_from desc;

create view published.order_wordings_in_force as
select distinct on (night.night, wordings.indicator, wordings.ordinal)
    night.night,
    wordings.indicator,
    wordings.ordinal,
    wordings.wording,
    wordings.legal_place,
    wordings.valid_from
from published.night
inner join catalogue.order_wordings as wordings on night.night >= wordings.valid_from
order by night.night, wordings.indicator, wordings.ordinal, wordings.valid_from desc;

-- With the indicators that rest on each; a reading no indicator rests on is not in force.
create view published.interpretations_in_force as
select
    dated.night,
    dated.code,
    dated.ordinal,
    dated.question,
    dated.reading,
    dated.legal_place,
    dated.valid_from,
    concerned.indicators
from (
    select distinct on (night.night, interpretations.code)
        night.night,
        interpretations.code,
        interpretations.ordinal,
        interpretations.question,
        interpretations.reading,
        interpretations.legal_place,
        interpretations.valid_from
    from published.night
    inner join catalogue.interpretations on night.night >= interpretations.valid_from
    order by night.night, interpretations.code, interpretations.valid_from desc
) as dated
inner join lateral (
    select array_agg(indicators.indicator order by indicators.indicator) as indicators
    from published.indicators_in_force as indicators
    where indicators.night = dated.night and dated.code = any(indicators.readings)
) as concerned on concerned.indicators is not null;

create view published.readings_in_force as
select distinct on (night.night, readings.indicator, readings.reading)
    night.night,
    readings.indicator,
    readings.reading,
    readings.is_official,
    readings.ordinal,
    readings.label,
    string_to_array(readings.answers, '|') as answers,
    readings.valid_from
from published.night
inner join published.readings
    on night.night >= readings.valid_from and (readings.valid_to is null or night.night <= readings.valid_to)
order by night.night, readings.indicator, readings.reading, readings.valid_from desc;

create view published.profile_rules_in_force as
select
    night.night,
    rules.rule_code,
    rules.ordinal,
    rules.label,
    rules.is_official,
    string_to_array(rules.req_classes, '|') as req_classes,
    string_to_array(rules.extra_leaves, '|') as extra_leaves,
    rules.needs_contact_group,
    100 * rules.min_share as least_percent,
    rules.evidence_window,
    string_to_array(rules.answers, '|') as answers,
    rules.legal_place,
    rules.valid_from
from published.night
inner join catalogue.profile_rules as rules
    on night.night >= rules.valid_from and (rules.valid_to is null or night.night <= rules.valid_to);

create view published.portfolio_categories_in_force as
select distinct on (night.night, categories.category_code)
    night.night,
    categories.category_code,
    categories.group_code,
    categories.label,
    categories.counts,
    categories.legal_place,
    categories.valid_from
from published.night
inner join catalogue.portfolio_categories as categories on night.night >= categories.valid_from
order by night.night, categories.category_code, categories.valid_from desc;

create view published.loss_reasons_in_force as
select distinct on (night.night, reasons.indicator, reasons.reason)
    night.night,
    reasons.indicator,
    reasons.reason,
    reasons.ordinal,
    reasons.label,
    reasons.remedy,
    reasons.legal_place,
    reasons.valid_from
from published.night
inner join catalogue.loss_reasons as reasons on night.night >= reasons.valid_from
order by night.night, reasons.indicator, reasons.reason, reasons.valid_from desc;

create view published.targets_in_force as
select distinct on (night.night, targets.indicator, targets.year)
    night.night,
    targets.indicator,
    targets.year::text as year,
    targets.target,
    targets.source,
    targets.valid_from
from published.night
inner join catalogue.indicator_targets as targets on night.night >= targets.valid_from
order by night.night, targets.indicator, targets.year, targets.valid_from desc;

create view published.parameters_in_force as
select
    night.night,
    parameters.parameter,
    parameters.value,
    parameters.unit,
    parameters.says,
    parameters.legal_place,
    parameters.valid_from,
    parameters.valid_to
from published.night
inner join catalogue.parameters
    on night.night >= parameters.valid_from and (parameters.valid_to is null or night.night <= parameters.valid_to);

create view published.populations_in_force as
select distinct on (night.night, populations.population)
    night.night,
    populations.population,
    populations.ordinal,
    populations.label,
    populations.legal_place,
    populations.valid_from
from published.night
inner join catalogue.populations on night.night >= populations.valid_from
order by night.night, populations.population, populations.valid_from desc;

-- The field rules that were evaluated on the night, in the words they had then.
create view published.field_rules as
select
    night.night,
    result.rule_id,
    substr(result.rule_id, length(result.entity) + 2) as rule_name,
    result.rule_version,
    result.entity,
    said.columns,
    result.severity,
    said.text,
    said.remedy,
    said.owner,
    said.legal_basis,
    said.leaf_code,
    result.outcome <> 'not_applicable_by_contract' as is_evaluated,
    row_number() over (partition by night.night order by said.place) as ordinal
from published.night
inner join audit.run as own on night.run_id = own.run_id
inner join audit.rule_result as result on night.run_id = result.run_id
-- A rule that left no words stays in the list, so that its hole is seen.
left join lateral (
    select words.*
    from audit.rule_text as words
    inner join audit.run as teller on words.run_id = teller.run_id
    where words.rule_id = result.rule_id and teller.run_no <= own.run_no
    order by teller.run_no desc limit 1
) as said on true;

grant select on
    published.leaves_in_force,
    published.leaf_classes_in_force,
    published.leaf_statuses_in_force,
    published.classifier_codes,
    published.classifiers,
    published.short_classifier_codes,
    published.indicators_in_force,
    published.order_wordings_in_force,
    published.interpretations_in_force,
    published.readings_in_force,
    published.profile_rules_in_force,
    published.portfolio_categories_in_force,
    published.loss_reasons_in_force,
    published.targets_in_force,
    published.parameters_in_force,
    published.populations_in_force,
    published.field_rules
    to o7_reporter, o7_auditor;
