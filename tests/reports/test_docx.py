"""How a DOCX is made: real styles and tables, pages as ГОСТ Р 7.0.97 wants them, nothing of whoever made it."""

from __future__ import annotations

import re
import uuid
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm

from o7_warehouse.report.registry import FONTS, load_report
from tests.reports import readback, readback_docx, republic

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document

FILES = ["full", "incomplete", "dictionary", "rules"]
CLOSE = Mm(0.1)


@pytest.fixture
def path(request: pytest.FixtureRequest) -> Path:
    """The DOCX of the files named by the parameter."""
    found: Path = request.getfixturevalue(request.param)[".docx"]
    return found


@pytest.fixture
def document(path: Path) -> Document:
    """The same, opened by python-docx."""
    return docx.Document(str(path))


def parts(path: Path) -> dict[str, bytes]:
    """The content of every part of the package."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_every_relation_leads_to_a_part_and_every_part_is_reached(path: Path) -> None:
    """Word refuses a package with a loose end; each part is well formed and of a known kind."""
    found = parts(path)
    kinds = parse_xml(found["[Content_Types].xml"])
    named = {kind.get("PartName", "").lstrip("/") for kind in kinds}
    endings = {kind.get("Extension") for kind in kinds}
    reached = {"[Content_Types].xml"}
    for name in [one for one in found if one.endswith(".rels")]:
        folder = re.sub(r"_rels/[^/]*$", "", name)
        relations = parse_xml(found[name])
        targets = [relation.get("Target") for relation in relations]
        assert len({relation.get("Id") for relation in relations}) == len(targets)
        reached |= {name} | {folder + target for target in targets}

    assert reached == set(found)
    assert named - {""} <= set(found)
    assert {name.rpartition(".")[2] for name in found} <= endings
    for name, content in found.items():
        if name.endswith((".xml", ".rels")):
            assert parse_xml(content) is not None


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_pages_have_the_size_and_margins_of_the_standard(document: Document) -> None:
    """A4 with 20, 10, 20 and 20 mm; the number stands above from the second page on, 10 mm from the edge."""
    for section in document.sections:
        sides = sorted((section.page_width, section.page_height))
        assert abs(sides[0] - Mm(210)) < CLOSE
        assert abs(sides[1] - Mm(297)) < CLOSE
        for side, wanted in zip(
            (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin),
            (20, 10, 20, 20),
            strict=True,
        ):
            assert abs(side - Mm(wanted)) < CLOSE
        assert section.header_distance >= Mm(10) - CLOSE
        assert "PAGE" in "".join(section.header.part.element.itertext())
        assert section.header.paragraphs[0].style.style_id == "Header"
    assert [section.different_first_page_header_footer for section in document.sections] == [
        number == 0 for number in range(len(document.sections))
    ]


@pytest.mark.parametrize(
    ("path", "report_id"),
    [("full", "indicator_statement"), ("dictionary", "data_dictionary"), ("rules", "business_rules")],
    indirect=["path"],
)
def test_a_table_that_lies_across_has_a_page_that_does(document: Document, report_id: str) -> None:
    """What report.yml says lies across stands in a landscape section, and nothing else does."""
    across = {table.number for table in load_report(report_id).tables if table.landscape}
    found = set()
    sections = iter(document.sections)
    present = next(sections)
    for part in document.element.body:
        properties = part.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if properties is not None and properties.get(qn("w:val")) == "Caption":
            number = re.search(r"Таблица (\S+)", "".join(part.itertext()))
            assert number
            if present.orientation == WD_ORIENT.LANDSCAPE:
                found.add(number[1])
        if part.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
            present = next(sections)

    assert found == across


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_tables_repeat_their_heading_and_keep_their_rows_whole(document: Document) -> None:
    """The first row of figures is repeated on every page, no row is cut by the end of one, widths are given."""
    tables = [table for table in document.tables if table.style.name == "Figures"]

    assert len(tables) >= 5
    for table in tables:
        width = sum(column.width for column in table.columns)
        assert min(abs(width - Mm(180)), abs(width - Mm(267))) < CLOSE
    for table in document.element.body.iter(qn("w:tbl")):
        rows = table.findall(qn("w:tr"))
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
        if table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}").get(qn("w:val")) == "Figures":
            repeated = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
            assert repeated == [True] + [False] * (len(rows) - 1)


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_every_style_is_a_real_one(path: Path) -> None:
    """Each paragraph, run and table names a style that there is; no text box, no font of its own."""
    found = parts(path)
    styles = set(re.findall(r'w:styleId="(\w+)"', found["word/styles.xml"].decode()))
    for name in ("word/document.xml", "word/header.xml", "word/footer.xml"):
        text = found[name].decode()
        used = re.findall(r'<w:(?:p|r|tbl)Style w:val="(\w+)"', text)
        assert used
        assert set(used) <= styles
        assert not re.search(r"txbxContent|<w:pict|<w:framePr|<w:rFonts", text)
    paragraphs = re.findall(r"<w:p>(.*?)</w:p>", found["word/document.xml"].decode(), re.DOTALL)
    assert all("<w:pStyle " in paragraph for paragraph in paragraphs)


def test_headings_captions_and_the_title_have_their_styles(full: dict[str, Path]) -> None:
    """What a reader's program lists as an outline: the tables and the explanations."""
    styles = {
        paragraph.text: paragraph.style.name for paragraph in docx.Document(str(full[".docx"])).paragraphs
    }
    told = {readback.spaced(text): style for text, style in styles.items()}

    assert told["Справка"] == "Title"
    assert told["Пояснения к порядку расчета"] == "Heading 1"
    assert len([text for text in told if told[text] == "Caption"]) == len(
        readback.html_tables(full[".html"]).keys() - {""}
    )


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_a_docx_names_nobody_and_holds_the_digest(path: Path, document: Document) -> None:
    """Title and digest as in the other formats; no user, no moment of the rendering."""
    properties = document.core_properties
    report_id, digest = properties.keywords.split(" ")

    assert properties.title == load_report(report_id).title
    assert digest in path.with_suffix(".html").read_text(encoding="utf-8")
    assert properties.author == ""
    assert properties.last_modified_by == ""
    assert properties.language == "ru-RU"
    assert f"{properties.created:%Y-%m-%d}" in path.name
    with zipfile.ZipFile(path) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_the_language_is_russian(path: Path) -> None:
    """A program checks the spelling of the text in Russian, not of the names in other languages."""
    found = parts(path)
    languages = set(re.findall(r'<w:lang w:val="([\w-]+)"', found["word/document.xml"].decode()))

    assert '<w:lang w:val="ru-RU"' in found["word/styles.xml"].decode()
    assert languages == {"kbd-RU", "krc-RU", "ru-RU"}


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_the_fonts_in_the_file_are_those_of_the_pdf(path: Path) -> None:
    """Unmixed with the key of the table of fonts, each is the file of this repository."""
    found = parts(path)
    keys = re.findall(r'r:id="rId(\d)" w:fontKey="(.+?)"', found["word/fontTable.xml"].decode())
    fonts = []
    for number, key in keys:
        mixed = found[f"word/fonts/font{number}.odttf"]
        mask = uuid.UUID(key).bytes[::-1]
        fonts.append(bytes(letter ^ mask[place % 16] for place, letter in enumerate(mixed[:32])) + mixed[32:])

    assert fonts == [(FONTS / name).read_bytes() for name in ("PTF55F.ttf", "PTF75F.ttf")]
    assert 'w:ascii="PT Serif"' in found["word/styles.xml"].decode()


@pytest.mark.parametrize("path", FILES, indirect=True)
def test_every_picture_is_told_in_words(path: Path) -> None:
    """A chart has its title for those who cannot see it, and a number no other drawing has."""
    found = parts(path)
    drawn = [
        (int(number), told)
        for part in ("word/document.xml", "word/footer.xml")
        for number, told in re.findall(r'<wp:docPr id="(\d+)" name="\w+" descr="(.*?)"', found[part].decode())
    ]
    pictures = [content for name, content in found.items() if name.startswith("word/media/")]

    assert len({number for number, _ in drawn}) == len(drawn) == len(pictures)
    assert all(told for _, told in drawn)
    assert all(content.startswith(b"\x89PNG\r\n") for content in pictures)


def test_every_chart_is_in_the_statement(full: dict[str, Path]) -> None:
    """The DOCX shows the drawings of the page, with their titles."""
    page = full[".html"].read_text(encoding="utf-8")
    text = parts(full[".docx"])["word/document.xml"].decode()
    drawn = re.findall(r'<wp:docPr id="\d+" name="\w+" descr="(.*?)"', text)

    assert len(drawn) == page.count("<figure>") == 6
    assert all(told in page for told in drawn)


@pytest.mark.parametrize("files", ["full", "incomplete"])
def test_what_is_signed_has_its_place(files: str, request: pytest.FixtureRequest) -> None:
    """Letterhead, requisites, the place of the signature and its mark, the executor, the fingerprint."""
    told = readback.tight(readback_docx.text(request.getfixturevalue(files)[".docx"]))

    assert "ЩӀЭНЫГЪЭМКӀЭ" in told
    assert "«____»______________20___г.г.Нальчик№" in told
    assert "Министрместоотметкиобэлектроннойподписи" in told
    assert "А.Езаов" in told
    assert "Исполнитель" in told
    assert "началоотпечаткаданных(SHA-256):" in told


def test_a_hostile_name_is_text_in_a_docx(incomplete: dict[str, Path]) -> None:
    """A name full of markup is printed as it is."""
    names = {readback.tight(row[1]) for row in readback_docx.tables(incomplete[".docx"])["Б.4.1"]}

    assert readback.tight(republic.HOSTILE) in names
