"""Attacks of an administrator: rows of the audit and its seals rewritten, an issued edition exchanged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.audit import chain, rows
from o7_warehouse.audit.verify import examine, verify
from o7_warehouse.editions import folders
from o7_warehouse.editions import verify as editions
from o7_warehouse.editions.manifest import NAME, OWN_HASH, as_bytes, own_hash
from tests.attacks.catalogue import Attack, put, together, without
from tests.editions.desk import LAST, ONE_MORE, run_of
from tests.o7_warehouse.sealed_audit import one_row
from tests.o7_warehouse.tampered_audit import tampering
from tests.o7_warehouse.test_audit_chain import cut_tail, forge

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.editions.desk import Desk
    from tests.o7_warehouse.sealed_audit import Audit


def unseen(tamper: Callable[[Any, Audit], object], *, head: bool = False) -> Callable[[Audit], bool]:
    """Whether a check finds nothing of what was done; ``head``: against a head that was kept outside."""

    def attempt(audit: Audit) -> bool:
        kept = verify(audit.settings).head if head else None
        with tampering(audit) as cursor:
            tamper(cursor, audit)
            return examine(cursor, kept=kept.chain if kept else None).is_sound

    return attempt


def does(statement: str, table: str) -> Callable[[Any, Audit], object]:
    """A statement about one row of the run that failed."""
    return lambda cursor, audit: cursor.execute(statement, (one_row(cursor, table, audit.failed),))


def turned(cursor: Any, audit: Audit) -> None:
    """Let a run that failed look like one that ended well."""
    cursor.execute("update audit.run_outcome set outcome = 'success' where run_id = %s", (audit.failed,))


def resealed(cursor: Any, audit: Audit) -> None:
    """Change a row, and let the program write its seal anew in the old place."""
    does("update audit.batch set rows_in = rows_in + 1 where ctid = %s", "batch")(cursor, audit)
    forge(cursor, audit.failed)


def redated(cursor: Any, audit: Audit) -> None:
    """Let a seal speak of another night."""
    cursor.execute("update audit.seal set night = night - 1 where run_id = %s", (audit.failed,))


def unsealed(cursor: Any, audit: Audit) -> None:
    """Take the last seal away, so that the rows below it can be changed at will."""
    cursor.execute("delete from audit.seal where run_id = %s", (audit.last,))
    cursor.execute("update audit.rule_result set rows_failed = 0 where run_id = %s", (audit.last,))


def forgotten(cursor: Any, audit: Audit) -> None:
    """Take away the run behind published figures."""
    cursor.execute("update published.night set run_id = %s", (audit.last,))
    cut_tail(cursor, audit)
    cursor.execute("delete from audit.run where run_id = %s", (audit.last,))


def looking(name: str, old: str, new: str) -> Callable[[object], AbstractContextManager[None]]:
    """A comparison of rows whose statement looks away."""
    statement = getattr(rows, name)
    assert statement.count(old) == 1
    return lambda _: put(rows, name, statement.replace(old, new))


_ODD: Final = "where sealed.digest is null or present.digest is null"
_NTH: Final = "row_number() over (partition by run_id, place, digest order by at) as nth from found"
_ROWS: Final = "each row is compared with the digest under its seal"
_CHAIN: Final = "each seal is hashed together with the one before it"
_AUDITED: Final = [
    ("a count of broken rows made smaller", _ROWS, unseen(does("update audit.rule_result set rows_failed = 0 where ctid = %s", "rule_result")),
     looking("_ROWS", _ODD, "where false")),
    ("a failed night that is made a good one", _ROWS, unseen(turned), looking("_ROWS", _ODD, "where false")),
    ("a finding that is taken away", _ROWS, unseen(does("delete from audit.gate_finding where ctid = %s", "gate_finding")),
     looking("_ROWS", _ODD, "where sealed.digest is null")),
    ("a finding that was never made", _ROWS, unseen(does(
        "insert into audit.gate_finding select (jsonb_populate_record(line, '{\"message\": \"forged\"}')).* from audit.gate_finding as line"
        " where ctid = %s", "gate_finding")), looking("_ROWS", _ODD, "where present.digest is null")),
    ("a finding that is counted twice", "equal rows are counted", unseen(does("insert into audit.contract_finding select * from audit.contract_finding where ctid = %s", "contract_finding")),
     looking("_ROWS", _NTH, "1::bigint as nth from found")),
    ("the keys of broken rows taken away", "keys are counted and hashed together",
     unseen(does("delete from audit.failing_key where ctid = %s", "failing_key")), lambda _: put(rows, "_keys_of", lambda *_: iter(()))),
    ("a row changed together with its seal", _CHAIN, unseen(resealed), without(chain, "_broken_links", "seal.previous != before", "False")),
    ("a seal that speaks of another night", _CHAIN, unseen(redated), without(chain, "_broken_links", "not seal.is_whole", "False")),
    ("a seal taken away, and the rows below it changed", "every run that ended has a seal", unseen(unsealed),
     without(chain, "_unsealed", "must_be_sealed else Kind.at_work", "False else Kind.at_work")),
    ("the end of the chain cut off", "a head that was kept outside must be in the chain",
     unseen(cut_tail, head=True),
     without(chain, "check_chain", "if kept is not None and kept not in chains:", "if False:")),
    ("the run behind published figures taken away", "a published night has its run", unseen(forgotten),
     without(chain, "check_chain", "for run_id, night in cursor.fetchall():\n        yield Finding(kind=Kind.run_removed", "for run_id, night in ():\n        yield Finding(kind=Kind.run_removed")),
]  # fmt: skip
OF_AUDIT: Final = [
    Attack(code=f"SEAL-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for number, (name, defence, attempt, removed) in enumerate(_AUDITED, start=1)
]
_STATEMENT: Final = "КБР_ЦЗ_образование_2025-Q4_рев01.pdf"


def unnoticed(change: Callable[[dict[str, bytes]], None]) -> Callable[[Desk], bool]:
    """Whether a check of an edition finds nothing of what was done to its files, which are put back."""

    def attempt(desk: Desk) -> bool:
        folder, before = desk.folder(), desk.files()
        after = dict(before)
        change(after)
        _lay(folder, after)
        try:
            return desk.findings() == []
        finally:
            _lay(folder, before)

    return attempt


def _lay(folder: Any, files: dict[str, bytes]) -> None:
    folder.resolve().chmod(0o755)
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def flipped(files: dict[str, bytes]) -> None:
    """One bit of the statement."""
    content = files[_STATEMENT]
    files[_STATEMENT] = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]


def remade(files: dict[str, bytes]) -> None:
    """One bit of the statement, and a manifest that tells truly of it."""
    flipped(files)
    told = json.loads(files[NAME])
    told["files"][_STATEMENT]["sha256"] = folders.hashlib.sha256(files[_STATEMENT]).hexdigest()
    told[OWN_HASH] = own_hash(told)
    files[NAME] = as_bytes(told)


def raised(desk: Desk) -> bool:
    """Whether a figure that was raised after the issue goes unnoticed."""
    statement = ONE_MORE.format(table="indicator_values")
    desk.cursor.execute("create temporary table kept as select * from indicators.indicator_values")
    desk.cursor.execute(statement, (run_of(LAST),))
    try:
        return desk.findings() == []
    finally:
        desk.cursor.execute("truncate indicators.indicator_values")
        desk.cursor.execute("insert into indicators.indicator_values select * from kept; drop table kept")


_ANY: Final = ("check_files", "present[name] != wanted[name]", "False")
_EDITED: Final = [
    ("a bit of an issued statement", "the ledger has the hash of each file", unnoticed(flipped), without(folders, *_ANY)),
    ("a statement and its manifest made anew", "the ledger has the hash of the manifest", unnoticed(remade),
     lambda _: together(without(folders, *_ANY)(None), put(folders, "_check_manifest", lambda *_: iter(())))),
    ("a file that joins an issued edition", "the ledger names each file", unnoticed(lambda files: files.update({"late.pdf": b"x"})),
     without(folders, "check_files", "for name in sorted({*wanted, *present}):", "for name in sorted(wanted):")),
    ("a file that leaves an issued edition", "the ledger names each file", unnoticed(lambda files: files.pop(_STATEMENT)),
     without(folders, "check_files", "for name in sorted({*wanted, *present}):", "for name in sorted(present):")),
    ("a figure raised in the build behind it", "rows of the build are compared with the sealed ones", raised,
     lambda _: put(editions, "_check_rows", lambda *_: iter(()))),
]  # fmt: skip
OF_EDITIONS: Final = [
    Attack(code=f"SEAL-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for number, (name, defence, attempt, removed) in enumerate(_EDITED, start=len(OF_AUDIT) + 1)
]
