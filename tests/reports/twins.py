"""Reports with a twin for programs, and their published schemas."""

from __future__ import annotations

import json
from typing import Any

from o7_warehouse.report.registry import TWINS, load_report, report_ids
from o7_warehouse.report.twin_schema import published_versions

REPORTS = [one for one in report_ids() if set(load_report(one).formats) & set(TWINS)]


def schemas(report_id: str) -> dict[tuple[int, int], dict[str, Any]]:
    """Every published schema of a report by its version."""
    return {
        version: json.loads(path.read_text(encoding="utf-8"))
        for version, path in published_versions(report_id).items()
    }
