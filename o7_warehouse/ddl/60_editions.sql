-- Editions (o7_warehouse/editions/): what happened to each, and the files of each draft. Rows are added, never changed
-- and never taken away, like everything in audit; the database itself refuses an event that may not follow.

create table if not exists audit.edition_event (
    edition_id text not null,
    event_no integer not null,
    event text not null check (event in ('draft', 'submitted', 'approved', 'rejected', 'issued')),
    period text not null,
    revision integer not null check (revision > 0),
    night date not null,
    run_id uuid not null,
    manifest_sha256 text not null check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    by_whom text not null check (by_whom ~ '[^[:space:].]'),
    reason text check (reason ~ '[^[:space:]]'),
    detail jsonb not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint edition_event_key primary key (edition_id, event_no),
    constraint edition_event_of_its_period check (starts_with(edition_id, period || '-')),
    constraint edition_event_says_why check (
        reason is not null or (event <> 'rejected' and (event <> 'draft' or revision = 1))
    )
);
comment on table audit.edition_event is
'What happened to an edition, in order: the frozen night and its build, the manifest, who, and what the checklist said';

create table if not exists audit.edition_file (
    edition_id text not null,
    event_no integer not null,
    path text not null,
    run_id uuid not null,
    bytes bigint not null,
    sha256 text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint edition_file_key primary key (edition_id, event_no, path),
    constraint edition_file_event foreign key (edition_id, event_no) references audit.edition_event
);
comment on table audit.edition_file is 'The files of a draft, by the event that made them; the manifest is among them';

-- Which event may follow which: the only place that says so. State is the last event, or nothing.
create or replace function audit.edition_transitions() returns table (state text, event text)
language sql immutable set search_path = '' as $$
    values
        ('', 'draft'), ('draft', 'draft'), ('rejected', 'draft'),
        ('draft', 'submitted'), ('submitted', 'rejected'), ('submitted', 'approved'), ('approved', 'issued')
$$;

-- A name for comparison: neither case, ё, dots, spaces nor the order of its words make another person.
create or replace function audit.edition_person(name text) returns text
language sql immutable set search_path = '' as $$
    select string_agg(word.word, ' ' order by word.word collate "C")
    from regexp_split_to_table(
        translate(
            lower(name),
            'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё' || chr(160) || chr(9),
            'абвгдеежзийклмнопрстуфхцчшщъыьэюяе' || '  '
        ),
        '[ .]+'
    ) as word (word)
    where word.word <> ''
$$;

create or replace function audit.edition_lock(period text) returns void
language sql set search_path = '' as $$
    select pg_advisory_xact_lock(hashtextextended('edition ' || period, 0))
$$;

create or replace function audit.edition_event_follows() returns trigger
language plpgsql set search_path = '' as $$
declare
    last audit.edition_event;
    is_next_revision boolean;
begin
    -- Two people at once: the second waits here, and sees what the first has done.
    perform audit.edition_lock(new.period);
    select * into last from audit.edition_event as known
    where known.edition_id = new.edition_id order by known.event_no desc limit 1;
    if not exists (
        select from audit.edition_transitions() as allowed
        where allowed.state = coalesce(last.event, '') and allowed.event = new.event
    ) or new.event_no <> coalesce(last.event_no, 0) + 1 then
        raise exception using errcode = 'check_violation', message = 'this event may not follow the last one';
    end if;
    if new.event = 'draft' then
        select coalesce(bool_or(known.event = 'issued'), false) into is_next_revision
        from audit.edition_event as known
        where known.period = new.period and known.revision = new.revision - 1;
        if new.revision > 1 and not is_next_revision then
            raise exception using errcode = 'check_violation', message = 'the revision before is not issued';
        end if;
        if not exists (
            select from published.night where night.night = new.night and night.run_id = new.run_id
        ) then
            raise exception using errcode = 'check_violation', message = 'the night is not published by this run';
        end if;
    elsif (new.period, new.revision, new.night, new.run_id, new.manifest_sha256)
        <> (last.period, last.revision, last.night, last.run_id, last.manifest_sha256) then
        raise exception using errcode = 'check_violation', message = 'this is not what was drafted';
    end if;
    if new.event = 'approved' and audit.edition_person(new.by_whom) in (
        select audit.edition_person(known.by_whom) from audit.edition_event as known
        where known.edition_id = new.edition_id and known.event_no >= (
            select max(made.event_no) from audit.edition_event as made
            where made.edition_id = new.edition_id and made.event = 'draft'
        )
    ) then
        raise exception using errcode = 'check_violation', message = 'who drafted or submitted cannot approve';
    end if;
    return new;
end
$$;

-- A file belongs to the draft that was just made, and to nothing that somebody has looked at since.
create or replace function audit.edition_file_follows() returns trigger
language plpgsql set search_path = '' as $$
begin
    if not exists (
        select from audit.edition_event as known
        where known.edition_id = new.edition_id and known.event_no = new.event_no and known.event = 'draft'
            and known.run_id = new.run_id
            and known.event_no = (
                select max(latest.event_no) from audit.edition_event as latest
                where latest.edition_id = new.edition_id
            )
    ) then
        raise exception using errcode = 'check_violation', message = 'a file needs the draft it belongs to';
    end if;
    return new;
end
$$;

create or replace trigger edition_event_follows before insert on audit.edition_event
for each row execute function audit.edition_event_follows();
create or replace trigger edition_file_follows before insert on audit.edition_file
for each row execute function audit.edition_file_follows();

grant select, insert on audit.edition_event, audit.edition_file to o7_reporter;
grant select on audit.edition_event, audit.edition_file to o7_loader, o7_gate, o7_auditor;

-- The rows of a build, whichever tables there are: of what is published, and of what an edition froze. Any other build
-- stays invisible. One JSON object a row, in an order of its own, so that the same rows are the same text; what is null is
-- left out, so that a column added later changes no row of before. A part is an object that a row must contain.
set role o7_gate;
create or replace function published.edition_rows(
    of_night date, of_build uuid, of_relation text default null, of_part jsonb default '{}'
)
returns table (relation text, content text)
language plpgsql stable security definer set search_path = '' as $$
declare
    known text;
begin
    if not exists (select from published.night where night.night = of_night and night.build_id = of_build)
        and not exists (
            select from audit.edition_event as frozen where frozen.night = of_night and frozen.run_id = of_build
        )
    then
        return;
    end if;
    for known in
        select kept.relname::text from pg_catalog.pg_class as kept
        inner join pg_catalog.pg_attribute as build on kept.oid = build.attrelid and build.attname = 'build_id'
        inner join pg_catalog.pg_attribute as night on kept.oid = night.attrelid and night.attname = 'night'
        where
            kept.relnamespace = 'indicators'::regnamespace and kept.relkind in ('r', 'p')
            and (of_relation is null or kept.relname = of_relation)
        order by kept.relname collate "C"
    loop
        return query execute format(
            'select %L::text, told.content from ('
            '    select jsonb_strip_nulls(to_jsonb(line) - ''night'' - ''build_id'')::text as content from indicators.%I as line'
            '    where line.night = $1 and line.build_id = $2 and to_jsonb(line) @> $3'
            ') as told order by told.content collate "C"',
            known, known
        ) using of_night, of_build, of_part;
    end loop;
end
$$;
comment on function published.edition_rows is
'The rows of a published or frozen build, one JSON object each, without night and build';

create or replace function published.night_batches(of_night date) returns setof uuid
language sql stable security definer set search_path = '' as $$
    select night.batch_id from raw_o7.night where night.night = of_night
$$;
comment on function published.night_batches is 'The load that brought the rows of a night';

revoke all on function published.edition_rows, published.night_batches from public;
grant execute on function published.edition_rows, published.night_batches to o7_reporter, o7_auditor;
reset role;
