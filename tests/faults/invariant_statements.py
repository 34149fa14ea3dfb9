"""What must be true of a warehouse whatever was killed, as statements that count what is not."""

from __future__ import annotations

from typing import Final

# invariant -> what is counted -> the statement. These hold at any moment, also in the middle of a night.
ALWAYS: Final = {
    "rows_accounted": {
        "loads that do not add up": """
            select count(*) from raw_o7.load_record
            where rows_in <> rows_landed + rows_erased or rows_landed <> rows_new + rows_unchanged
        """,
        "nights whose rows were loaded only in part": """
            select count(*) from raw_o7.night
            where
                (select count(*) from raw_o7.load_record as known where known.night = night.night)
                + (
                    select count(*) from raw_o7.absent_column as absent
                    where absent.night = night.night and absent.column_name = ''
                    and not exists (
                        select from raw_o7.load_record as known
                        where known.night = absent.night and known.entity = absent.entity
                    )
                )
                <> (select count(distinct entity) from raw_o7.load_record)
        """,
        "loads of a night that is not retained": """
            select count(*) from raw_o7.load_record
            where not exists (select from raw_o7.night where night.night = load_record.night)
        """,
        "entities of published runs that do not add up": """
            select count(*) from published.night inner join audit.row_account as account using (run_id)
            where
                account.rows_in <> account.rows_raw + account.rows_erased
                or account.rows_raw <> account.rows_admitted + account.rows_quarantined
        """,
        "published runs without an account of their rows": """
            select count(*) from published.night
            where not exists (select from audit.row_account as account where account.run_id = night.run_id)
        """,
    },
    "effects_once": {
        "builds that stand for two nights": """
            select count(*) - count(distinct build_id) from published.night
        """,
        "figures told twice": """
            select coalesce(sum(told.times - 1), 0)::bigint from (
                select count(*) as times from indicators.indicator_values
                group by night, build_id, indicator, level, org_unit_code, education_stage
            ) as told
        """,
        "pupils with two profiles on a night": """
            select count(*) from published.profile_versions as one
            inner join published.profile_versions as other using (student_key)
            where one.night_from < other.night_from and one.night_to > other.night_from
        """,
        "pupils with two readings on a night": """
            select count(*) from published.pupil_reading_versions as one
            inner join published.pupil_reading_versions as other using (student_key)
            where one.night_from < other.night_from and one.night_to > other.night_from
        """,
        "teachers with two readings on a night": """
            select count(*) from published.staff_reading_versions as one
            inner join published.staff_reading_versions as other using (staff_key)
            where one.night_from < other.night_from and one.night_to > other.night_from
        """,
        "open questions remembered twice": """
            select count(*) from published.issue_versions as one
            inner join published.issue_versions as other using (row_key, rule_id, org_id, student_key)
            where one.night_from < other.night_from and one.night_to > other.night_from
        """,
        "keys in quarantine remembered twice": """
            select count(*) from published.aside_versions as one
            inner join published.aside_versions as other using (entity, row_key, org_id)
            where one.night_from < other.night_from and one.night_to > other.night_from
        """,
        "messages taken twice": """
            select count(*) from (
                select from audit.outbox_event where event = 'sent'
                group by edition_id, recipient_id, channel having count(*) > 1
            ) as taken
        """,
        "files of one run with two contents": """
            select count(*) from (
                select from audit.report_file group by run_id, path having count(distinct sha256) > 1
            ) as made
        """,
    },
    "published_whole": {
        "published nights that no gate let pass": """
            select count(*) from published.night
            where 'pass' is distinct from (
                select finding.outcome from audit.gate_finding as finding
                where finding.run_id = night.run_id and finding.gate = 'out' and finding.check_id = 'verdict'
                order by finding.recorded_at desc limit 1
            )
        """,
        "published nights without all indicators of the republic": """
            select count(*) from published.night
            where 4 <> (
                select count(distinct figures.indicator) from indicators.indicator_values as figures
                where
                    figures.night = night.night and figures.build_id = night.build_id
                    and figures.level = 'region' and figures.education_stage = 'all'
            )
        """,
        "published nights with persons of another build": """
            select count(*) from published.night left join published.reading_night as held using (night)
            where night.build_id is distinct from held.build_id or night.build_id <> night.run_id
        """,
        "published nights with broken rules of another run": """
            select count(*) from published.night left join published.issue_night as held using (night)
            where night.run_id is distinct from held.run_id
        """,
        "published nights of a build that is held back": """
            select count(*) from published.night inner join audit.run using (run_id) where run.trigger like 'hold %'
        """,
        "builds of a backfill switched to a run that never was": """
            select count(*) from audit.backfill_event
            where
                event = 'switched'
                and not exists (select from audit.run where run.run_id = backfill_event.switched_run_id)
        """,
        "restatements without all their figures": """
            select count(*) from audit.restatement
            where figures <> (
                select count(*) from audit.restated_figure as moved
                where moved.edition_id = restatement.edition_id and moved.run_id = restatement.run_id
            )
        """,
        "published nights that raw does not retain": """
            select count(*) from published.night
            where not exists (select from raw_o7.night as retained where retained.night = night.night)
        """,
        "figures that are not as many persons as the histories": """
            select count(*) from (
                select
                    figures.indicator, figures.denominator,
                    case figures.indicator
                        when '4.1' then (
                            select count(*) from published.profile_versions as person
                            where person.night_from <= night.night and person.night_to > night.night
                        )
                        when '4.3' then (
                            select count(*) from published.staff_reading_versions as person
                            where person.night_from <= night.night and person.night_to > night.night
                        )
                        else (
                            select count(*) from published.pupil_reading_versions as person
                            where person.night_from <= night.night and person.night_to > night.night
                        )
                    end as persons
                from published.night
                inner join indicators.indicator_values as figures using (night, build_id)
                where figures.level = 'region' and figures.education_stage = 'all'
            ) as told
            where told.denominator <> told.persons
        """,
    },
}  # fmt: skip
# These hold when a night has ended and nobody is at work.
ENDED: Final = {
    "rows_accounted": {
        "accounts that are not what was loaded": """
            select count(*) from published.night
            inner join audit.row_account as account using (run_id)
            inner join raw_o7.load_record as known on known.night = night.night and known.entity = account.entity
            where account.rows_in <> known.rows_in
        """,
        "accounts that are not what quarantine holds": """
            select count(*) from published.night
            inner join audit.row_account as account using (run_id)
            where
                account.rows_quarantined <> (
                    select coalesce(sum(entry.copies), 0) from quarantine.entry
                    where entry.night = night.night and entry.entity = account.entity
                )
                -- What an erasure took out of quarantine since is counted by night and entity alone.
                and not exists (
                    select from audit.erased_rows as erased
                    where erased.night = night.night and erased.entity = account.entity
                )
        """,
    },
    "published_whole": {
        "retained nights that are not published": """
            select count(*) from raw_o7.night as retained
            where not exists (select from published.night where night.night = retained.night)
        """,
        "published nights whose run did not end well": """
            select count(*) from published.night left join audit.run_outcome as ended using (run_id)
            where ended.outcome is distinct from 'success'
        """,
    },
    "nothing_left": {
        "locks of a night that nobody gave back": """
            select count(*) from pg_catalog.pg_locks
            where
                locktype = 'advisory'
                and database = (select oid from pg_catalog.pg_database where datname = current_database())
        """,
        "processes of the server that are still at work": """
            select count(*) from pg_catalog.pg_stat_activity
            where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        """,
        "temporary tables": """
            select count(*) from pg_catalog.pg_class as relation
            inner join pg_catalog.pg_namespace as namespace on relation.relnamespace = namespace.oid
            where namespace.nspname like 'pg\\_temp\\_%' and relation.relkind = 'r'
        """,
        "entities in landing that were loaded long ago": """
            select count(*) from landing._delivery
            where exists (select from raw_o7.night where night.run_id = _delivery.run_id)
        """,
        "erasures that nobody has proved": """
            select count(*) from audit.erasure
            where not exists (select from audit.erasure_proof as proof where proof.erasure_id = erasure.erasure_id)
        """,
        "runs that never ended": """
            select count(*) from audit.run
            where not exists (select from audit.run_outcome as ended where ended.run_id = run.run_id)
        """,
    },
}  # fmt: skip
# Of every entity: nights whose rows in raw are not as many as were counted, and rows of nights nobody loaded.
OF_ENTITY: Final = {
    "entities whose rows in raw are not those that came": """
        select count(*) from raw_o7.load_record as known
        where known.entity = '{entity}' and known.rows_in <> known.rows_erased + (
            select count(*) from raw_o7.{entity} as version
            where version._night_from <= known.night and version._night_to > known.night
        ) + (
            select coalesce(sum(erased.row_count), 0) from audit.erased_rows as erased
            where
                erased.night = known.night and erased.entity = known.entity and erased.batch_id = known.batch_id
        )
    """,
    "rows of a night that is not retained": """
        select count(*) from raw_o7.{entity} as version
        where
            not exists (select from raw_o7.night as retained where retained.night = version._night_from)
            or version._night_to <> 'infinity'
            and not exists (select from raw_o7.night as retained where retained.night = version._night_to)
    """,
}  # fmt: skip
ENTITIES: Final = """
    select relation.relname from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_attribute as attribute on relation.oid = attribute.attrelid
    where
        relation.relnamespace = 'raw_o7'::regnamespace and relation.relkind in ('r', 'p')
        and attribute.attname = '_night_from'
    order by relation.relname
"""
# What a night says, as rows of text without the identities of builds; two builds of the same rows say the same.
SAID: Final = """
    select night.night::text, md5(coalesce(string_agg(said.line, e'\\n' order by said.line collate "C"), ''))
    from published.night
    cross join lateral (
        select to_jsonb(figures)::text as line from published.indicator_values as figures
        where figures.night = night.night
        union all
        select (to_jsonb(unit) - 'build_id')::text from indicators.org_units as unit
        where unit.night = night.night and unit.build_id = night.build_id
        union all
        select to_jsonb(outside)::text from published.unplaced as outside where outside.night = night.night
        union all
        select (to_jsonb(person) - 'night_from' - 'night_to')::text from published.profile_versions as person
        where person.night_from <= night.night and person.night_to > night.night
        union all
        select (to_jsonb(person) - 'night_from' - 'night_to')::text
        from published.pupil_reading_versions as person
        where person.night_from <= night.night and person.night_to > night.night
        union all
        select (to_jsonb(person) - 'night_from' - 'night_to')::text
        from published.staff_reading_versions as person
        where person.night_from <= night.night and person.night_to > night.night
        union all
        select (to_jsonb(issue) - 'night_from' - 'night_to')::text from published.issue_versions as issue
        where issue.night_from <= night.night and issue.night_to > night.night
        union all
        select (to_jsonb(aside) - 'night_from' - 'night_to')::text from published.aside_versions as aside
        where aside.night_from <= night.night and aside.night_to > night.night
    ) as said
    group by night.night
"""
# Files of the reports as the newest rendering noted them, by the run whose figures they tell.
FILES: Final = """
    select distinct on (path) path, sha256, run_id::text = (
        select night.run_id::text from published.night where night.night = report_file.night
    ) as is_of_published
    from audit.report_file
    where path like 'reports/%'
    order by path, recorded_at desc
"""
