-- Versions of the key of the pseudonyms (o7_warehouse/rotation.py). The key itself is in no table: secrets.json holds it
-- under the same number, and while a rotation is under way the next one as well.

create table if not exists access.pseudonym_key (
    version integer primary key check (version > 0),
    made_at timestamptz not null default clock_timestamp()
);
comment on table access.pseudonym_key is
'The versions of the key there have been; every pseudonym in the warehouse was made with the newest one';
insert into access.pseudonym_key (version)
select 1 where not exists (select from access.pseudonym_key);
-- Whoever makes pseudonyms must know with which key.
grant usage on schema access to o7_loader, o7_eraser;
grant select on access.pseudonym_key to o7_loader, o7_gate, o7_auditor, o7_eraser;

-- A seal holds one digest of the failing keys of its run. What a rotation made of them is kept beside it, so that the
-- check of the audit can go on from the sealed digest.
create table if not exists audit.rekeyed_run (
    run_id uuid not null,
    key_version integer not null,
    digest_before text not null,
    digest_after text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint rekeyed_run_key primary key (run_id, key_version)
);
comment on table audit.rekeyed_run is
'One row per run and rotation of the key: the digest of the run''s failing keys under the old pseudonyms and under the new';

grant select on audit.rekeyed_run to o7_loader, o7_auditor;
