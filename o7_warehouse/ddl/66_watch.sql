-- How nights ended (o7_warehouse/night_outcome.py), and which alarms were opened and closed (o7_warehouse/watch/). Rows are
-- added, never changed and never taken away, like everything in audit.

create table if not exists audit.night_outcome (
    run_id uuid not null,
    night date,
    state text not null check (state in ('published', 'held', 'failed', 'interrupted')),
    step text not null,
    reason text not null,
    message text not null,
    started_at timestamptz,
    ended_at timestamptz not null,
    rows_in bigint not null,
    rows_quarantined bigint not null,
    rules_failed bigint not null,
    rules_unchecked bigint not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.night_outcome is
'How a run of a night ended, also one that could not be opened (then without night) or was killed; the last row counts';
comment on column audit.night_outcome.reason is 'Class of the error that stopped it; empty: nothing did';

create table if not exists audit.alarm_event (
    alarm text not null,
    subject text not null,
    event text not null check (event in ('opened', 'closed')),
    said text not null,
    happened_at timestamptz not null,
    run_id uuid not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint alarm_event_key primary key (alarm, subject, happened_at)
);
comment on table audit.alarm_event is
'Alarms as they were opened and closed; the run is the newest one of that moment, or none (all zeros)';

grant select, insert on audit.night_outcome to o7_loader;
grant select, insert on audit.alarm_event to o7_reporter;
grant select on audit.night_outcome to o7_reporter, o7_auditor;
grant select on audit.alarm_event to o7_loader, o7_auditor;
