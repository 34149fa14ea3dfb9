-- The layers, who owns each, and who may read it. Run by the administrator, again and again; nothing is ever dropped.
-- What stands in published and audit is granted table by table beside its own definition: a table of persons must
-- not become readable because somebody forgot to take a default away.

create schema if not exists landing authorization o7_loader;
create schema if not exists raw_o7 authorization o7_loader;

create schema if not exists dq authorization o7_transformer;
create schema if not exists catalogue authorization o7_transformer;
create schema if not exists rebuild authorization o7_transformer;
create schema if not exists staging authorization o7_transformer;
create schema if not exists intermediate authorization o7_transformer;
create schema if not exists marts authorization o7_transformer;
create schema if not exists indicators authorization o7_transformer;

create schema if not exists gate authorization o7_gate;
create schema if not exists quarantine authorization o7_gate;
create schema if not exists published authorization o7_gate;

create schema if not exists audit;

revoke create on schema public from public;

-- Raw: dbt builds from it, the gate examines it.
grant usage on schema raw_o7 to o7_transformer, o7_gate;
alter default privileges for role o7_loader in schema raw_o7 grant select on tables to o7_transformer, o7_gate;

-- Quarantine: staging leaves its rows out.
grant usage on schema quarantine to o7_transformer;

-- What dbt builds, the gate examines and publishes.
grant usage on schema dq, catalogue, staging, marts, indicators to o7_gate;
alter default privileges for role o7_transformer in schema catalogue grant select on tables to o7_gate;
alter default privileges for role o7_transformer in schema staging grant select on tables to o7_gate;
alter default privileges for role o7_transformer in schema marts grant select on tables to o7_gate;
alter default privileges for role o7_transformer in schema indicators grant select on tables to o7_gate;

-- What leaves the house.
grant usage on schema published to o7_reporter, o7_auditor;
grant usage on schema audit to o7_loader, o7_transformer, o7_gate, o7_reporter, o7_auditor;
