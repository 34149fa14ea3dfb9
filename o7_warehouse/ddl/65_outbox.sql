-- The outbox (o7_warehouse/outbox/): which set of an issued edition goes to whom, and what became of it. Rows are added,
-- never changed and never taken away, like everything in audit; the database itself refuses an event that may not follow.

-- The idempotency key is edition, recipient and channel: there is one message of each, whoever queues it and how often.
create table if not exists audit.outbox_message (
    edition_id text not null,
    recipient_id text not null,
    channel text not null check (channel in ('smtp', 'folder')),
    run_id uuid not null,
    manifest_sha256 text not null,
    audience text not null,
    unit_code text,
    message_key text not null unique check (message_key ~ '^[0-9a-f]{64}$'),
    files jsonb not null check (jsonb_typeof(files) = 'array' and jsonb_array_length(files) > 0),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint outbox_message_key primary key (edition_id, recipient_id, channel)
);
comment on table audit.outbox_message is
'The whole set of an issued edition that one recipient gets by one channel: names, sizes and SHA-256 of its files';

create table if not exists audit.outbox_event (
    edition_id text not null,
    recipient_id text not null,
    channel text not null,
    event_no integer not null,
    event text not null check (event in ('queued', 'sending', 'sent', 'failed', 'uncertain', 'given_up')),
    run_id uuid not null,
    address text check (address ~ '[^[:space:]]'),
    said text check (said ~ '[^[:space:]]'),
    next_attempt_at timestamptz,
    by_whom text check (by_whom ~ '[^[:space:].]'),
    recorded_at timestamptz not null default clock_timestamp(),
    constraint outbox_event_key primary key (edition_id, recipient_id, channel, event_no),
    constraint outbox_event_message foreign key (edition_id, recipient_id, channel) references audit.outbox_message,
    constraint outbox_event_says_where check (address is not null or event = 'queued' or by_whom is not null),
    constraint outbox_event_says_what check (said is not null or event in ('queued', 'sending')),
    constraint outbox_event_says_when check ((next_attempt_at is not null) = (event = 'failed'))
);
comment on table audit.outbox_event is
'What happened to a message, in order: where it went, what the other side said, when it is tried again, who confirmed it';

-- Which event may follow which: the only place that says so. State is the last event, or nothing. `sending` is written at
-- the last moment at which nobody can have the message yet; from then on only an answer decides.
create or replace function audit.outbox_transitions() returns table (state text, event text)
language sql immutable set search_path = '' as $$
    values
        ('', 'queued'),
        ('queued', 'sending'), ('queued', 'failed'), ('queued', 'given_up'),
        ('failed', 'sending'), ('failed', 'failed'), ('failed', 'given_up'),
        ('sending', 'sent'), ('sending', 'failed'), ('sending', 'given_up'), ('sending', 'uncertain'),
        ('uncertain', 'sent'), ('uncertain', 'queued'), ('given_up', 'queued')
$$;

create or replace function audit.outbox_lock(edition_id text) returns void
language sql set search_path = '' as $$
    select pg_advisory_xact_lock(hashtextextended('outbox ' || edition_id, 0))
$$;

create or replace function audit.outbox_message_follows() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform audit.outbox_lock(new.edition_id);
    if not exists (
        select from audit.edition_event as known
        where known.edition_id = new.edition_id and known.event = 'issued' and known.run_id = new.run_id
            and known.manifest_sha256 = new.manifest_sha256
    ) then
        raise exception using errcode = 'check_violation', message = 'this edition is not issued';
    end if;
    if exists (
        select from jsonb_to_recordset(new.files) as listed (path text, bytes bigint, sha256 text)
        where not exists (
            select from audit.edition_file as drafted
            where drafted.edition_id = new.edition_id and drafted.path = listed.path
                and drafted.bytes = listed.bytes and drafted.sha256 = listed.sha256
                and drafted.event_no = (
                    select max(made.event_no) from audit.edition_event as made
                    where made.edition_id = new.edition_id and made.event = 'draft'
                )
        )
    ) then
        raise exception using errcode = 'check_violation', message = 'a file is not one of the issued edition';
    end if;
    return new;
end
$$;

create or replace function audit.outbox_event_follows() returns trigger
language plpgsql set search_path = '' as $$
declare
    last audit.outbox_event;
begin
    -- Two senders at once: the second waits here, sees what the first has written, and is refused.
    perform audit.outbox_lock(new.edition_id);
    select * into last from audit.outbox_event as known
    where (known.edition_id, known.recipient_id, known.channel) = (new.edition_id, new.recipient_id, new.channel)
    order by known.event_no desc limit 1;
    if not exists (
        select from audit.outbox_transitions() as allowed
        where allowed.state = coalesce(last.event, '') and allowed.event = new.event
    ) or new.event_no <> coalesce(last.event_no, 0) + 1 then
        raise exception using errcode = 'check_violation', message = 'this event may not follow the last one';
    end if;
    return new;
end
$$;

create or replace trigger outbox_message_follows before insert on audit.outbox_message
for each row execute function audit.outbox_message_follows();
create or replace trigger outbox_event_follows before insert on audit.outbox_event
for each row execute function audit.outbox_event_follows();

grant select, insert on audit.outbox_message, audit.outbox_event to o7_reporter;
grant select on audit.outbox_message, audit.outbox_event to o7_loader, o7_gate, o7_auditor;
