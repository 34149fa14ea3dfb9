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
