-- Erasure of persons (o7_warehouse/erasure/): who may take their rows away, and what the audit keeps of it. No identity:
-- counts, and tombstones, which only the key outside the database can compare with an identity. Rows are only added.

create table if not exists audit.erasure (
    erasure_id text primary key,
    run_id uuid not null,
    students integer not null check (students >= 0),
    staff integer not null check (staff >= 0),
    reason text not null check (reason ~ '[^[:space:].]'),
    by_whom text not null check (by_whom ~ '[^[:space:].]'),
    removed jsonb not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.erasure is
'One row per erasure: how many persons, why, by whom, and rows removed by table';

create table if not exists audit.erasure_proof (
    erasure_id text primary key,
    run_id uuid not null,
    searched jsonb not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.erasure_proof is
'One row per erasure that is finished: what was searched for what is left, in vain; without it, run the erasure again';

create table if not exists audit.erased_person (
    run_id uuid not null,
    erasure_id text not null,
    kind text not null check (kind in ('student', 'staff')),
    tombstone uuid not null,
    key_check text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint erased_person_key primary key (kind, tombstone)
);
comment on table audit.erased_person is
'Whom the warehouse takes in no more: HMAC-SHA-256 of the identity with a key of its own, first 16 bytes; which key';

create table if not exists audit.erased_rows (
    run_id uuid not null,
    erasure_id text not null,
    night date not null,
    entity text not null,
    batch_id uuid not null,
    row_count bigint not null check (row_count > 0),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint erased_rows_key primary key (erasure_id, night, entity)
);
comment on table audit.erased_rows is
'Rows an erasure took out of a retained night: counted at the source = in raw + erased; of the load the night had then';

create table if not exists audit.erased_keys (
    run_id uuid not null,
    erasure_id text not null,
    rules jsonb not null,
    keys_before bigint not null,
    digest_before text not null,
    keys_after bigint not null,
    digest_after text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint erased_keys_key primary key (erasure_id, run_id)
);
comment on table audit.erased_keys is
'Failing keys of a run that an erasure took away, by rule; count and digest before and after, so that the seal holds on';

grant select, insert on
audit.erasure, audit.erasure_proof, audit.erased_person, audit.erased_rows, audit.erased_keys
to o7_eraser;
grant select on audit.erasure, audit.erasure_proof, audit.erased_person, audit.erased_rows, audit.erased_keys
to o7_loader, o7_auditor;
grant select on audit.erased_rows, audit.erased_keys to o7_gate;
grant select on audit.erasure, audit.erased_rows to o7_reporter;

-- What was kept out at the door, by entity; and in the account of a run, what had been erased by then.
alter table landing._delivery add column if not exists rows_erased bigint not null default 0;
alter table raw_o7.load_record add column if not exists rows_erased bigint not null default 0;
alter table audit.row_account add column if not exists rows_erased bigint not null default 0;
comment on table audit.row_account is
'Where the rows of an entity went: in = raw + erased; raw = admitted to staging + quarantined';

-- The eraser: reads what may hold a person and takes rows away. It changes nothing, and adds to the audit alone.
grant usage on schema
landing, raw_o7, quarantine, rebuild, staging, intermediate, marts, published, audit
to o7_eraser;
grant select, delete on all tables in schema landing, staging, intermediate, marts to o7_eraser;
grant select, delete on
quarantine.entry, quarantine.row_fault, quarantine.examined_state,
rebuild.built_state, rebuild.touched_student, rebuild.touched_row, rebuild.touched_identity
to o7_eraser;
alter default privileges for role o7_loader in schema landing grant select, delete on tables to o7_eraser;
alter default privileges for role o7_transformer in schema staging grant select, delete on tables to o7_eraser;
alter default privileges for role o7_transformer in schema intermediate grant select, delete on tables to o7_eraser;
alter default privileges for role o7_transformer in schema marts grant select, delete on tables to o7_eraser;

-- Of raw rows and pseudonyms; which nights there are and what they counted goes with a night whose term is over.
grant select, delete on all tables in schema raw_o7 to o7_eraser;
alter default privileges for role o7_loader in schema raw_o7 grant select, delete on tables to o7_eraser;

grant select, delete on
published.profile_versions, published.pupil_reading_versions, published.staff_reading_versions,
published.issue_versions, published.aside_versions
to o7_eraser;

-- Of the audit only the keys of failing rows, which are erasable by design.
grant select, delete on audit.failing_key to o7_eraser;
grant select on audit.run, audit.run_outcome, audit.seal to o7_eraser;
