-- Backfills (o7_warehouse/backfill/): what became of a build that was held back beside the published one. The run of such a
-- build says so by its trigger. Rows are only added.

create table if not exists audit.backfill_event (
    run_id uuid not null,
    backfill text not null,
    night date not null,
    event text not null check (event in ('switched', 'dropped')),
    switched_run_id uuid,
    by_whom text not null check (by_whom ~ '[^[:space:].]'),
    reason text check (reason ~ '[^[:space:]]'),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint backfill_event_key primary key (run_id, backfill),
    constraint backfill_event_says_what check (
        (event <> 'switched' or switched_run_id is not null) and (event <> 'dropped' or reason is not null)
    )
);
comment on table audit.backfill_event is
'A held build of a night: by which run it became the published one, or why it was dropped, and who said so';

grant select, insert on audit.backfill_event to o7_gate;
grant select on audit.backfill_event to o7_loader, o7_auditor;
