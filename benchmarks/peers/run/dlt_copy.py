"""dlt: every table from one PostgreSQL to another. dlt_copy.py TABLES FOLDER BACKEND FORM; no words: only its start."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dlt
from dlt.destinations import postgres
from dlt.sources.sql_database import sql_database


def main(tables: str, folder: str, backend: str, form: str) -> None:
    """Replace every table."""
    told = json.loads(Path(tables).read_text(encoding="utf-8"))
    source = sql_database(
        _driver(told["source"]), schema=told["schema"], table_names=list(told["tables"]), backend=backend,
        include_views=True,
        backend_kwargs={"conn": told["source"]} if backend == "connectorx" else {},
    )  # fmt: skip
    pipeline = dlt.pipeline(
        pipeline_name=f"bench_{backend}", pipelines_dir=folder, dataset_name=told["schema"],
        destination=postgres(told["target"]),
    )  # fmt: skip
    pipeline.drop()
    pipeline.run(source, write_disposition="replace", loader_file_format=form).raise_on_failed_jobs()


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg2://", 1)


if __name__ == "__main__" and sys.argv[1:]:
    main(*sys.argv[1:])
