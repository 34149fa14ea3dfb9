-- The chain over the audit (o7_warehouse/audit/): one seal per run, each over the seal before it, and the sign-offs of
-- auditors. Rows are added, never changed and never taken away, like everything in audit.

create table if not exists audit.seal (
    run_no bigint primary key,
    run_id uuid not null unique,
    night date not null,
    previous text not null,
    content jsonb not null,
    chain text not null,
    recorded_at timestamptz not null
);
comment on table audit.seal is
'What the audit held of a run when it had ended: counts and SHA-256 of its rows; chain = SHA-256(previous || content)';

create table if not exists audit.sign_off (
    night date not null,
    run_id uuid not null,
    chain text not null,
    signed_by text not null check (signed_by <> ''),
    remark text,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.sign_off is
'An auditor''s word for a published night: the run behind it, and the head of the chain that was found sound';

-- Keys come run by run, so a range of pages holds one run: a few kilobytes find a night's keys among a year's. What came
-- since the last time is taken in here, for a server that stops after each night has no vacuum to do it.
create index if not exists failing_key_of_run on audit.failing_key using brin (run_id) with (pages_per_range = 32);
select brin_summarize_new_values('audit.failing_key_of_run');

grant select, insert on audit.seal to o7_loader;
grant select on audit.sign_off to o7_loader;
grant select on audit.seal, audit.sign_off to o7_reporter, o7_auditor;
-- The one thing an auditor writes.
grant insert on audit.sign_off to o7_auditor;
