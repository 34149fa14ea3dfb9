-- What the loader writes beside the one landing and the one raw table per entity, which come from the contract.

set local role o7_loader;

-- A day as the text the contract has for it. Always the same for a day, which PostgreSQL cannot know of to_char().
create or replace function raw_o7.day_text(day date) returns text
language sql immutable parallel safe
return to_char(day, 'YYYY-MM-DD');

create unlogged table if not exists landing._delivery (
    run_id uuid not null,
    entity text primary key,
    is_known boolean not null,
    is_delivered boolean not null,
    columns text[] not null,
    retyped_columns text[] not null,
    rows_in bigint not null,
    rows_landed bigint not null,
    batch_id uuid
);
comment on table landing._delivery is 'Form of tonight''s delivery, one row per entity; emptied with the rows';

create unlogged table if not exists landing._volume (
    entity text not null,
    oktmo text not null,
    row_count bigint not null,
    primary key (entity, oktmo)
);
comment on table landing._volume is 'Rows of tonight by entity and by municipality of the owner school';

-- What of raw a night of changes speaks of: the keys that landed, and those that are gone.
create unlogged table if not exists landing._replaced (
    entity text not null,
    key_hash bigint not null,
    source_id text,
    is_there boolean not null,
    is_behind boolean not null,
    row_count bigint not null
);
create index if not exists _replaced_keys on landing._replaced (entity, key_hash);
comment on table landing._replaced is 'Keys whose rows are other ones tonight, or gone, and how many rows raw has of each; empty where everything was read';

create unlogged table if not exists landing._row_check (
    entity text not null,
    column_name text not null,
    check_id text not null,
    rows_bad bigint not null,
    rows_seen bigint not null
);
comment on table landing._row_check is 'What the checks of tonight''s rows have counted';

create unlogged table if not exists landing._reading (
    run_id uuid primary key,
    base date,
    why text not null,
    whole_on date
);
comment on table landing._reading is 'Whether tonight''s rows are all or what changed since a night, and why';

create table if not exists raw_o7.night (
    night date primary key,
    snapshot_at timestamptz not null,
    contract_version text not null,
    transport text not null,
    batch_id uuid not null,
    run_id uuid not null,
    loaded_at timestamptz not null default clock_timestamp()
);
comment on table raw_o7.night is 'Every night that can be read back; the row commits together with its rows';

create table if not exists raw_o7.load_record (
    night date not null,
    entity text not null,
    rows_in bigint not null,
    rows_landed bigint not null,
    rows_new bigint not null,
    rows_closed bigint not null,
    rows_unchanged bigint not null,
    batch_id uuid not null,
    primary key (night, entity)
);
comment on table raw_o7.load_record is 'How the rows of an entity came to be the rows of the night';

create table if not exists raw_o7.reading (
    night date primary key,
    base date,
    why text not null,
    whole_on date,
    columns jsonb not null,
    rows_broken bigint not null
);
comment on table raw_o7.reading is
'How a night was read: what changed since its base, or all of it; the columns that came; rows changed behind the cursor';

create table if not exists raw_o7.row_check (
    night date not null,
    entity text not null,
    column_name text not null,
    check_id text not null,
    rows_bad bigint not null,
    rows_seen bigint not null,
    primary key (night, entity, column_name, check_id)
);
comment on table raw_o7.row_check is 'What the checks of a night''s rows have counted, for the next night to go on from';

-- What raw's open rows of a night add up to, by buckets of the hash of their keys: a note that can be made again.
create unlogged table if not exists raw_o7.fingerprint (
    entity text not null,
    bucket bigint not null,
    row_count bigint not null,
    keys bigint not null,
    digest bigint not null,
    primary key (entity, bucket)
) with (fillfactor = 50);
create unlogged table if not exists raw_o7.fingerprint_state (
    entity text primary key,
    night date not null,
    bits int not null,
    row_count bigint not null
);
comment on table raw_o7.fingerprint is
'Count of rows, XOR of their keys'' hashes and sum of the hashes of key and cursor, by bucket of the key''s hash';
comment on table raw_o7.fingerprint_state is 'Of which night the fingerprint of an entity is, and how fine its buckets are';

create table if not exists raw_o7.absent_column (
    night date not null,
    entity text not null,
    column_name text not null,
    primary key (night, entity, column_name)
);
comment on table raw_o7.absent_column is 'Optional columns the delivery lacked; no column name: the whole entity';

create table if not exists raw_o7.volume (
    night date not null,
    entity text not null,
    oktmo text not null,
    row_count bigint not null,
    primary key (night, entity, oktmo)
);
comment on table raw_o7.volume is 'Rows of a night by entity and municipality, for the next night to compare';

create table if not exists raw_o7.student_keys (
    student_id text primary key,
    student_key uuid not null unique,
    key_version int not null
);
comment on table raw_o7.student_keys is 'Pseudonyms of pupils: HMAC-SHA-256, first 16 bytes';

create table if not exists raw_o7.staff_keys (
    staff_id text primary key,
    staff_key uuid not null unique,
    key_version int not null
);
comment on table raw_o7.staff_keys is 'Pseudonyms of staff: HMAC-SHA-256, first 16 bytes';

-- Rows that came, beside the rows that the night has: fewer on a night of changes.
alter table landing._delivery add column if not exists rows_read bigint;
alter table landing._delivery add column if not exists is_whole boolean not null default true;
alter table raw_o7.load_record add column if not exists rows_read bigint;
