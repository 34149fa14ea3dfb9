-- What the gate in writes: references to the rows of raw that cannot be placed. No values: a row is found again by its
-- night, entity, key and hash. The views gate.<entity> and the keys they join are made anew every night.

set local role o7_gate;

create table if not exists quarantine.entry (
    night date not null,
    entity text not null,
    source_id text,
    row_hash bigint not null,
    copies integer not null,
    rule_ids text[] not null,
    org_id text
);
comment on table quarantine.entry is
'One row per night and row of raw that cannot be placed; equal rows are one entry with their number in copies';
create index if not exists entry_of_night on quarantine.entry (night, entity, row_hash);

-- What the next night need not examine again. Unlogged both: what empties one after a crash empties the other, and the
-- next night examines everything.
create unlogged table if not exists quarantine.examined_state (
    run_id uuid primary key,
    night date not null,
    rules_digest text not null,
    examined_whole_on date not null
);
comment on table quarantine.examined_state is
'The run whose rows quarantine.row_fault speaks of, by which rules, and the night on which every row was examined last';

create unlogged table if not exists quarantine.row_fault (
    entity text not null,
    source_id text,
    org_id text,
    student_id text,
    row_hash bigint not null,
    mask bigint not null
);
comment on table quarantine.row_fault is
'The rows of that night that break rules which hang on their row alone; a bit of the mask for each rule, in its order';
create index if not exists row_fault_of_entity on quarantine.row_fault (entity);

-- A row that comes back night after night is one open question, not many.
create or replace view quarantine.open_entry as
select
    latest.night,
    latest.entity,
    latest.source_id,
    latest.row_hash,
    latest.copies,
    latest.rule_ids,
    latest.org_id,
    seen.first_night,
    seen.last_night,
    seen.nights
from quarantine.entry as latest
inner join (
    select
        entry.entity,
        entry.source_id,
        min(entry.night) as first_night,
        max(entry.night) as last_night,
        count(distinct entry.night) as nights
    from quarantine.entry as entry
    group by entry.entity, entry.source_id
) as seen
    on
        latest.entity = seen.entity
        and latest.source_id is not distinct from seen.source_id
        and latest.night = seen.last_night
where latest.night = (select max(newest.night) from quarantine.entry as newest);

grant select on quarantine.entry to o7_transformer;
