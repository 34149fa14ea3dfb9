"""Rendering: the PDF of the same documents, by our typst templates and by engines that print our HTML of them.

What is read from the database is read before, for everybody. The engines get finished HTML, ours fills its template
too. Layouts are not the same, the figures are: every decimal fraction that ours prints must be on the peer's pages.
"""

from __future__ import annotations

import pickle
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Final

import pypdfium2

from benchmarks.peers.environment import installed, version_of
from benchmarks.peers.process import Command, NotRunError
from benchmarks.peers.run.ours import own_program, own_version
from benchmarks.peers.side import Refusal, Side, measure
from o7_warehouse.report.html import write_html
from o7_warehouse.report.pdf import write_pdf
from o7_warehouse.report.render import prepare
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.peers.side import Plan, Told
    from benchmarks.world import World

FAMILY: Final = "rendering"
RUN: Final = ROOT / "benchmarks" / "peers" / "run"
SETS: Final = {"indicator_statement": "the statement", "municipal_sheet": "the sheets of all municipalities"}
FRACTION: Final = re.compile(r"\d+,\d+")
BROWSER: Final = ("chromium", "chromium-browser", "google-chrome")
# The browser draws nothing on a screen here, and root may not use its sandbox; no header of its own on the pages.
PRINT: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")


@dataclass(frozen=True, slots=True)
class Pages:
    """The documents of one report: as objects, as HTML files, and the fractions each of them must print."""

    name: str
    work: Path
    fractions: tuple[frozenset[str], ...]

    @property
    def pickled(self) -> Path:
        """What our own process is given."""
        return self.work / "documents.pickle"

    @property
    def html(self) -> list[Path]:
        """What the engines are given."""
        return [self.work / f"{place}.html" for place in range(len(self.fractions))]

    def begun(self, words: Sequence[str], environment: dict[str, str] | None = None) -> Command:
        """The command of a side, with no page left of the side before."""
        for page in self.work.glob("*.pdf"):
            page.unlink()
        return Command(words, environment or {})

    def printed(self) -> str:
        """See whether every document is there with its figures; says how many pages. Raises NotRunError."""
        pages, size = 0, 0
        for place, wanted in enumerate(self.fractions):
            page = self.work / f"{place}.pdf"
            if not page.exists():
                raise NotRunError(f"it printed {place} of {len(self.fractions)} documents")
            lacking = wanted - fractions(page.read_bytes())
            if lacking:
                raise NotRunError(
                    f"{len(lacking)} of {len(wanted)} figures of document {place + 1} are not on its pages"
                )
            pages += count_pages(page)
            size += page.stat().st_size
        return f"{pages} pages, {size / 1000:.0f} kB"


def count_pages(pdf: Path) -> int:
    """How many pages a file has."""
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def fractions(pdf: bytes) -> frozenset[str]:
    """Every decimal fraction on the pages."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return frozenset(FRACTION.findall(" ".join(texts)))


def run(world: World, *, pupils: int, plan: Plan, work: Path) -> list[Told]:
    """Measure ours and every engine on the newest night."""
    told = []
    for report_id, name in SETS.items():
        pages = _prepared(world, report_id, name, work / report_id)
        sides, cannot = _sides(pages, work.parent)
        family = f"{FAMILY}: {name}"
        told += measure(
            sides,
            family=family,
            pupils=pupils,
            plan=plan,
            postmaster=world.postmaster,
            work=work,
        )
        told += [one.told(family, pupils) for one in cannot if any(word in one.name for word in plan.only)]
    return told


def _prepared(world: World, report_id: str, name: str, work: Path) -> Pages:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    documents = prepare(world.settings, report_id=report_id, night=world.night())
    pages = Pages(name, work, tuple(fractions(write_pdf(document)) for document in documents))
    pages.pickled.write_bytes(pickle.dumps(documents, protocol=pickle.HIGHEST_PROTOCOL))
    for document, page in zip(documents, pages.html, strict=True):
        page.write_bytes(write_html(document))
    return pages


def _sides(pages: Pages, environments: Path) -> tuple[list[Side], list[Refusal]]:
    found, cannot = [_ours(pages)], []
    for make, name, version in (
        (_weasyprint, "WeasyPrint", version_of("weasyprint", "weasyprint")),
        (_chromium, "Chromium", "–"),
    ):
        try:
            found += make(pages, environments)
        except NotRunError as error:
            cannot.append(Refusal(name, version, str(error)))
    return found, cannot


def _ours(pages: Pages) -> Side:
    return Side(
        name="ours: typst", version=f"{own_version()}, typst {metadata.version('typst')}",
        command=lambda: pages.begun(own_program("pdf", str(pages.pickled), str(pages.work))), check=pages.printed,
        start=lambda: Command(own_program("start", "pdf")), is_ours=True,
    )  # fmt: skip


def _weasyprint(pages: Pages, environments: Path) -> list[Side]:
    python = str(installed("weasyprint", environments) / "python")
    words = [python, "-P", str(RUN / "weasyprint_pdf.py")]
    return [
        Side(
            name="WeasyPrint", version=version_of("weasyprint", "weasyprint"),
            command=lambda: pages.begun([*words, *map(str, pages.html)]), check=pages.printed,
            start=lambda: Command(words),
        )
    ]  # fmt: skip


def _chromium(pages: Pages, _environments: Path) -> list[Side]:
    browser = next((found for name in BROWSER if (found := shutil.which(name))), None)
    if browser is None:
        raise NotRunError("there is no Chromium on the PATH")
    said = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False).stdout
    version = next((word for word in said.split() if word[:1].isdigit()), "unknown")
    blank = pages.work / "blank.txt"
    blank.write_text("<p>", encoding="utf-8")

    def each() -> Command:
        lines = [
            f"{browser} {' '.join(PRINT)} --print-to-pdf={page.with_suffix('.pdf')} file://{page}"
            for page in pages.html
        ]
        script = pages.work / "print.sh"
        script.write_text("\n".join(["set -e", *lines]), encoding="utf-8")
        return pages.begun(["sh", str(script)])

    def kept() -> Command:
        words = [sys.executable, "-P", str(RUN / "chromium_pdf.py"), browser, *map(str, pages.html)]
        return pages.begun(words)

    start = Command([browser, *PRINT, "--dump-dom", "about:blank"])
    driven = Command([sys.executable, "-P", str(RUN / "chromium_pdf.py"), browser])
    one = partial(Side, version=version, check=pages.printed)
    sides = [one(name="Chromium, one process a document", command=each, start=None)]
    if len(pages.html) > 1:
        sides.append(
            one(
                name="Chromium, one process for all, driven by Playwright", command=kept, start=lambda: driven
            )
        )
    else:
        sides[0] = one(name="Chromium, one process a document", command=each, start=lambda: start)
    return sides
