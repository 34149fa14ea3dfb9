"""Lives through a month: every delivery in its turn, each by the steps of a real night, each held against the truth."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import LapseError, PermanentError, TransientError
from o7_warehouse.lapse.judge import must_be_true, published_nights
from o7_warehouse.lapse.month import show_night
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.lapse.month import Delivery, Month
    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

PUBLISHED, REFUSED, UNAVAILABLE = "published", "refused", "unavailable"
ENDED: Final = {PermanentError.exit_code: REFUSED, TransientError.exit_code: UNAVAILABLE}
NAMING_A_SOURCE: Final = ("O7_SOURCE_DSN", "O7_DROP")
# Of what a night that failed has said, the last words say why.
LAST_WORDS: Final = 4
# Nobody listens there.
SILENCE: Final = "postgresql://nobody@127.0.0.1:9/o7"


@dataclass(frozen=True, slots=True)
class Played:
    """A delivery that ended as it must: seconds of the clock, and what the night built, in Russian."""

    delivery: Delivery
    seconds: float
    scope: str


def play(settings: Settings, server: Server, month: Month) -> Iterator[Played]:
    """Live through the month.

    Raises LapseError for the first delivery that does not end as it must, and for the first figure that is not true.
    """
    published: set[str] = set()
    for delivery in month.deliveries:
        source = _source(settings, server, month, delivery)
        began = time.monotonic()
        ended, words, run_id = _walked(settings, source)
        seconds = time.monotonic() - began
        if ended != delivery.ends:
            raise LapseError(
                f"The night {delivery.night} ({delivery.says or 'an ordinary one'}) is {ended} and must be "
                f"{delivery.ends}: {words or 'nothing was said'}. Later nights would stand on it. Mend the step that "
                "let it, or stopped it, and live through the month again."
            )
        if ended == PUBLISHED:
            published.add(delivery.night)
        _must_stand(settings, published, delivery)
        must_be_true(settings, month, sorted(published)[-1:])
        yield Played(delivery, seconds, _scope(settings, run_id))
    # What was true on its night must be true now, whatever came later.
    must_be_true(settings, month, sorted(published))


def _source(settings: Settings, server: Server, month: Month, delivery: Delivery) -> dict[str, str]:
    """The setting that names the source of a delivery."""
    if delivery.transport == "replica":
        return {"O7_SOURCE_DSN": show_night(settings, server, month, delivery.night)}
    if delivery.folder is None:
        return {"O7_SOURCE_DSN": SILENCE}
    return {"O7_DROP": str(month.folder / delivery.folder)}


def _walked(settings: Settings, source: dict[str, str]) -> tuple[str, str, str]:
    """How a night ended, the words it was refused with, and its run."""
    run_id = str(uuid.uuid4())
    environment = {name: value for name, value in os.environ.items() if name not in NAMING_A_SOURCE}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse.walk", str(settings.state), "--run-id", run_id],
        env=environment | {"PYTHONPATH": str(settings.root)} | source,
        cwd=settings.root,
        capture_output=True,
        text=True,
        check=False,
    )
    words = "\n".join(done.stderr.splitlines()[-LAST_WORDS:])
    if done.returncode == 0:
        return PUBLISHED, "", run_id
    if done.returncode in ENDED:
        return ENDED[done.returncode], words, run_id
    raise LapseError(
        f"A night ended with exit code {done.returncode}, which is neither a refusal nor a source that is away, so it "
        f"was an error nobody foresaw: {words}"
    )


def _must_stand(settings: Settings, published: set[str], delivery: Delivery) -> None:
    """What is published is what was delivered well, and nothing else."""
    found = {night.isoformat() for night in published_nights(settings)}
    if found != published:
        raise LapseError(
            f"After the delivery of {delivery.night} ({delivery.says or 'an ordinary one'}) the published nights are "
            f"not those that came well: {', '.join(sorted(found ^ published))}. A night was lost or let through."
        )


def _scope(settings: Settings, run_id: str) -> str:
    """What the audit says a run built; empty where it never came so far."""
    with transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select message from audit.gate_finding where run_id = %s and gate = 'build' and check_id = 'scope'",
            (run_id,),
        )
        found = cursor.fetchone()
    return str(found[0]) if found else ""
