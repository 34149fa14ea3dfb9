-- Which waiver (expectations/waivers.yml) spoke of a rule in a run, and what came of it: the true count beside the
-- ceiling. Rows are added, never changed and never taken away, like everything in audit.

create table if not exists audit.waiver_applied (
    run_id uuid not null,
    night date not null,
    waiver_id text not null,
    rule_id text not null,
    state text not null check (state in ('silent', 'exceeded', 'ended')),
    rows_failed bigint not null,
    rows_in_scope bigint not null,
    ceiling bigint not null,
    since date not null,
    until date not null,
    granted_by text not null,
    reason text not null,
    municipality text,
    org_id text,
    org_ids text [],
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (run_id, waiver_id)
);
comment on table audit.waiver_applied is
'One row per run and waiver whose rule was evaluated: silent, or failing because it is exceeded or has ended';
comment on column audit.waiver_applied.org_ids is
'Schools in its scope; null: rows of every school, and rows of none';

grant select, insert on audit.waiver_applied to o7_gate;
grant select on audit.waiver_applied to o7_loader, o7_reporter, o7_auditor;
