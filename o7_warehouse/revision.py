"""Which code made a night: the commit, or a hash over the files that decide about figures."""

from __future__ import annotations

import hashlib
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DECIDING = ("contracts/*.yml", "o7_warehouse/**/*.py", "o7_warehouse/**/*.sql", "dbt_project/**/*.sql",
            "dbt_project/**/*.yml", "dbt_project/seeds/*.csv", "expectations/**/*.yml")  # fmt: skip


@lru_cache(maxsize=1)
def code_revision(root: Path) -> str:
    """The commit, with ``+`` and a hash where files differ from it; without git ``files:`` and a hash."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in DECIDING for path in root.glob(pattern)}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    files = digest.hexdigest()[:12]
    commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain")
    if commit is None or changes is None:
        return f"files:{files}"
    return f"{commit}+{files}" if changes else commit


def _git(root: Path, *arguments: str) -> str | None:
    """What git says; None without git or without a repository of our own."""
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
