-- The night as an auditor is told of it: rules with their outcome, entities with who answers for them, what the delivery
-- had that the contract does not know.

-- Each field rule of a published night: how it came out, how many rows break it, what began and was mended since the night
-- before. What a waiver keeps silent is told apart. A rule that left no words has none here.
create view published.rule_outcomes as
select
    rules.night,
    rules.rule_id,
    rules.ordinal,
    rules.entity,
    rules.severity,
    rules.owner,
    rules.text,
    result.outcome,
    result.outcome in ('error', 'not_evaluated') as is_unknown,
    result.rows_checked,
    result.rows_failed,
    coalesce(changes.opened, 0) as opened,
    coalesce(changes.mended, 0) as mended,
    coalesce(changes.waived, 0) as waived,
    coalesce(changes.schools, 0) as schools,
    changes.oldest_night
from published.field_rules as rules
inner join published.night on rules.night = night.night
inner join audit.rule_result as result on night.run_id = result.run_id and rules.rule_id = result.rule_id
left join published.issue_changes as changes
    on rules.night = changes.night and rules.rule_id = changes.rule_id;

-- The same by entity, for whoever answers for it.
create view published.entity_outcomes as
select
    outcomes.night,
    outcomes.entity,
    outcomes.owner,
    min(outcomes.ordinal) as ordinal,
    count(*) as rules,
    count(*) filter (where outcomes.outcome = 'fail') as failed,
    count(*) filter (where outcomes.is_unknown) as unknown,
    coalesce(sum(outcomes.rows_failed), 0)::bigint as rows_failed,
    sum(outcomes.opened)::bigint as opened,
    sum(outcomes.mended)::bigint as mended
from published.rule_outcomes as outcomes
where outcomes.outcome <> 'not_applicable_by_contract'
group by outcomes.night, outcomes.entity, outcomes.owner;

-- What the delivery of a published night had that the contract does not know, or lacked of what it does.
create view published.delivery_findings as
select
    night.night,
    findings.severity,
    told.entity,
    told.column_name,
    findings.check_id,
    count(*) as findings
from published.night
-- A replay reads what the last load before it brought, and what was found of that still holds.
cross join lateral (
    select coalesce(max(loading.run_id::text)::uuid, night.run_id) as run_id
    from (
        select load.run_id
        from audit.run as own
        inner join audit.run as load on own.night = load.night and own.run_no >= load.run_no
        where
            own.run_id = night.run_id
            and exists (select from audit.batch where batch.run_id = load.run_id)
        order by load.run_no desc
        limit 1
    ) as loading
) as loaded
inner join audit.contract_finding as findings on loaded.run_id = findings.run_id
-- A table the contract does not know has a name of its own and stands in no list of words.
cross join lateral (
    select
        case when findings.check_id = 'entity_unknown' then 'unknown' else findings.entity end as entity,
        case
            when findings.check_id = 'entity_unknown' then findings.entity else nullif(findings.column_name, '')
        end as column_name
) as told
group by night.night, findings.severity, told.entity, told.column_name, findings.check_id;

grant select on published.rule_outcomes, published.entity_outcomes, published.delivery_findings to o7_reporter, o7_auditor;
