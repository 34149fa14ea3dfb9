"""Which pages the portal has, where they lie, and what stands on each.

A folder is an audience: ``republic`` is the ministry's, ``municipality/<code>`` a municipality's with the pages of its
schools below it, ``auditor`` the auditor's. So a web server protects them by their paths, and no page reaches up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.words import EVENTS
from o7_warehouse.errors import ReportError
from o7_warehouse.portal import status, views
from o7_warehouse.report import formats
from o7_warehouse.report.figures import REGION
from o7_warehouse.report.registry import REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from o7_warehouse.portal.reading import Material, Unit

FOLDER: Final = "portal"
STYLE: Final = "portal.css"
# A code of О7 becomes the name of a folder.
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the portal, the template it is made by, its title and the way up to it (title and address)."""

    address: str
    template: str
    title: str
    trail: tuple[tuple[str, str], ...]
    more: dict[str, Any]

    @property
    def root(self) -> str:
        """The way from the page to the root of the portal."""
        return "../" * self.address.count("/")


def files(material: Material) -> Iterator[tuple[str, bytes]]:
    """Every page with its content. Raises ReportError for a code that is no name, and for a hole."""
    context = {"night": material.published.night, "supply": material.published.supply}
    yield f"assets/{STYLE}", (REPORTS / FOLDER / STYLE).read_bytes()
    yield status.ADDRESS, status.page_without_state()
    for page in pages(material):
        yield (
            page.address,
            render_template(
                f"{FOLDER}/{page.template}.html.j2", {**context, **page.more, "page": page}
            ).encode(),
        )


def pages(material: Material) -> Iterator[Page]:
    """Every page, from the entrance down."""
    region = material.units["region", REGION]
    municipalities = list(material.below[region.key])
    ways = [(formats.capital(one.name), f"municipality/{_folder(one)}/index.html") for one in municipalities]
    yield Page("index.html", "index", "Цифровая зрелость образования", (), {"municipalities": ways})
    yield Page("dictionary/index.html", "dictionary", "Словарь полей профиля", (), {
        "entries": [(one.code, formats.capital(formats.plain_yo(one.label)), one.req_class,
                     formats.legal_place(one.legal_place)) for one in material.dictionary],
    })  # fmt: skip
    yield from _republic(material, region, municipalities)
    for municipality in municipalities:
        yield from _municipality(material, municipality)


def _republic(material: Material, region: Unit, municipalities: Sequence[Unit]) -> Iterator[Page]:
    hrefs = [f"../municipality/{_folder(one)}/index.html" for one in municipalities]
    yield Page("republic/index.html", "unit", "Кабардино-Балкарская Республика", (), {
        **_figures(material, region, municipalities, hrefs),
        "below_title": "Муниципальные образования",
        "links": [
            ("Поля профиля по муниципальным образованиям", "leaves.html"),
            ("Выпущенные редакции", "editions.html"),
        ],
    })  # fmt: skip
    yield _heat(material, "republic/leaves.html", region.name, municipalities, "Муниципальные образования")
    yield Page("republic/editions.html", "editions", "Редакции отчетов", (("Республика", "index.html"),), {
        "events": [(str(one.edition), one.edition.period.name, EVENTS[one.event], formats.date_digits(one.night),
                    formats.instant_text(one.recorded_at), one.reason or "–", one.manifest_sha256)
                   for one in reversed(material.events)],
    })  # fmt: skip


def _municipality(material: Material, unit: Unit) -> Iterator[Page]:
    schools = list(material.below.get(unit.key, ()))
    folder = f"municipality/{_folder(unit)}"
    hrefs = [f"school/{_folder(one)}/index.html" for one in schools]
    name = formats.capital(unit.name)
    yield Page(f"{folder}/index.html", "unit", name, (), {
        **_figures(material, unit, schools, hrefs),
        "below_title": "Образовательные организации",
        "links": [("Поля профиля по организациям", "leaves.html")] if schools else [],
    })  # fmt: skip
    if schools:
        yield _heat(material, f"{folder}/leaves.html", name, schools, "Организации")
    for school in schools:
        classes = list(material.below.get(school.key, ()))
        yield Page(
            f"{folder}/school/{_folder(school)}/index.html", "unit", formats.capital(school.name), (), {
                **_figures(material, school, classes, [None] * len(classes)),
                "below_title": "Классы",
                "links": [],
            },
        )  # fmt: skip


def _figures(
    material: Material, unit: Unit, below: Sequence[Unit], hrefs: Sequence[str | None]
) -> dict[str, Any]:
    return {
        "unit": unit,
        "cards": views.cards(material, unit),
        "headings": views.headings(material, below) if below else [],
        "lines": views.lines(material, below, hrefs) if below else [],
        "leaves": views.leaves(material, unit.key),
        "wins": views.wins(material, unit.key),
        "smallest": views.SMALLEST,
    }


def _heat(material: Material, address: str, name: str, units: Sequence[Unit], what: str) -> Page:
    return Page(address, "leaves", f"Поля профиля: {name}", ((name, "index.html"),), {
        "columns": [(str(place), formats.capital(one.name)) for place, one in enumerate(units, start=1)],
        "heat": views.heat(material, units),
        "what": what,
        "smallest": views.SMALLEST,
        "leaves_out": any(one.level == "school" for one in units),
    })  # fmt: skip


def _folder(unit: Unit) -> str:
    if not _NAME.fullmatch(unit.code):
        raise ReportError(
            f"published.org_units has a {unit.level} whose code is no name of a folder ({len(unit.code)} characters). "
            "A page of that name could lie anywhere, so no page was written. Correct the code in О7, then run the "
            "night again."
        )
    return unit.code
