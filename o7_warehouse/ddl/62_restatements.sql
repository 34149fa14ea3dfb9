-- Restatements (o7_warehouse/editions/restate.py): what an issued edition would say by the build that stands for its period
-- now. The edition itself never changes; a revision after it does what is pending here. Rows are only added.

create table if not exists audit.restatement (
    edition_id text not null,
    run_id uuid not null,
    night date not null,
    frozen_run_id uuid not null,
    frozen_night date not null,
    causes text[] not null,
    deliveries jsonb not null,
    figures integer not null check (figures >= 0),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint restatement_key primary key (edition_id, run_id),
    constraint restatement_of_another_build check (run_id <> frozen_run_id)
);
comment on table audit.restatement is
'An issued edition against a later build of its period: what sets the two builds apart, and how many figures moved';

create table if not exists audit.restated_figure (
    edition_id text not null,
    run_id uuid not null,
    indicator text not null,
    level text not null,
    org_unit_code text not null,
    old_numerator bigint,
    old_denominator bigint,
    old_value numeric,
    new_numerator bigint,
    new_denominator bigint,
    new_value numeric,
    causes text[] not null check (cardinality(causes) > 0),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint restated_figure_key primary key (edition_id, run_id, indicator, level, org_unit_code),
    constraint restated_figure_restatement foreign key (edition_id, run_id) references audit.restatement,
    constraint restated_figure_moved check (
        (old_numerator, old_denominator, old_value) is distinct from (new_numerator, new_denominator, new_value)
    )
);
comment on table audit.restated_figure is
'One figure of an issued edition that the later build tells otherwise; a side without the unit has no counts';

grant select, insert on audit.restatement, audit.restated_figure to o7_reporter;
grant select on audit.restatement, audit.restated_figure to o7_loader, o7_gate, o7_auditor;

-- What sets two builds of a period apart, whoever their figures move: a later night, rows that were delivered again, other
-- code, persons erased in between. Definitions and structure are told figure by figure.
create or replace function audit.restatement_causes(frozen uuid, standing uuid) returns text[]
language sql stable set search_path = '' as $$
    with

    -- A replay reads what the last load before it brought.
    builds as (
        select run.run_id, run.night, run.started_at, run.code_revision, (
            select max(loading.run_no) from audit.run as loading
            where
                loading.night = run.night and loading.run_no <= run.run_no
                and exists (select from audit.batch where batch.run_id = loading.run_id)
        ) as load_no
        from audit.run where run.run_id in (frozen, standing)
    )

    select array_remove(array[
        case when later.night <> sooner.night then 'later_night' end,
        case when later.night = sooner.night and later.load_no <> sooner.load_no then 'redelivered' end,
        case when later.code_revision <> sooner.code_revision then 'recounted' end,
        case when exists (
            select from audit.erased_rows as erased
            where erased.recorded_at > sooner.started_at and erased.recorded_at <= later.started_at
        ) then 'erased' end
    ], null)
    from builds as sooner
    inner join builds as later on later.run_id = standing
    where sooner.run_id = frozen
$$;

-- Rows of each entity as the loads behind two builds of one night counted them, where they differ.
create or replace function audit.restatement_deliveries(frozen uuid, standing uuid) returns jsonb
language sql stable set search_path = '' as $$
    with

    loads as (
        select built.run_id as build_id, (
            select loading.run_id from audit.run as loading
            where
                loading.night = built.night and loading.run_no <= built.run_no
                and exists (select from audit.batch where batch.run_id = loading.run_id)
            order by loading.run_no desc limit 1
        ) as run_id
        from audit.run as built where built.run_id in (frozen, standing)
    ),

    counted as (
        select
            batch.entity,
            max(batch.rows_in) filter (where loads.build_id = frozen) as rows_before,
            max(batch.rows_in) filter (where loads.build_id = standing) as rows_now,
            max(batch.rows_new) filter (where loads.build_id = frozen) as new_before,
            max(batch.rows_new) filter (where loads.build_id = standing) as new_now,
            max(batch.rows_closed) filter (where loads.build_id = frozen) as closed_before,
            max(batch.rows_closed) filter (where loads.build_id = standing) as closed_now
        from loads inner join audit.batch on loads.run_id = batch.run_id
        group by batch.entity
    )

    select coalesce(
        jsonb_object_agg(counted.entity, to_jsonb(counted) - 'entity' order by counted.entity), '{}'
    )
    from counted
    where
        (counted.rows_before, counted.new_before, counted.closed_before)
        is distinct from (counted.rows_now, counted.new_now, counted.closed_now)
$$;
