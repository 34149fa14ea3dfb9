"""The documents of a night for everybody: the republic, every municipality, every school, in all their formats.

The clock and the memory of the whole set, and what PDF and XLSX cost beside the bare engines: typst compiling the same
sources, xlsxwriter writing the same values without a look. Both sides of a ratio are one process, over the documents of
the municipalities.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typst
import xlsxwriter

from benchmarks.measure import Comparison, cost_of, in_turns
from benchmarks.memory import Peak
from benchmarks.world import arguments, opened, report
from o7_warehouse.report.pdf import STANDARD, fonts, write_pdf
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.render import prepare, render, set_folder
from o7_warehouse.report.templates import render_template
from o7_warehouse.report.xlsx import OPTIONS, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from benchmarks.world import World
    from o7_warehouse.report.document import Document

SET = ("indicator_statement", "municipal_sheet", "school_worklist")
GOAL_SECONDS, GOAL_MB = 60, 600
GOAL_PDF, GOAL_XLSX = 1.5, 3.0


def main() -> None:
    """Render the whole set a few times, then the municipalities beside the bare engines."""
    options = arguments(__doc__)
    with opened(options, with_night=True) as world:
        night = world.night()
        _whole_set(world, night)
        documents = prepare(world.settings, report_id="municipal_sheet", night=night)
        with tempfile.TemporaryDirectory(prefix="o7-bench-") as folder:
            roots = [_typst_root(Path(folder), document) for document in documents]
            costs = in_turns(
                {
                    "pdf": lambda: [write_pdf(document) for document in documents],
                    "typst": lambda: [_compile(root) for root in roots],
                    "xlsx": lambda: [write_xlsx(document) for document in documents],
                    "xlsxwriter": lambda: [_bare_workbook(document) for document in documents],
                },
                pairs=world.pairs,
                postmaster=world.postmaster,
                before=lambda _: None,
            )
    cpu = {name: [cost.client for cost in found] for name, found in costs.items()}
    report(
        Comparison("PDF / typst on the same sources", GOAL_PDF, cpu["pdf"], cpu["typst"]),
        Comparison("XLSX / xlsxwriter on the same values", GOAL_XLSX, cpu["xlsx"], cpu["xlsxwriter"]),
    )


def _whole_set(world: World, night: date) -> None:
    """Render every report of the set anew, and print clock, processor and memory, report by report."""
    total, peak_mb = 0.0, 0.0
    for report_id in SET:
        _forget(world, night, report_id)
        with Peak(lambda: [os.getpid()]) as peak:
            cost = cost_of(
                partial(render, world.settings, report_id=report_id, night=night), postmaster=world.postmaster
            )
        total += cost.wall
        # The embedded server is a child of this process, and its memory is no renderer's.
        memory = sum(size for program, size in peak.by_program.items() if program != "PostgreSQL")
        peak_mb = max(peak_mb, memory)
        link = set_folder(world.settings, load_report(report_id), night)
        files = [path for path in link.resolve().rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
        print(
            f"{report_id}: {len(files)} files, {size:.0f} MB; {cost.wall:.1f} s, processor {cost.client:.1f} s here, "
            f"{cost.server:.1f} s in the server; {memory:.0f} MB of memory"
        )
    print(
        f"whole set: {total:.1f} s (goal <= {GOAL_SECONDS} s, {'met' if total <= GOAL_SECONDS else 'not met'}); "
        f"{peak_mb:.0f} MB (goal <= {GOAL_MB} MB, {'met' if peak_mb <= GOAL_MB else 'not met'})"
    )


def _forget(world: World, night: date, report_id: str) -> None:
    """Take away what was rendered before, so that every file is written."""
    link = set_folder(world.settings, load_report(report_id), night)
    link.unlink(missing_ok=True)
    for files in (link.parent / ".sets").glob(f"{report_id}-*"):
        shutil.rmtree(files)


def _typst_root(folder: Path, document: Document) -> Path:
    root = Path(tempfile.mkdtemp(dir=folder))
    source = render_template(f"{document.report.id}/statement.typ.j2", {"doc": document})
    (root / "main.typ").write_text(source, encoding="utf-8")
    (root / "qr.svg").write_text(document.qr.svg, encoding="utf-8")
    return root


def _compile(root: Path) -> object:
    compiler = typst.Compiler(input=str(root / "main.typ"), root=str(root), font_paths=fonts())
    return compiler.compile_with_warnings(format="pdf", pdf_standards=STANDARD)


def _bare_workbook(document: Document) -> bytes:
    """The values of every table, and nothing else."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, OPTIONS)
    for table in document.tables:
        sheet = workbook.add_worksheet(table.sheet)
        places: Sequence[int] = table.columns_for("xlsx")
        for number, row in enumerate(table.rows):
            for position, place in enumerate(places):
                cell = row.cells[place]
                sheet.write(number, position, cell.text if cell.number is None else float(cell.number))
    workbook.close()
    return buffer.getvalue()


if __name__ == "__main__":
    main()
