-- A rule about values that the contract does not deliver has an outcome of its own (domain §5.4). The set of outcomes
-- grew after warehouses had been built, so the check is renewed where it does not know the newest one.
do $$
begin
    if not exists (
        select from pg_catalog.pg_constraint
        where
            conrelid = 'audit.rule_result'::regclass
            and conname = 'rule_result_outcome_check'
            and pg_catalog.pg_get_constraintdef(oid) like '%not_applicable_by_contract%'
    ) then
        alter table audit.rule_result drop constraint if exists rule_result_outcome_check;
        alter table audit.rule_result add constraint rule_result_outcome_check check (
            outcome in ('pass', 'fail', 'error', 'not_evaluated', 'not_applicable_by_contract')
        );
    end if;
end
$$;

-- What a night's rules were, so that the night can be judged again by them (`./o7 audit replay`): written only when it
-- changes, and sealed like everything in audit.
create table if not exists audit.rule_predicate (
    run_id uuid not null,
    rule_id text not null,
    rule_version text not null,
    entity text not null,
    columns text [] not null,
    predicate text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (rule_id, run_id)
);
comment on table audit.rule_predicate is
'What a field rule demands, from the first run that demanded it so; the empty text: a rule that is gone';

create table if not exists audit.rule_ground (
    run_id uuid not null,
    kind text not null check (kind in ('entity', 'helper', 'function', 'catalogue')),
    name text not null,
    digest text not null,
    definition jsonb,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (kind, name, run_id)
);
comment on table audit.rule_ground is
'What the field rules stand on, from the first run where it was so: the columns of an entity and the helpers of its rules with their definition, functions of dq and catalogues by their SHA-256; an empty digest: no longer there';

grant select, insert on audit.rule_predicate, audit.rule_ground to o7_gate;
grant select on audit.rule_predicate, audit.rule_ground to o7_loader, o7_reporter, o7_auditor;
