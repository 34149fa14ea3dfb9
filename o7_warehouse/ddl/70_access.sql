-- Nobody has a right that access.yml does not name: what PostgreSQL gives to everybody by default is taken back here, and
-- the map of the logins that see the rows of their own schools only (o7_warehouse/logins.py).

revoke all on schema public from public;

-- A function may be called by everybody unless its owner says otherwise.
alter default privileges for role o7_loader revoke execute on functions from public;
alter default privileges for role o7_transformer revoke execute on functions from public;
alter default privileges for role o7_gate revoke execute on functions from public;
-- The gate evaluates rules with the functions of the models.
alter default privileges for role o7_transformer in schema dq grant execute on functions to o7_gate;
revoke execute on all functions in schema dq, raw_o7, audit from public;
grant execute on all functions in schema dq to o7_gate;
-- Whose rows wait for a date is asked by the expression of their index.
grant execute on function raw_o7.day_text to o7_transformer, o7_gate;
-- What the ledger of editions asks and what its triggers call runs with the rights of whoever writes there.
grant execute on function
audit.edition_transitions, audit.edition_person, audit.edition_lock, audit.outbox_transitions, audit.outbox_lock,
audit.restatement_causes, audit.restatement_deliveries
to o7_reporter;

create schema if not exists access;
create schema if not exists visible authorization o7_gate;

-- The map of logins: by session_user and never by a setting, which a session could change for itself.
create table if not exists access.user_scope (
    login text not null,
    level text not null check (level in ('school', 'municipality', 'republic')),
    unit_code text not null,
    tells_cards boolean not null,
    granted_at timestamptz not null default clock_timestamp(),
    constraint user_scope_key primary key (login, level, unit_code),
    constraint user_scope_names_its_unit check ((level = 'republic') = (unit_code = '')),
    -- The number of a card is told to the school that keeps it, and to the role that writes the schools' workbooks.
    constraint user_scope_tells_cards_to_schools check (not tells_cards or level = 'school' or login = 'o7_school')
);
comment on table access.user_scope is
'Whose rows a login may see: of one school, of the schools of one municipality, or all; written by the administrator';
insert into access.user_scope (login, level, unit_code, tells_cards) values ('o7_school', 'republic', '', true)
on conflict do nothing;

create table if not exists audit.access_event (
    run_id uuid not null,
    event text not null check (event in ('granted', 'revoked')),
    login text not null,
    level text not null,
    unit_code text not null,
    by_whom text not null check (by_whom ~ '[^[:space:].]'),
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table audit.access_event is
'Which login was given or lost the sight of which rows, and at whose word; the run is that of the newest published night';

grant usage on schema access to o7_gate, o7_auditor;
grant select on access.user_scope to o7_gate, o7_auditor;
grant select on audit.access_event to o7_loader, o7_auditor;
-- The views of these two schemas are made with the first publication; each is granted beside its definition.
grant usage on schema school, visible to o7_unit;

-- What nobody needs, in warehouses that were made before somebody looked.
alter default privileges for role o7_loader in schema landing revoke select on tables from o7_gate;
alter default privileges for role o7_gate in schema quarantine revoke select on tables from o7_transformer;
alter default privileges for role o7_transformer in schema intermediate revoke select on tables from o7_gate;
revoke all on schema landing, intermediate from o7_gate;
revoke all on all tables in schema landing, intermediate from o7_gate;
revoke all on quarantine.open_entry, quarantine.examined_state, quarantine.row_fault from o7_transformer;
revoke all on raw_o7.reading, raw_o7.row_check, raw_o7.fingerprint, raw_o7.fingerprint_state from o7_transformer, o7_gate;
revoke insert on
audit.row_account, audit.rule_result, audit.rule_text, audit.rule_predicate, audit.rule_ground, audit.failing_key,
audit.waiver_applied, audit.model_timing, audit.report_file
from o7_loader;
revoke all on
audit.task_record, audit.batch, audit.row_account, audit.contract_finding, audit.rule_result, audit.rule_text,
audit.rule_predicate, audit.rule_ground, audit.failing_key, audit.waiver_applied, audit.report_file
from o7_transformer;
revoke insert on audit.run, audit.run_outcome from o7_transformer;
revoke insert on
audit.run, audit.run_outcome, audit.task_record, audit.batch, audit.contract_finding, audit.model_timing,
audit.report_file
from o7_gate;

-- Large objects: rows without a schema, which everybody could make and so carry things away in. Advisory locks: names
-- anybody may hold, and a night waits for them, so a login of a school could hold up every night. Only a superuser may
-- close them; where the administrator is none, that is left to whoever runs the server.
do $$
declare
    lock text;
begin
    if current_setting('is_superuser') = 'on' then
        revoke execute on function
        lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_open(oid, integer), lo_put(oid, bigint, bytea)
        from public;
        for lock in
            select routine.oid::regprocedure::text from pg_catalog.pg_proc as routine
            where
                routine.pronamespace = 'pg_catalog'::regnamespace and starts_with(routine.proname, 'pg_')
                and strpos(routine.proname, 'advisory') > 0
        loop
            execute format('revoke execute on function %s from public', lock);
            execute format(
                'grant execute on function %s to o7_loader, o7_transformer, o7_gate, o7_reporter, o7_auditor, o7_eraser',
                lock
            );
        end loop;
    end if;
end
$$;
