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
