"""The chain itself: whether each seal says what it said, and follows the one it was made over.

The hashes are recomputed here and not in the database, which is what is being examined.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit.findings import Finding, Head, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_SEALS: Final = """
    select run_no, run_id::text, night, previous, content::text, chain, to_json(recorded_at) #>> '{}'
    from audit.seal order by run_no
"""
_RUNS: Final = """
    select run.run_id::text, run.run_no, run.night, ended.outcome
    from audit.run left join audit.run_outcome as ended using (run_id)
    order by run.run_no
"""
# A head somebody signed must still be in the chain; a run behind published figures must still be in the audit.
_SIGNED: Final = "select run_id::text, night, chain from audit.sign_off order by recorded_at"
_PUBLISHED: Final = """
    select night.run_id::text, night.night from published.night
    where not exists (select from audit.run where run.run_id = night.run_id)
    order by night.night
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain; ``content`` is the text that was hashed, instants are as JSON has them."""

    run_no: int
    run_id: str
    night: date
    previous: str
    content: str
    chain: str
    recorded_at: str

    @property
    def is_whole(self) -> bool:
        """Whether it is the seal that was written: its hash is right, and its columns say what its content says."""
        hashed = hashlib.sha256((self.previous + self.content).encode()).hexdigest()
        if hashed != self.chain:
            return False
        told = json.loads(self.content)
        says = {
            "run_no": self.run_no, "run_id": self.run_id, "night": self.night.isoformat(), "sealed_at": self.recorded_at
        }  # fmt: skip
        return isinstance(told, dict) and told | says == told


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the audit tells it; without an outcome it is at work, or was killed."""

    run_id: str
    run_no: int
    night: date
    outcome: str | None


def read_seals(cursor: Cursor) -> list[Seal]:
    """The chain in its order."""
    cursor.execute(_SEALS)
    return [Seal(*row) for row in cursor.fetchall()]


def read_runs(cursor: Cursor) -> dict[str, Run]:
    """Every run the audit knows, by its identity, in their order."""
    cursor.execute(_RUNS)
    return {row[0]: Run(*row) for row in cursor.fetchall()}


def head_of(seals: Sequence[Seal]) -> Head | None:
    """The newest seal; None where nothing was ever sealed."""
    if not seals:
        return None
    last = seals[-1]
    return Head(last.run_no, last.run_id, last.night, last.chain)


def check_chain(
    cursor: Cursor, seals: Sequence[Seal], runs: Mapping[str, Run], kept: str | None
) -> Iterator[Finding]:
    """What is wrong with the seals; ``kept`` is a head that somebody has kept outside."""
    yield from _broken_links(seals)
    yield from _unsealed(seals, runs)
    cursor.execute(_SIGNED)
    chains = {one.chain for one in seals}
    for run_id, night, chain in cursor.fetchall():
        if chain not in chains:
            yield Finding(kind=Kind.head_unknown, table="sign_off", run_id=run_id, night=night, place=chain)
    cursor.execute(_PUBLISHED)
    for run_id, night in cursor.fetchall():
        yield Finding(kind=Kind.run_removed, table="run", run_id=run_id, night=night)
    if kept is not None and kept not in chains:
        yield Finding(kind=Kind.head_unknown, table="seal", place=kept)


def _broken_links(seals: Sequence[Seal]) -> Iterator[Finding]:
    before = ""
    for seal in seals:
        found = []
        if not seal.is_whole:
            found.append(Kind.seal_changed)
        if seal.previous != before:
            found.append(Kind.seal_misplaced)
        for kind in found:
            yield Finding(
                kind=kind, table="seal", run_id=seal.run_id, night=seal.night, place=f"run_no={seal.run_no}"
            )
        before = seal.chain


def _unsealed(seals: Sequence[Seal], runs: Mapping[str, Run]) -> Iterator[Finding]:
    sealed = {one.run_id for one in seals}
    newest = seals[-1].run_no if seals else 0
    for run in runs.values():
        if run.run_id in sealed:
            continue
        # The outcome and the seal of a run come in one transaction, and nobody opens a run beside an open one.
        must_be_sealed = run.outcome is not None or run.run_no < newest
        yield Finding(
            kind=Kind.seal_removed if must_be_sealed else Kind.at_work,
            table="seal", run_id=run.run_id, night=run.night, place=f"run_no={run.run_no}",
        )  # fmt: skip
