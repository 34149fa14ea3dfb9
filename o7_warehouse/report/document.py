"""A finished document before it takes a format: tables, charts, sentences, letterhead, fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.report.charts import Chart, QrCode, build_charts, qr_code
from o7_warehouse.report.legend import Legend, load_legend
from o7_warehouse.report.letterhead import Letterhead, load_letterhead
from o7_warehouse.report.narrative import Narrative, narrate
from o7_warehouse.report.tables import Table, build_tables, data_digest
from o7_warehouse.report.units import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.report.figures import Material, Night, Published, Unit
    from o7_warehouse.report.registry import Report

_GROUP = 4
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that a format may print. Two equal documents make equal files."""

    report: Report
    night: Night
    letterhead: Letterhead
    legend: Legend
    narrative: Narrative
    tables: tuple[Table, ...]
    charts: Mapping[str, Chart]
    figures: Published | None
    digest: str
    qr: QrCode
    # Whose document it is; None for the republic's.
    unit: Unit | None = None

    @property
    def file_stem(self) -> str:
        """File name without its ending: `КБР_ЦЗ_образование_2025-12-15`."""
        return self.stem(self.night.night.isoformat())

    def stem(self, mark: str) -> str:
        """File name without its ending, with another mark in the place of the night, as an edition has it."""
        unit = "" if self.unit is None else name_of(self.unit.code)
        return self.report.file_stem.format(night=mark, unit=unit)

    @property
    def folder(self) -> str:
        """Where its files lie within their set: in the folder of their unit, so that each can be guarded by itself."""
        return "" if self.unit is None else f"{name_of(self.unit.code)}/"

    @property
    def subject(self) -> str:
        """The report and the unit, as messages name the document."""
        return self.report.id if self.unit is None else f"{self.report.id}, unit {self.unit.code}"

    @property
    def title(self) -> str:
        """What the document is called in its properties."""
        return self.report.title if self.unit is None else f"{self.report.title}: {self.unit.name}"

    @property
    def fingerprint(self) -> str:
        """The beginning of the digest, in groups that can be read out."""
        shown = self.digest[:_SHOWN]
        return " ".join(shown[start : start + _GROUP] for start in range(0, _SHOWN, _GROUP))

    def table(self, table_id: str) -> tuple[Table, ...]:
        """The tables of one definition: one, or one per indicator."""
        return tuple(table for table in self.tables if table.id == table_id)


def build_document(report: Report, material: Material) -> Document:
    """The document of a report for the published night. Raises ReportError wherever it would have a hole."""
    night = material.night.night.isoformat()
    letterhead = load_letterhead(material.night.night)
    legend = load_legend(report)
    tables = build_tables(report, material, legend)
    unit = None if material.unit is None else material.unit.code
    digest = data_digest(tables, report_id=report.id, night=night, unit=unit)
    return Document(
        report=report,
        night=material.night,
        letterhead=letterhead,
        legend=legend,
        narrative=narrate(report, material, letterhead, legend),
        tables=tables,
        charts=build_charts(report, material.figures) if material.figures else {},
        figures=material.figures,
        digest=digest,
        qr=qr_code("|".join([report.id, night, *([unit] if unit else []), f"sha256:{digest}"])),
        unit=material.unit,
    )
