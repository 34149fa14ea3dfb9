"""`./o7 docs`: dbt's pages about the project, as one file that needs no server.

They tell names, descriptions, types and lineage. What they know of the warehouse is its catalogue of columns, never
a row; the words of dbt itself are kept back like those of a build (:mod:`o7_warehouse.dbt_runner`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from o7_warehouse import dbt_runner
from o7_warehouse.errors import StatementError

if TYPE_CHECKING:
    import uuid
    from datetime import date
    from pathlib import Path

    from o7_warehouse.settings import Settings

MADE: Final = "static_index.html"


def write_docs(settings: Settings, *, night: date, build_id: uuid.UUID) -> Path:
    """Write the pages to ``<state>/docs`` and return the file to open; the last good one stays until then.

    The build is only a name for what is compiled: nothing is built. Raises StatementError where dbt cannot
    parse or compile the project, or the warehouse does not let it look.
    """
    folder = settings.state / "docs"
    made = folder / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    project = str(settings.root / "dbt_project")
    command = [
        sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", *dbt_runner.QUIET,
        "docs", "generate", "--static", "--project-dir", project, "--profiles-dir", project,
        "--target-path", str(made), "--log-path", str(made),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env=os.environ | dbt_runner.environment(settings, night=night, build_id=str(build_id)),
        cwd=settings.root,
        capture_output=True,
        check=False,
    )
    if done.returncode or not (made / MADE).exists():
        raise StatementError(
            "dbt could not describe the project: it does not parse, does not compile, or the warehouse does not "
            "answer. There would be no pages, or old ones. Run ./o7 dbt compile, mend what it names, and try again."
        )
    page = folder / "index.html"
    (made / MADE).replace(page)
    shutil.rmtree(made)
    return page
