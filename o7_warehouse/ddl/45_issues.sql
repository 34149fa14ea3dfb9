-- The memory of the field rules: on which nights which row broke which rule. Written by issues.py with each publication,
-- from the failing keys of the run that stands for the night; it can be taken away and is made again from them.
-- The views over it are in views/remembered.sql.

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

alter table published.issue_versions owner to o7_gate;
alter table published.issue_night owner to o7_gate;

-- Keys are for the auditor; a report has no use for them.
grant select on published.issue_versions, published.issue_night to o7_auditor;
revoke all on published.issue_versions, published.issue_night from o7_reporter;
