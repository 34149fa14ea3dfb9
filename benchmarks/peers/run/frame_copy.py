"""Data frames: every table from one PostgreSQL to another, into empty tables. frame_copy.py HOW TABLES."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

CHUNK = 50_000


def adbc(told: dict[str, Any]) -> None:
    """A stream of Arrow batches from one driver to the other."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(told["source"]) as source, dbapi.connect(told["target"]) as target:
        for table, columns in told["tables"].items():
            with source.cursor() as reading, target.cursor() as writing:
                reading.execute(_select(told, table, columns))
                writing.adbc_ingest(
                    table, reading.fetch_record_batch(), mode="append", db_schema_name=told["schema"]
                )
        target.commit()


def polars(told: dict[str, Any]) -> None:
    """A frame a table: read by connectorx, written by ADBC."""
    import polars as pl

    for table, columns in told["tables"].items():
        frame = pl.read_database_uri(_select(told, table, columns), told["source"], engine="connectorx")
        frame.write_database(
            f"{told['schema']}.{table}", told["target"], if_table_exists="append", engine="adbc"
        )


def pandas_copy(told: dict[str, Any]) -> None:
    """Frames by chunks, written as CSV into a COPY."""
    import pandas as pd
    import psycopg2
    import sqlalchemy

    engine = sqlalchemy.create_engine(_driver(told["source"]))
    with engine.connect() as source, psycopg2.connect(told["target"]) as target, target.cursor() as cursor:
        for table, columns in told["tables"].items():
            for frame in pd.read_sql(sqlalchemy.text(_select(told, table, columns)), source, chunksize=CHUNK):
                text = io.StringIO()
                frame.to_csv(text, index=False, header=False, na_rep="\\N")
                text.seek(0)
                listed = ", ".join(columns)
                cursor.copy_expert(
                    f"copy {told['schema']}.{table} ({listed}) from stdin (format csv, null '\\N')", text
                )


def pandas_multi(told: dict[str, Any]) -> None:
    """Frames by chunks, written as INSERT with many rows each."""
    import pandas as pd
    import sqlalchemy

    source_engine = sqlalchemy.create_engine(_driver(told["source"]))
    target_engine = sqlalchemy.create_engine(_driver(told["target"]))
    with source_engine.connect() as source, target_engine.begin() as target:
        for table, columns in told["tables"].items():
            for frame in pd.read_sql(sqlalchemy.text(_select(told, table, columns)), source, chunksize=CHUNK):
                frame.to_sql(
                    table, target, schema=told["schema"], if_exists="append", index=False, method="multi",
                    chunksize=500,
                )  # fmt: skip


def _select(told: dict[str, Any], table: str, columns: list[str]) -> str:
    return f"select {', '.join(columns)} from {told['schema']}.{table}"


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg2://", 1)


def _start(how: str) -> None:
    """Only what it imports."""
    if how == "adbc":
        from adbc_driver_postgresql import dbapi  # noqa: F401
    elif how == "polars":
        import polars as pl  # noqa: F401
    else:
        import sqlalchemy  # noqa: F401


if __name__ == "__main__":
    how, *rest = sys.argv[1:]
    if rest:
        globals()[how](json.loads(Path(rest[0]).read_text(encoding="utf-8")))
    else:
        _start(how)
