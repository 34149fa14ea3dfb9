"""Lineage as OpenLineage tells it: one event for each table and report a night has made, with the way of each column.

The events are those of the library openlineage-python, which follows the published schemas. They hold names of tables
and columns; of rows there is nothing in them.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from openlineage.client.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset, parent_run, schema_dataset
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import HttpConfig, HttpTransport

from o7_warehouse.errors import SettingsError, WarehouseUnavailableError
from o7_warehouse.lineage.columns import within
from o7_warehouse.lineage.graph import FOLDER, STATEMENT
from o7_warehouse.warehouse import WAREHOUSE, libpq_params

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.lineage.columns import Column, Made
    from o7_warehouse.lineage.graph import Lineage
    from o7_warehouse.settings import Settings

JOBS: Final = "o7"
DAG: Final = "o7_night"
PRODUCER: Final = "urn:o7-warehouse"
REPORTS: Final = "o7:reports"
_ALL_OF_IT: Final = column_lineage_dataset.Transformation(
    type="DIRECT", subtype="TRANSFORMATION", masking=False
)


def events_of(settings: Settings, lineage: Lineage, *, run_id: str, at: dt.datetime) -> Iterator[RunEvent]:
    """Beginning and end of each table of the lineage, all of them parts of the night's run."""
    params = libpq_params(settings, "o7_reporter")
    place = f"postgres://{params['host']}:{params['port']}"
    for table, made in lineage.made.items():
        parent = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=run_id), job=parent_run.Job(namespace=JOBS, name=DAG), producer=PRODUCER
        )
        run = Run(runId=str(uuid.uuid5(uuid.UUID(run_id), table)), facets={"parent": parent})
        job = Job(namespace=JOBS, name=f"{DAG}.{lineage.step[table]}.{table}")
        read = sorted({name for name, _ in _read(made)})
        # The specification wants a beginning of each; what was read and made is told with the end.
        yield RunEvent(
            eventType=RunState.START, eventTime=at.isoformat(), run=run, job=job, producer=PRODUCER
        )
        yield RunEvent(
            eventType=RunState.COMPLETE, eventTime=at.isoformat(), run=run, job=job, producer=PRODUCER,
            inputs=[InputDataset(*_named(one, place)) for one in read],
            outputs=[_output(table, made, place)],
        )  # fmt: skip


def write_events(settings: Settings, lineage: Lineage, *, run_id: str, at: dt.datetime) -> Path:
    """Put the events of a run into a file of its own, a line each, in place of what lay there. Raises OSError."""
    place = settings.state / FOLDER / f"{run_id}.jsonl"
    place.parent.mkdir(exist_ok=True)
    fresh = place.with_suffix(".unfinished")
    fresh.unlink(missing_ok=True)
    client = OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=str(fresh), append=True)))
    for event in events_of(settings, lineage, run_id=run_id, at=at):
        client.emit(event)
    client.close()
    fresh.replace(place)
    return place


def send_events(settings: Settings, lineage: Lineage, *, run_id: str, at: dt.datetime) -> None:
    """Hand the events to the service the settings name.

    Raises SettingsError for an address that is none, WarehouseUnavailableError where nobody took them.
    """
    if not settings.openlineage_url.startswith(("http://", "https://")):
        raise SettingsError(
            f"O7_OPENLINEAGE_URL is no http:// or https:// address ({settings.openlineage_url!r}), so no lineage can "
            "be sent. Correct it, or unset it: the events lie in the folder lineage of the state directory anyway."
        )
    try:
        client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=settings.openlineage_url)))
        for event in events_of(settings, lineage, run_id=run_id, at=at):
            client.emit(event)
        client.close()
    except OSError as error:  # what requests raises is one
        raise WarehouseUnavailableError(
            f"{settings.openlineage_url} took no lineage of the run {run_id} ({type(error).__name__}). The night is "
            f"not concerned. The events lie in {FOLDER}/{run_id}.jsonl of the state directory; send them again by hand."
        ) from None


def _output(table: str, made: Made, place: str) -> OutputDataset:
    fields = {
        column: column_lineage_dataset.Fields(
            inputFields=[
                column_lineage_dataset.InputField(*_named(name, place), field, transformations=[_ALL_OF_IT])
                for name, field in sorted(within(origins, ""))
            ]
        )
        for column, origins in made.items()
        if within(origins, "")
    }
    namespace, name = _named(table, place)
    told = schema_dataset.SchemaDatasetFacet(
        fields=[schema_dataset.SchemaDatasetFacetFields(name=column) for column in made], producer=PRODUCER
    )
    lines = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields, producer=PRODUCER)
    return OutputDataset(namespace, name, facets={"schema": told, "columnLineage": lines})


def _read(made: Made) -> Iterator[Column]:
    for origins in made.values():
        yield from within(origins, "")


def _named(table: str, place: str) -> tuple[str, str]:
    """Namespace and name of a dataset as the specification names them; a report is a file of ours."""
    if table == STATEMENT:
        return REPORTS, table.partition(".")[2]
    return place, f"{WAREHOUSE}.{table}"
