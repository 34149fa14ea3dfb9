-- The memory of the field rules: on which nights which row broke which rule. Written by issues.py with each publication,
-- from the failing keys of the run that stands for the night; it can be taken away and is made again from them.
-- The views over it are in views/remembered.sql.

-- How many rows stand behind a key in quarantine is told apart: equal copies of a row have one key, and their number may
-- change while the question stays the same one.

-- A row without an identity has the key of nought, a row of no pupil his, a row of no school the empty text: equal
-- keys can be compared. Nights between two published ones are told by the one before them.
create table if not exists published.issue_versions (
    rule_id text not null,
    row_key uuid not null,
    org_id text not null,
    student_key uuid not null,
    night_from date not null,
    night_to date not null,
    is_placement boolean not null,
    constraint issue_versions_key primary key (row_key, rule_id, org_id, student_key, night_from),
    constraint issue_versions_interval check (night_from < night_to)
);
comment on table published.issue_versions is
'One row per row of raw, rule it broke and interval of published nights on which it did; pseudonymous.';
-- What is open tonight, among years of what was mended.
create index if not exists issue_versions_open on published.issue_versions (night_to);
create index if not exists issue_versions_aside on published.issue_versions (row_key) where is_placement;

create table if not exists published.issue_night (
    night date primary key,
    run_id uuid not null
);
comment on table published.issue_night is
'Which nights the memory of the field rules holds, and the run whose keys it took';
-- A night that was folded before the rows in quarantine were counted is folded once more.
alter table published.issue_night add column if not exists counts_rows boolean not null default false;

create table if not exists published.aside_versions (
    entity text not null,
    row_key uuid not null,
    org_id text not null,
    night_from date not null,
    night_to date not null,
    row_count integer not null check (row_count > 0),
    constraint aside_versions_key primary key (entity, row_key, org_id, night_from),
    constraint aside_versions_interval check (night_from < night_to)
);
comment on table published.aside_versions is
'One row per key in quarantine and interval of published nights on which so many rows had it; pseudonymous.';

alter table published.issue_versions owner to o7_gate;
alter table published.issue_night owner to o7_gate;
alter table published.aside_versions owner to o7_gate;

-- Keys are for the auditor; a report has no use for them.
grant select on published.issue_versions, published.issue_night, published.aside_versions to o7_auditor;
revoke all on published.issue_versions, published.issue_night, published.aside_versions from o7_reporter;
