-- What happened, night by night: rows are added, never changed and never taken away (no role has the right).
-- Names, counts and pseudonyms only. The keys make a repeated task harmless: it adds with `on conflict do nothing`.

create table if not exists audit.run (
    run_id uuid primary key,
    run_no bigint generated always as identity,
    night date not null,
    mode text not null check (mode in ('extract', 'replay')),
    transport text,
    trigger text not null,
    contract_version text not null,
    snapshot_at timestamptz not null,
    code_revision text not null,
    started_at timestamptz not null default clock_timestamp(),
    recorded_at timestamptz not null default clock_timestamp()
);
-- A constraint of its own, under a name that says its content: a warehouse built before T3 knows the narrower one.
do $$
begin
    if not exists (select from pg_constraint where conrelid = 'audit.run'::regclass and conname = 'run_transport_t1_t3')
    then
        alter table audit.run drop constraint if exists run_transport_check;
        alter table audit.run add constraint run_transport_t1_t3 check (transport in ('T1', 'T2', 'T3'));
    end if;
end
$$;
comment on table audit.run is 'One row per run of a night; the run with the greatest run_no is the only one at work';

create table if not exists audit.run_outcome (
    run_id uuid primary key references audit.run,
    outcome text not null,
    message text,
    finished_at timestamptz not null default clock_timestamp(),
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.run_outcome is 'How a run ended; a run without a row here is at work, was killed or was superseded';

create table if not exists audit.task_record (
    run_id uuid not null,
    task text not null,
    outcome text not null,
    started_at timestamptz,
    finished_at timestamptz,
    detail jsonb,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.task_record is 'One row per attempt of a task';

create table if not exists audit.batch (
    run_id uuid not null,
    night date not null,
    entity text not null,
    rows_in bigint not null,
    rows_landed bigint not null,
    rows_new bigint not null,
    rows_closed bigint not null,
    rows_unchanged bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (run_id, entity)
);
comment on table audit.batch is 'What a run loaded: rows the source counted, landed, new and closed versions in raw';

create table if not exists audit.row_account (
    run_id uuid not null,
    night date not null,
    entity text not null,
    rows_in bigint not null,
    rows_raw bigint not null,
    rows_admitted bigint not null,
    rows_quarantined bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (run_id, entity)
);
comment on table audit.row_account is 'Where the rows of an entity went: in = raw = admitted to staging + quarantined';

create table if not exists audit.contract_finding (
    run_id uuid not null,
    entity text not null,
    column_name text not null default '',
    check_id text not null,
    severity text not null check (severity in ('critical', 'warning', 'notice')),
    message text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.contract_finding is 'What the contract checks found in a delivery; critical ones stopped the night';

create table if not exists audit.rule_result (
    run_id uuid not null,
    night date not null,
    rule_id text not null,
    rule_version text not null,
    entity text not null,
    severity text not null,
    outcome text not null check (outcome in ('pass', 'fail', 'error', 'not_evaluated')),
    rows_checked bigint,
    rows_failed bigint,
    gx_failed bigint,
    error_class text,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (run_id, rule_id)
);
comment on table audit.rule_result is 'One row per field rule and run, as both engines counted it';

create table if not exists audit.rule_text (
    run_id uuid not null,
    rule_id text not null,
    place integer not null,
    columns text [] not null,
    text text not null,
    remedy text not null,
    owner text not null,
    legal_basis text not null,
    leaf_code text,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (rule_id, run_id)
);
comment on table audit.rule_text is
'What a field rule says, from the first run that said it so; a run without a row says what the one before it said';

create table if not exists audit.failing_key (
    run_id uuid not null,
    night date not null,
    rule_id text not null,
    row_key uuid,
    student_key uuid,
    org_id text,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.failing_key is 'Pseudonymous keys of the rows that broke a rule';

create table if not exists audit.gate_finding (
    run_id uuid not null,
    gate text not null,
    check_id text not null,
    outcome text not null,
    message text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.gate_finding is 'What the gate in and the gate out found';

create table if not exists audit.model_timing (
    run_id uuid not null,
    node text not null,
    status text not null,
    seconds double precision,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.model_timing is 'How long dbt worked at each node';

create table if not exists audit.report_file (
    run_id uuid not null,
    night date not null,
    report_id text not null,
    format text not null,
    path text not null,
    bytes bigint not null,
    sha256 text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.report_file is 'Every report file that was made, with its hash';

-- Everybody writes the part of a night that is his, and adds to it only; nobody changes or deletes.
grant insert on audit.run, audit.run_outcome, audit.task_record, audit.batch, audit.contract_finding to o7_loader;
-- How much of the source a night has read.
grant insert on audit.gate_finding to o7_loader;
grant insert on audit.gate_finding, audit.model_timing to o7_transformer;
grant insert on
audit.row_account, audit.rule_result, audit.rule_text, audit.failing_key, audit.gate_finding
to o7_gate;
-- The renderer says which files it made.
grant insert on audit.report_file to o7_reporter;

-- The loader seals a run, and so reads all of it. dbt asks which run is the newest, and whether its own word is there.
grant select on
audit.run, audit.run_outcome, audit.task_record, audit.batch, audit.row_account, audit.contract_finding,
audit.rule_result, audit.rule_text, audit.failing_key, audit.gate_finding, audit.model_timing, audit.report_file
to o7_loader, o7_gate;
grant select on audit.run, audit.run_outcome, audit.gate_finding, audit.model_timing to o7_transformer;

-- Keys are for auditors, not for reports.
grant select on
audit.run, audit.run_outcome, audit.task_record, audit.batch, audit.row_account, audit.contract_finding,
audit.rule_result, audit.rule_text, audit.gate_finding, audit.model_timing, audit.report_file
to o7_reporter, o7_auditor;
grant select on audit.failing_key to o7_auditor;
