-- What has passed both gates: which build stands for each night, and the history of the profiles. The views
-- over the figures themselves are in views/published.sql: they read tables that dbt makes, so they are made
-- by the first publication, not here.

create table if not exists published.night (
    night date primary key,
    build_id uuid not null,
    run_id uuid not null,
    published_at timestamptz not null default clock_timestamp(),
    snapshot_at timestamptz not null,
    transport text not null,
    contract_version text not null,
    code_revision text not null
);
comment on table published.night is
'One row per published night: the build that stands for it. Switching this row is the publication.';

-- State of a pupil's profile on the nights of [night_from, night_to); infinity = still so. A row costs a
-- change, not a night. Nights between two published ones belong to no edition; whoever reads must first find
-- the night in published.night.
create table if not exists published.profile_versions (
    student_key uuid not null,
    night_from date not null,
    night_to date not null,
    school_id text not null,
    class_id text not null,
    unit_code text not null,
    parallel integer,
    education_stage text not null,
    statuses text not null,
    has_contact boolean,
    has_identity_conflict boolean not null,
    rules_met text not null,
    filled_count smallint not null,
    applicable_count smallint not null,
    constraint profile_versions_key primary key (student_key, night_from),
    constraint profile_versions_interval check (night_from < night_to)
);
comment on table published.profile_versions is
'One row per pupil and interval of nights in which his profile did not change; pseudonymous.';

create table if not exists published.unplaced (
    night date not null,
    people text not null check (people in ('pupils', 'staff')),
    level text not null,
    org_unit_code text not null,
    persons bigint not null,
    primary key (night, people, level, org_unit_code)
);
comment on table published.unplaced is
'Persons whose rows could not be placed and who are in no denominator; a unit without any has no row';

alter table published.night owner to o7_gate;
alter table published.profile_versions owner to o7_gate;
alter table published.unplaced owner to o7_gate;

grant usage on schema published to o7_reporter, o7_auditor;
grant select on published.night, published.unplaced to o7_reporter, o7_auditor;
-- Rows of single pupils are for the auditor; a report has no use for them.
grant select on published.profile_versions to o7_auditor;
revoke all on published.profile_versions from o7_reporter;
