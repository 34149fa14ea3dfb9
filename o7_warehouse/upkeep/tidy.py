"""Retention of files: what lies in a folder of the state directory longer than its term says is removed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.upkeep.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from o7_warehouse.settings import Settings


def tidy(settings: Settings, *, now: datetime) -> Counter[str]:
    """Remove files whose last change is older than the term of their folder; returns how many by folder.

    A folder that has become empty goes with its last file. Raises CatalogueError.
    """
    removed: Counter[str] = Counter()
    for term in terms(settings.root, on=now.astimezone(MOSCOW).date()):
        if term.action != "remove_files" or term.days is None:
            continue
        folder = settings.state / term.name
        before = (now - timedelta(days=term.days)).timestamp()
        paths = sorted(folder.rglob("*"), reverse=True)
        for path in paths:
            if path.is_file() and not path.is_symlink() and path.stat().st_mtime < before:
                path.unlink()
                removed[term.name] += 1
        _remove_empty(paths)
        # The name of a set that has gone leads nowhere.
        for path in paths:
            if path.is_symlink() and not path.exists():
                path.unlink()
        _remove_empty(paths)
    return removed


def _remove_empty(paths: Sequence[Path]) -> None:
    """Remove the folders in which nothing lies any more; what lies in a folder comes before it."""
    for path in paths:
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
