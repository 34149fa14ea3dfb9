-- Which versions the warehouse's own tables have had (o7_warehouse/schema_version.py). Only the bootstrap adds to it.

create table if not exists access.schema_version (
    version integer not null check (version > 0),
    digest text not null,
    code_revision text not null,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table access.schema_version is
'One row each time the tables were made by other definitions: their version, their digest, and the code that made them';

grant select on access.schema_version to o7_auditor;
