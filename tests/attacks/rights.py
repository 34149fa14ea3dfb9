"""Attacks of insiders with the login of a role or of one school, on rows, on the server, and on the ledger of editions."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import psycopg2
from psycopg2.errors import (
    CheckViolation,
    InsufficientPrivilege,
)

from o7_warehouse.runs import FENCE_LOCK
from tests.access import attacks
from tests.access.told import codes
from tests.attacks.catalogue import Attack
from tests.attacks.vault import MUNICIPALITY, SCHOOL, STRANGER, Vault, granted, right, rights, tries
from tests.reports import small_republic

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP: Final = "o7_unit"


def barrier(view: str) -> Callable[[Vault], object]:
    """A view of rows of units without its barrier."""
    return granted(
        f"alter view {view} set (security_barrier = false)",
        f"alter view {view} set (security_barrier = true)",
    )


def by_function(view: str, column: str) -> Callable[[Vault], bool]:
    """Whether a function in a condition is shown another school's rows."""

    def attempt(vault: Vault) -> bool:
        with closing(vault.session(SCHOOL)) as connection:
            return attacks.by_function(connection, view, column) - codes(connection, view) != set()

    return attempt


def by_division(vault: Vault) -> bool:
    """Whether a division by nought tells that a school that must not be seen is there."""
    with closing(vault.session(SCHOOL)) as connection:
        return attacks.by_division(connection, "visible.profiles", "school_id", STRANGER)


def by_cast(vault: Vault) -> bool:
    """Whether the words of an error quote a row that must not be seen."""
    with closing(vault.session(SCHOOL)) as connection:
        return STRANGER in attacks.by_cast(connection, "visible.profiles", "school_id", STRANGER)


def ends_a_session(vault: Vault) -> bool:
    """Whether a school's login ends a session of the service."""
    with closing(vault.session("o7_school")) as service:
        return vault.does(SCHOOL, f"select pg_terminate_backend({service.get_backend_pid()})")


def reads_a_statement(vault: Vault) -> bool:
    """Whether a school's login reads what the service asks."""
    with closing(vault.session("o7_school")) as service, service.cursor() as cursor:
        cursor.execute("select 'asked by the service'")
        seen = vault.told(SCHOOL, "select query from pg_stat_activity where usename = 'o7_school'")
    return any("asked by the service" in str(query) for (query,) in seen)


def many_sessions(vault: Vault) -> bool:
    """Whether one login may hold so many sessions that others find none."""
    held = []
    try:
        held += [vault.session(SCHOOL) for _ in range(7)]
    except psycopg2.OperationalError as error:
        if "too many connections for role" not in str(error):
            raise
        return False
    finally:
        for one in held:
            one.close()
    return True


def enters_airflow(vault: Vault) -> bool:
    """Whether a role of the warehouse enters the database of Airflow."""
    try:
        vault.session("o7_reporter", "airflow").close()
    except psycopg2.OperationalError as error:
        if "permission denied for database" not in str(error):
            raise
        return False
    return True


def sees(login: str, statement: str) -> Callable[[Vault], bool]:
    """Whether a question of a login is answered with something."""

    def attempt(vault: Vault) -> bool:
        try:
            return vault.told(login, statement) not in ([], [(0,)])
        except InsufficientPrivilege:
            return False

    return attempt


_TELLS: Final = "alter table access.user_scope drop constraint user_scope_tells_cards_to_schools"
_TELLS_AGAIN: Final = """
    update access.user_scope set tells_cards = false where level = 'municipality';
    alter table access.user_scope add constraint user_scope_tells_cards_to_schools
    check (not tells_cards or level = 'school' or login = 'o7_school')
"""
_ROWS: Final = "the views are barriers, whose condition is asked before anybody else's"
_MATRIX: Final = "the right is in no line of the matrix of access"
_INSIDERS: Final[list[tuple[str, str, Callable[[Vault], bool], Callable[[Vault], object]]]] = [
    ("a cheap function that is shown the figures of others", _ROWS, by_function("visible.indicator_values", "org_unit_code"), barrier("visible.indicator_values")),
    ("a cheap function that is shown the pupils of others", _ROWS, by_function("visible.profiles", "school_id"), barrier("visible.profiles")),
    ("a cheap function that is shown the list of another school", _ROWS, by_function("school.worklist", "org_id"), barrier("school.worklist")),
    ("a division by nought that tells of others", _ROWS, by_division, barrier("visible.profiles")),
    ("an error that quotes a row of others", _ROWS, by_cast, barrier("visible.profiles")),
    ("a school that takes the role of the gate", _MATRIX, tries(SCHOOL, "set role o7_gate"), right("o7_gate", SCHOOL)),
    ("a school that writes itself into the map of access", _MATRIX,
     tries(SCHOOL, f"insert into access.user_scope values ('{SCHOOL}', 'republic', '', false)"),
     rights(GROUP, "usage on schema access", "insert on access.user_scope")),
    ("a school that reads rows as О7 delivered them", _MATRIX, tries(SCHOOL, "select last_name from raw_o7.person"),
     rights(GROUP, "usage on schema raw_o7", "select on raw_o7.person")),
    ("a school that reads all persons past its view", _MATRIX, tries(SCHOOL, "select 1 from published.profile_versions"),
     rights(GROUP, "usage on schema published", "select on published.profile_versions")),
    ("a school that makes a function that tells what it sees", _MATRIX,
     tries(SCHOOL, "create function public.own(text) returns boolean language sql return true"), right("create on schema public", GROUP)),
    ("a school that makes such a function for its session", _MATRIX,
     tries(SCHOOL, "create function pg_temp.own(text) returns boolean language sql return true"), right("temporary on database warehouse", GROUP)),
    ("a school that carries rows away in large objects", _MATRIX, tries(SCHOOL, "select lo_from_bytea(0, 'x')"),
     granted("grant execute on function lo_from_bytea(oid, bytea) to public", "revoke execute on function lo_from_bytea(oid, bytea) from public")),
    ("a school that holds the lock every night waits for", _MATRIX, tries(SCHOOL, f"select pg_advisory_lock({FENCE_LOCK})"),
     right("execute on function pg_advisory_lock(bigint)", GROUP)),
    ("a school that reads files of the server", _MATRIX, tries(SCHOOL, "select pg_read_file('/etc/hostname')"),
     rights(SCHOOL, "execute on function pg_read_file(text)", "pg_read_server_files")),
    ("a school that reads statistics of columns, which hold values", _MATRIX,
     sees(SCHOOL, "select count(*) from pg_stats where schemaname = 'published'"),
     rights(GROUP, "usage on schema published", "select on published.profile_versions")),
    ("a school that reads what the service asks", _MATRIX, reads_a_statement, right("pg_read_all_stats", SCHOOL)),
    ("a school that ends sessions of the service", _MATRIX, ends_a_session, rights(SCHOOL, "pg_signal_backend", "o7_school")),
    ("a school that takes all sessions there are", "a login has five sessions", many_sessions,
     granted(f"alter role {SCHOOL} connection limit -1", f"alter role {SCHOOL} connection limit 5")),
    ("a municipality that reads the numbers of its schools' cards", "the map tells cards to the school alone",
     sees(MUNICIPALITY, "select count(student_no) from school.pupil_gaps"),
     granted([_TELLS, "update access.user_scope set tells_cards = true where level = 'municipality'", "update access.user_scope set tells_cards = true"],
             [_TELLS_AGAIN])),
    ("an auditor who starts a program on the server", _MATRIX, tries("o7_auditor", "copy (select 1) to program 'cat > /dev/null'"),
     right("pg_execute_server_program", "o7_auditor")),
    ("an auditor who writes a file on the server", _MATRIX, tries("o7_auditor", "copy (select 1) to '/dev/null'"),
     right("pg_write_server_files", "o7_auditor")),
    ("an auditor who changes what he audits", _MATRIX, tries("o7_auditor", "update audit.rule_result set outcome = 'pass'"),
     right("update on audit.rule_result", "o7_auditor")),
    ("a gate that removes what it found", _MATRIX, tries("o7_gate", "delete from audit.gate_finding"), right("delete on audit.gate_finding", "o7_gate")),
    ("a reporter who empties the ledger of files", _MATRIX, tries("o7_reporter", "truncate audit.report_file"),
     right("truncate on audit.report_file", "o7_reporter")),
    ("a reporter who seals a run himself", _MATRIX, tries("o7_reporter", "insert into audit.seal select * from audit.seal where false"),
     right("insert on audit.seal", "o7_reporter")),
    ("a reporter who switches the rules of the ledger off for his session", _MATRIX,
     tries("o7_reporter", "set session_replication_role = replica"), right("set on parameter session_replication_role", "o7_reporter")),
    ("a loader who lets the server's log hold his statements", _MATRIX,
     tries("o7_loader", "set log_min_error_statement = error"), right("set on parameter log_min_error_statement", "o7_loader")),
    ("a reporter who reads names out of raw", _MATRIX, tries("o7_reporter", "select last_name from raw_o7.person"),
     rights("o7_reporter", "usage on schema raw_o7", "select on raw_o7.person")),
    ("a gate that reads tonight's delivery", _MATRIX, tries("o7_gate", "select 1 from landing.person"),
     rights("o7_gate", "usage on schema landing", "select on landing.person")),
    ("a transformer who reads the verifiers of passwords", _MATRIX, tries("o7_transformer", "select rolpassword from pg_catalog.pg_authid"),
     right("select on pg_catalog.pg_authid", "o7_transformer")),
    ("a transformer who makes a role for himself", _MATRIX, tries("o7_transformer", "create role himself"),
     granted("alter role o7_transformer createrole", "alter role o7_transformer nocreaterole")),
    ("a reporter who enters Airflow's database", _MATRIX, enters_airflow, right("connect on database airflow", "o7_reporter")),
]  # fmt: skip
_NIGHT: Final = f"'{small_republic.NIGHT}'"
_RUN: Final = f"(select run_id from published.night where night = {_NIGHT})"


def event(
    number: int, what: str, by: str, *, manifest: str = "0", run: str = _RUN, reason: str = "'x'"
) -> str:
    """One event of the first edition of the quarter, written past the program."""
    return f"""
        insert into audit.edition_event (
            edition_id, event_no, event, period, revision, night, run_id, manifest_sha256, by_whom, reason, detail
        ) values (
            '2025-Q4-01', {number}, '{what}', '2025-Q4', 1, {_NIGHT}, {run}, repeat('{manifest}', 64), '{by}', {reason}, '{{}}'
        )
    """


def writes(*statements: str) -> Callable[[Vault], bool]:
    """Whether the role of the program may write this into the ledger."""
    return tries("o7_reporter", *statements, refusal=CheckViolation)


def silent(table: str) -> Callable[[Vault], object]:
    """A ledger whose order nobody guards."""
    return granted(
        f"alter table audit.{table} disable trigger {table}_follows", f"alter table audit.{table} enable trigger {table}_follows"
    )  # fmt: skip


_FILE: Final = f"""
    insert into audit.edition_file (edition_id, event_no, path, run_id, bytes, sha256)
    values ('2025-Q4-01', 1, 'late.pdf', {_RUN}, 1, 'x')
"""
_MESSAGE: Final = f"""
    insert into audit.outbox_message (
        edition_id, recipient_id, channel, run_id, manifest_sha256, audience, message_key, files
    ) values (
        '2025-Q4-01', 'evil', 'smtp', {_RUN}, repeat('0', 64), 'ministry', repeat('0', 64),
        '[{{"path": "a", "bytes": 1, "sha256": "x"}}]'
    )
"""
_DRAFT, _SUBMITTED = event(1, "draft", "Иванов И.И."), event(2, "submitted", "Иванов И.И.")
_ORDER: Final = "a trigger of the database says which event may follow which"
_WORDS: Final[list[tuple[str, str, Callable[[Vault], bool], Callable[[Vault], object]]]] = [
    ("an edition that is issued without an approval", _ORDER, writes(_DRAFT, event(2, "issued", "Петров")), silent("edition_event")),
    ("an approval of one's own draft", _ORDER, writes(_DRAFT, _SUBMITTED, event(3, "approved", "Иванов И.И.")), silent("edition_event")),
    ("an approval of another manifest than the one that was submitted", _ORDER,
     writes(_DRAFT, _SUBMITTED, event(3, "approved", "Петров", manifest="1")), silent("edition_event")),
    ("a draft of a build that nobody published", _ORDER, writes(event(1, "draft", "Иванов", run="gen_random_uuid()")), silent("edition_event")),
    ("an event that leaves a place free for another one", _ORDER, writes(_DRAFT, event(7, "submitted", "Иванов")), silent("edition_event")),
    ("a file that joins an edition after it was submitted", _ORDER, writes(_DRAFT, _SUBMITTED, _FILE), silent("edition_file")),
    ("a message of an edition that was never issued", _ORDER, writes(_DRAFT, _MESSAGE), silent("outbox_message")),
    ("an approval of nobody", "a name has letters", writes(_DRAFT, _SUBMITTED, event(3, "approved", " . ")),
     granted("alter table audit.edition_event drop constraint edition_event_by_whom_check",
             "alter table audit.edition_event add constraint edition_event_by_whom_check check (by_whom ~ '[^[:space:].]')")),
    ("a rejection that says no reason", "a rejection says why", writes(_DRAFT, _SUBMITTED, event(3, "rejected", "Петров", reason="null")),
     granted("alter table audit.edition_event drop constraint edition_event_says_why",
             "alter table audit.edition_event add constraint edition_event_says_why check ("
             "reason is not null or (event <> 'rejected' and (event <> 'draft' or revision = 1)))")),
]  # fmt: skip
ATTACKS: Final = [
    Attack(code=f"{surface}-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for surface, listed in (("RIGHT", _INSIDERS), ("WORD", _WORDS))
    for number, (name, defence, attempt, removed) in enumerate(listed, start=1)
]
