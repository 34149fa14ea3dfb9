"""The auditor's pages and workbook of a year: seconds of the clock to the last file, and of the processor.

The audit is seeded set by set (seeded_audit.py) and kept; --pupils and --pairs have no meaning here.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.measure import cost_of
from benchmarks.seeded_audit import seed
from benchmarks.world import ROOT, arguments, postmaster_of
from o7_warehouse import bootstrap, server, warehouse
from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

GOAL_SECONDS = 20
TIMES = 3


def main() -> None:
    """Write the pages a few times and print the best, which other work disturbed least."""
    options = arguments(__doc__, nights=365, rules=150)
    with _opened(options) as settings:
        folder = settings.state / "audit-pages"
        costs = [
            cost_of(
                lambda: write_pages(settings, nights=None, folder=folder), postmaster=postmaster_of(settings)
            )
            for _ in range(TIMES)
        ]
        best = min(costs, key=lambda cost: cost.wall)
        files = [path for path in folder.rglob("*.*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
        print(
            f"pages of {options.nights} nights and {options.rules} rules: {best.wall:.1f} s "
            f"(goal <= {GOAL_SECONDS} s, {'met' if best.wall <= GOAL_SECONDS else 'not met'}; of {TIMES}: "
            f"{', '.join(f'{cost.wall:.1f}' for cost in costs)}); processor {best.client:.1f} s here, "
            f"{best.server:.1f} s in the server; {len(files)} files, {size:.0f} MB"
        )


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Settings]:
    """A warehouse with the audit of this size; made once."""
    state = options.state or ROOT / "var" / f"bench-audit-{options.nights}-{options.rules}"
    settings = Settings.load(state.resolve(), {})
    with server.running(settings) as embedded:
        bootstrap.ensure(settings, embedded)
        with warehouse.transaction(settings, "o7_admin") as connection, connection.cursor() as cursor:
            cursor.execute("select exists (select from audit.run)")
            [(is_filled,)] = cursor.fetchall()
        if not is_filled:
            print(f"seeding an audit of {options.nights} nights; this takes a minute or two")
            seed(settings, nights=options.nights, rules=options.rules)
        yield settings
    shutil.rmtree(settings.state / "audit-pages", ignore_errors=True)


if __name__ == "__main__":
    main()
