"""An edition with small counts: every format shows the same signs, none holds a hidden number, and it verifies."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict

import openpyxl
import pytest

from o7_warehouse.disclosure import listed
from o7_warehouse.disclosure import published as reading
from o7_warehouse.disclosure.board import RESTATED
from o7_warehouse.disclosure.cells import Sign
from o7_warehouse.disclosure.record import FILE, unpacked
from o7_warehouse.editions.told import issued_before
from o7_warehouse.errors import DisclosureError, EditionError
from o7_warehouse.report.registry import load_report
from tests.disclosure.attack import too_tight
from tests.editions.desk import FIRST, LAST, Q4, run_of
from tests.reports import readback, readback_docx, republic

STEM = "КБР_ЦЗ_образование_2025-Q4_рев01"
NALCHIK = "83701000"
# In Нальчик all but three have a profile, a leaf has two errors; parents and stages add up again.
SMALL = f"""
update indicators.indicator_values set numerator = denominator - 3
where build_id = '{run_of(LAST)}' and indicator = '4.1' and org_unit_code = '{NALCHIK}' and education_stage = 'all';

update indicators.indicator_values as region set numerator = parts.numerator
from (
    select build_id, indicator, sum(numerator) as numerator from indicators.indicator_values
    where level = 'municipality' and education_stage = 'all' group by build_id, indicator
) as parts
where
    region.build_id = '{run_of(LAST)}' and region.build_id = parts.build_id and region.indicator = parts.indicator
    and region.level = 'region' and region.education_stage = 'all';

update indicators.indicator_values as stage set numerator = stage.numerator + total.numerator - parts.numerator
from indicators.indicator_values as total, (
    select build_id, indicator, sum(numerator) as numerator from indicators.indicator_values
    where level = 'region' and education_stage <> 'all' group by build_id, indicator
) as parts
where
    stage.build_id = '{run_of(LAST)}' and stage.level = 'region' and stage.education_stage = 'noo'
    and total.build_id = stage.build_id and total.indicator = stage.indicator
    and total.level = 'region' and total.education_stage = 'all'
    and parts.build_id = stage.build_id and parts.indicator = stage.indicator;

update indicators.indicator_values set value = round(100 * numerator / nullif(denominator, 0)::numeric, 6)
where build_id = '{run_of(LAST)}';

update indicators.leaf_counts set filled = filled + invalid - 2, invalid = 2
where build_id = '{run_of(LAST)}' and leaf_code = 'P07';
"""


@pytest.fixture
def small(desk):
    """The republic with a municipality where three pupils lack a profile, a leaf with two errors, a stage of four."""
    tables = ("indicator_values", "leaf_counts")
    for table in tables:
        desk.cursor.execute(f"create table public.{table} as select * from indicators.{table}")
    desk.cursor.execute(SMALL)
    yield desk
    for table in tables:
        desk.cursor.execute(
            f"truncate indicators.{table}; insert into indicators.{table} select * from public.{table};"
            f" drop table public.{table}"
        )


def told(desk, edition=FIRST):
    """What the edition's record says."""
    return unpacked(desk.files(edition)[FILE], name=str(edition), night=LAST)


def hidden(desk):
    """The keys of hidden figures with their true counts."""
    record = told(desk)
    return {
        key: record.tables.cells[key].value for key, sign in record.signs.items() if sign is not Sign.told
    }


def test_small_counts_and_what_they_follow_from_are_hidden_and_the_edition_is_sound(small):
    small.draft()

    found = hidden(small)
    assert any(key[:3] == ("indicator", "4.1", NALCHIK) for key in found)
    # One more municipality, or the republic, so that nobody subtracts.
    assert sum(key[:2] == ("indicator", "4.1") and key.part == "all" for key in found) >= 2
    assert ("leaf", "P07", republic.REGION, "invalid") in found
    assert too_tight([told(small)]) == []
    assert small.findings() == []


def test_the_same_draft_again_is_the_same_bytes(small):
    small.draft()
    before = small.files()

    small.draft()

    assert small.files() == before


def test_every_format_shows_a_sign_and_none_holds_a_hidden_number(small):
    small.draft()

    files = {form: small.folder() / f"{STEM}.{form}" for form in load_report("indicator_statement").formats}
    twin = json.loads(files["json"].read_text(encoding="utf-8"))
    signs = signs_of(twin)
    assert {"менее 5", "скрыто"} <= {text for _, text in signs}
    assert signs_of_csv(files["csv"]) == signs
    pages, words = readback.html_tables(files["html"]), readback_docx.tables(files["docx"])
    for number, rows in words.items():
        assert shown_signs(rows) == shown_signs(pages[number])
    assert sum(len(shown_signs(rows)) for rows in words.values()) == len(signs)
    everything = {
        "html": files["html"].read_text(encoding="utf-8"),
        "pdf": "\n".join(readback.pdf_text(files["pdf"])),
        "docx": readback_docx.text(files["docx"]),
        "json": files["json"].read_text(encoding="utf-8"),
        "csv": files["csv"].read_text(encoding="utf-8-sig"),
        "xlsx": "\n".join(cells_of(files["xlsx"])),
    }
    for key, value in hidden(small).items():
        if value < 1000:
            continue
        for form, text in everything.items():
            assert not re.search(rf"(?<!\d){value}(?!\d)", plain(text)), f"{form} holds {key}"


def shown_signs(rows):
    """Where the signs of a table stand on a page."""
    return [
        (number, place, text)
        for number, row in enumerate(rows)
        for place, text in enumerate(row)
        if text in {"менее 5", "скрыто"}
    ]


def signs_of(twin):
    """Every cell of the JSON that shows a sign: its place and the sign; such a cell has no number."""
    found = []
    for table, parts in twin["tables"].items():
        for part in parts:
            for number, row in enumerate(part["rows"], start=1):
                for field, cell in row["cells"].items():
                    if cell["status"] in {"suppressed", "hidden"}:
                        assert cell.get("value") is None
                        found.append(((table, part["number"], number, field), cell["text"]))
    return sorted(found)


def signs_of_csv(path):
    """The same of the CSV."""
    with io.StringIO(path.read_text(encoding="utf-8-sig")) as text:
        rows = [row for row in csv.DictReader(text) if row["status"] in {"suppressed", "hidden"}]
    assert all(row["value"] == "" for row in rows)
    return sorted(((row["table"], row["number"], int(row["row"]), row["field"]), row["text"]) for row in rows)


def cells_of(path):
    """Every value of a workbook."""
    book = openpyxl.load_workbook(path)
    return [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]


def plain(text):
    """Without the spaces that group digits."""
    return re.sub(r"(?<=\d)[\u00a0\s](?=\d{3}(?!\d))", "", text)


def test_a_rank_an_extreme_and_a_chart_say_nothing_of_what_is_hidden(small):
    small.draft()

    rows = json.loads((small.folder() / f"{STEM}.json").read_text(encoding="utf-8"))["tables"]["units"][0][
        "rows"
    ]
    ranks = [row["cells"]["rank"]["value"] for row in rows if row["cells"]["rank"]["value"] is not None]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    for row in rows:
        if row["cells"]["share"]["status"] in {"suppressed", "hidden"}:
            assert row["cells"]["rank"]["value"] is None
    page = (small.folder() / f"{STEM}.html").read_text(encoding="utf-8")
    # Нальчик has the highest share by far; it must be no extreme, and its bar has no length.
    assert "Наибольшее значение — городской округ Нальчик" not in page
    assert "не приводится" in page


def test_the_manifest_marks_what_may_leave_the_ministry(small):
    small.draft()

    manifest = json.loads(small.files()["manifest.json"])
    leaves = {name: one["leaves"] for name, one in manifest["files"].items()}
    assert leaves[FILE] is False
    assert leaves["data_indicator_values.jsonl.gz"] is False
    assert all(leaves[f"{STEM}.{form}"] for form in load_report("indicator_statement").formats)
    assert manifest["disclosure"]["threshold"] == 5
    assert manifest["disclosure"]["few"] + manifest["disclosure"]["hidden"] == len(hidden(small))


def test_the_checklist_tells_how_much_is_hidden_and_keeps_telling_it(small):
    checklist = small.draft()

    [said] = [one.found for one in checklist.warnings if one.check == "few_hidden"]
    assert said.startswith(f"Скрыто значений: {len(hidden(small))} из ")
    [again] = [one.found for one in small.submit().warnings if one.check == "few_hidden"]
    assert again == said


def test_a_further_edition_is_made_with_the_issued_one_in_mind(small):
    small.draft()
    small.submit()
    small.approve()
    small.issue()
    first = told(small)

    small.draft(reason="Поздние сведения")

    second = unpacked(small.files(type(FIRST)(Q4, 2))[FILE], name="2025-Q4-02", night=LAST)
    assert {key: sign for key, sign in second.signs.items() if sign is not Sign.told} == {
        key: sign for key, sign in first.signs.items() if sign is not Sign.told
    }
    assert too_tight([first, second]) == []
    record = small.folder().resolve() / FILE
    record.chmod(0o644)
    record.write_bytes(b"")
    with pytest.raises(EditionError, match="is not the one the ledger names"):
        issued_before(small.cursor, small.settings, type(FIRST)(Q4, 2), LAST)


def test_what_a_sheet_of_changes_tells_is_what_no_edition_is_loosened_in():
    """A figure that is not on the sheet is known not to have changed."""
    row = defaultdict(lambda: "83000000", level="region", indicator="4.1", new_numerator=7, new_denominator=9)
    counted = {
        count.figure
        for view in load_report("change_sheet").listings
        for count in listed.read(view.view, [row])[0]
    }

    assert counted == RESTATED


def test_a_figure_nobody_has_thought_of_stops_the_edition(small, monkeypatch):
    known = dict(reading.KNOWN)
    known[reading.Published] = known[reading.Published] - {"rules"}
    monkeypatch.setattr(reading, "KNOWN", known)

    with pytest.raises(DisclosureError, match=r"do not name the same fields: rules\. A figure would leave"):
        small.draft()
    assert small.events() == []
