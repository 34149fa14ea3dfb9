-- What the field rules found, with its memory: since when, until when, for how long. Nights are published nights; ages
-- are calendar nights, the first and the last one included, so what is seen for the first time is one night old.

-- Each published night beside the one before it.
create view published.night_chain as
select
    night.night,
    lag(night.night) over (order by night.night) as previous_night
from published.night;

-- One row per failing row, rule and unbroken stay.
create view published.issues as
select
    versions.rule_id,
    split_part(versions.rule_id, '.', 1) as entity,
    versions.is_placement,
    nullif(versions.row_key, '00000000-0000-0000-0000-000000000000') as row_key,
    nullif(versions.student_key, '00000000-0000-0000-0000-000000000000') as student_key,
    nullif(versions.org_id, '') as org_id,
    versions.night_from as first_night,
    seen.last_night,
    nullif(versions.night_to, 'infinity') as mended_on,
    seen.last_night - versions.night_from + 1 as age_nights
from published.issue_versions as versions
left join published.night_chain as chain on versions.night_to = chain.night
cross join lateral (
    select coalesce(chain.previous_night, (select max(newest.night) from published.night as newest)) as last_night
) as seen;

-- Which waiver spoke of a rule on each published night.
create view published.waivers as
select
    applied.night,
    applied.waiver_id,
    applied.rule_id,
    applied.state,
    applied.rows_failed,
    applied.rows_in_scope,
    applied.ceiling,
    applied.since,
    applied.until,
    applied.until - applied.night as nights_left,
    applied.granted_by,
    applied.reason,
    applied.municipality,
    applied.org_id,
    applied.org_ids
from published.night
inner join audit.waiver_applied as applied on night.run_id = applied.run_id;

-- Of each published night and rule: what began, what was mended, what goes on, and how much of what is open a waiver keeps
-- silent (the first three and the last leave that out). A rule without an outcome is gone.
create view published.issue_changes as
select
    chain.night,
    chain.previous_night,
    issues.rule_id,
    result.outcome,
    issues.opened,
    issues.mended,
    issues.still_open,
    issues.waived,
    issues.oldest_night,
    issues.schools
from published.night_chain as chain
inner join published.night on chain.night = night.night
cross join lateral (
    select
        versions.rule_id,
        count(*) filter (where versions.night_from = chain.night and not told.is_waived) as opened,
        count(*) filter (where versions.night_to = chain.night and not told.is_waived) as mended,
        count(*) filter (
            where versions.night_from < chain.night and versions.night_to > chain.night and not told.is_waived
        ) as still_open,
        count(*) filter (where versions.night_to > chain.night and told.is_waived) as waived,
        min(versions.night_from) filter (where versions.night_to > chain.night and not told.is_waived) as oldest_night,
        count(distinct nullif(versions.org_id, '')) filter (
            where versions.night_to > chain.night and not told.is_waived
        ) as schools
    from published.issue_versions as versions
    left join (
        select
            waivers.rule_id,
            bool_or(waivers.org_ids is null) as is_everywhere,
            array_agg(scope.org_id) filter (where scope.org_id is not null) as org_ids
        from audit.waiver_applied as waivers
        left join lateral unnest(waivers.org_ids) as scope (org_id) on true
        where waivers.run_id = night.run_id and waivers.state = 'silent'
        group by waivers.rule_id
    ) as silent on versions.rule_id = silent.rule_id
    cross join lateral (
        select coalesce(silent.is_everywhere or versions.org_id = any(silent.org_ids), false) as is_waived
    ) as told
    where versions.night_from <= chain.night and versions.night_to >= chain.night
    group by versions.rule_id
) as issues
left join audit.rule_result as result on night.run_id = result.run_id and issues.rule_id = result.rule_id;

-- Rows in quarantine on each published night, as the account of its rows counts them: equal copies are several rows.
create view published.quarantine_rows as
select
    night.night,
    versions.entity,
    nullif(versions.org_id, '') as org_id,
    sum(versions.row_count)::bigint as row_count
from published.night
inner join published.aside_versions as versions
    on night.night >= versions.night_from and night.night < versions.night_to
group by night.night, versions.entity, versions.org_id;

-- One row per key that could not be placed and unbroken stay, and how many rows had it on the last night.
create view published.quarantine_stays as
select
    stays.entity,
    stays.row_key,
    stays.org_id,
    lower(stays.nights) as first_night,
    upper(stays.nights) as night_to,
    newest.row_count
from (
    select
        versions.entity,
        versions.row_key,
        versions.org_id,
        unnest(range_agg(daterange(versions.night_from, versions.night_to))) as nights
    from published.aside_versions as versions
    group by versions.entity, versions.row_key, versions.org_id
) as stays
inner join published.aside_versions as newest
    on
        stays.entity = newest.entity
        and stays.row_key = newest.row_key
        and stays.org_id = newest.org_id
        and upper(stays.nights) = newest.night_to;

-- The same with all that kept them out meanwhile.
create view published.quarantine_history as
select
    stays.entity,
    nullif(stays.row_key, '00000000-0000-0000-0000-000000000000') as row_key,
    nullif(stays.org_id, '') as org_id,
    stays.row_count,
    reasons.rule_ids,
    stays.first_night,
    seen.last_night,
    nullif(stays.night_to, 'infinity') as released_on,
    seen.last_night - stays.first_night + 1 as age_nights
from published.quarantine_stays as stays
left join published.night_chain as chain on stays.night_to = chain.night
cross join lateral (
    select coalesce(chain.previous_night, (select max(newest.night) from published.night as newest)) as last_night
) as seen
cross join lateral (
    select array_agg(distinct versions.rule_id order by versions.rule_id) as rule_ids
    from published.issue_versions as versions
    where
        versions.is_placement and versions.row_key = stays.row_key and versions.org_id = stays.org_id
        and split_part(versions.rule_id, '.', 1) = stays.entity
        and versions.night_from < stays.night_to and versions.night_to > stays.first_night
) as reasons;

-- Of each published night and entity: how many rows came into quarantine, went out of it and stayed.
create view published.quarantine_changes as
select
    moved.night,
    moved.entity,
    sum(greatest(moved.rows_now - moved.rows_before, 0))::bigint as put_aside,
    sum(greatest(moved.rows_before - moved.rows_now, 0))::bigint as released,
    sum(least(moved.rows_now, moved.rows_before))::bigint as still_aside,
    min(oldest.first_night) as oldest_night
from (
    select
        chain.night,
        versions.entity,
        versions.row_key,
        versions.org_id,
        coalesce(sum(versions.row_count) filter (where versions.night_to > chain.night), 0) as rows_now,
        coalesce(sum(versions.row_count) filter (where versions.night_from < chain.night), 0) as rows_before
    from published.night_chain as chain
    inner join published.aside_versions as versions
        on chain.night >= versions.night_from and chain.night <= versions.night_to
    group by chain.night, versions.entity, versions.row_key, versions.org_id
) as moved
left join published.quarantine_stays as oldest
    on
        moved.rows_now > 0
        and moved.entity = oldest.entity
        and moved.row_key = oldest.row_key
        and moved.org_id = oldest.org_id
        and moved.night >= oldest.first_night
        and moved.night < oldest.night_to
group by moved.night, moved.entity;

grant select on
    published.night_chain,
    published.issue_changes,
    published.quarantine_changes,
    published.quarantine_rows,
    published.waivers
    to o7_reporter, o7_auditor;
-- Keys are for the auditor; a report has no use for them.
grant select on published.issues, published.quarantine_history to o7_auditor;
