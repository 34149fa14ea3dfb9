"""The portal as files: every unit has its page with its own figures, and nobody's folder leads to another's."""

from __future__ import annotations

import re
import resource
from pathlib import PurePosixPath

import pytest

from o7_warehouse.errors import CommandError, ReportError
from o7_warehouse.indicators import indicator_rows
from o7_warehouse.portal.build import publish_portal, write_portal
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.conftest import open_folder
from tests.editions.desk import run_of
from tests.portal.conftest import DISTRICT, NIGHT, SCHOOLS, TOWN

FIRST_PAGE, LARGEST = 200_000, 1_000_000


def links(path):
    """Everything a page points to, without the places within it."""
    found = re.findall(r'(?:href|src)="([^"]*)"', path.read_text(encoding="utf-8"))
    return [link.partition("#")[0] for link in found if not link.startswith("#")]


def text(path):
    """The words of a page, spaces as one."""
    return " ".join(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")).split())


def pages(portal):
    return [path for path in portal.rglob("*.html") if "auditor" not in path.relative_to(portal).parts]


def content(folder):
    """Every file of a folder by its place in it."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def renamed(published, old, new):
    """Give the school another code in every table of the build."""
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        for table in ("org_units", "indicator_values", "leaf_counts"):
            cursor.execute(
                f"update indicators.{table} set org_unit_code = %s where org_unit_code = %s and level = 'school'",
                (new, old),
            )


def test_every_unit_has_a_page_below_the_one_it_belongs_to(portal):
    found = {path.relative_to(portal).as_posix() for path in pages(portal)}

    assert {
        f"municipality/{parent}/school/{code}/index.html" for code, (parent, _) in SCHOOLS.items()
    } <= found
    assert (
        sum(one.count("/") == 2 and one.startswith("municipality") and "leaves" not in one for one in found)
        == 14
    )
    assert {"index.html", "republic/index.html", "republic/leaves.html", "republic/editions.html"} <= found


def test_a_page_tells_the_published_figures_of_its_unit(published, portal):
    for row in indicator_rows(published, night=NIGHT, level="municipality"):
        told = text(portal / "municipality" / row["org_unit_code"] / "index.html")
        counts = f"{row['numerator']:,} из {row['denominator']:,}".replace(",", "\u00a0")

        assert counts.replace("\u00a0", " ") in told.replace("\u00a0", " ")


def test_every_link_leads_to_a_file_that_is_there(portal):
    for path in pages(portal):
        for link in links(path):
            target = (path.parent / link).resolve()
            assert target.is_file(), (path, link)


def test_no_page_points_outside_and_no_municipality_to_another(portal):
    for path in pages(portal):
        place = path.relative_to(portal)
        for link in links(path):
            assert not re.match(r"[a-z]+:|//", link), (place, link)
            target = PurePosixPath((path.parent / link).resolve().relative_to(portal.resolve()))
            if place.parts[0] == "municipality":
                allowed = place.parts[1] if len(place.parts) == 3 else None
                own = ("municipality", place.parts[1])
                assert target.parts[0] in {"assets", "dictionary"} or target.parts[:2] == own, (
                    place,
                    link,
                    allowed,
                )


def test_a_school_page_names_no_other_school(portal):
    told = text(portal / "municipality" / TOWN / "school" / "1042" / "index.html")

    assert "школа s-2" not in told.lower()
    assert "Школа 1042" in told


def test_pages_are_small(portal):
    sizes = {path: path.stat().st_size for path in pages(portal)}
    style = (portal / "assets" / "portal.css").stat().st_size

    assert sizes[portal / "republic" / "index.html"] + style <= FIRST_PAGE
    assert max(sizes.values()) <= LARGEST


def test_the_same_night_gives_the_same_bytes(published, portal):
    with open_folder() as place:
        write_portal(published, night=NIGHT, folder=place / "again")

        assert content(place / "again") == content(portal)


def test_state_organisations_have_no_rank_among_municipalities(portal):
    page = (portal / "republic" / "index.html").read_text(encoding="utf-8")
    rows = re.findall(r'<a href="../municipality/[^>]*>(.*?)</a></th>.*?<td>([^<]*)</td></tr>', page)

    assert len(rows) == 14
    assert [rank for name, rank in rows if name.startswith("Государственные")] == ["х"]
    assert min(int(rank) for _, rank in rows if rank != "х") == 1
    assert max(int(rank) for _, rank in rows if rank != "х") <= 13


def test_the_share_of_a_few_is_not_told_in_the_table_of_their_municipality(portal):
    page = (portal / "municipality" / TOWN / "index.html").read_text(encoding="utf-8")
    [row] = re.findall(r"<tr><th[^>]*><a[^>]*s-2/[^>]*>.*?</tr>", page)

    assert row.count("менее 5") == 4


def test_what_few_may_know_is_told_of_no_single_school_outside_it(portal):
    outside = text(portal / "municipality" / TOWN / "leaves.html")
    inside = text(portal / "municipality" / TOWN / "school" / "1042" / "index.html")
    republic = text(portal / "republic" / "leaves.html")

    for code in ("P21", "P22", "P39"):
        assert code not in outside
        assert code in inside
        assert code in republic or "P01" not in republic


def test_nearest_wins_are_those_that_complete_a_profile(portal):
    told = text(portal / "municipality" / TOWN / "school" / "1042" / "index.html")

    assert "Что заполнить в первую очередь" in told
    assert "12 +10,0" in told


def test_a_school_that_delivered_nobody_has_a_page_without_figures(portal):
    told = text(portal / "municipality" / DISTRICT / "school" / "s-3" / "index.html")

    assert told.count("0 из 0") == 4


def test_the_auditor_has_a_folder_of_his_own(portal):
    assert (portal / "auditor" / "index.html").is_file()
    assert (portal / "auditor" / "matrix.html").is_file()


def test_a_figure_nobody_published_stops_the_portal_and_leaves_the_old_one(published, portal):
    before = (portal / "index.html").read_bytes()
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table kept as select * from indicators.indicator_values where build_id = %s"
            " and level = 'school' and org_unit_code = '1042' and indicator = '4.2'",
            (run_of(NIGHT),),
        )
        cursor.execute(
            "delete from indicators.indicator_values where build_id = %s and level = 'school'"
            " and org_unit_code = '1042' and indicator = '4.2'",
            (run_of(NIGHT),),
        )
        connection.commit()
        try:
            with pytest.raises(ReportError, match=r"'4\.2' has no row for the school '1042'"):
                write_portal(published, night=NIGHT, folder=portal)
        finally:
            cursor.execute("insert into indicators.indicator_values select * from kept")
            connection.commit()

    assert (portal / "index.html").read_bytes() == before


@pytest.mark.parametrize("code", ["../../x", "a/b", "..", "", ".hidden", "ключ"])
def test_a_code_that_is_no_name_of_a_folder_stops_the_portal(published, portal, code):
    renamed(published, "1042", code)
    try:
        with pytest.raises(ReportError, match="no name of a folder"):
            write_portal(published, night=NIGHT, folder=portal)
    finally:
        renamed(published, code, "1042")


def test_the_pages_of_the_state_are_those_of_the_newest_night_and_only_its_owner_may_enter(published, portal):
    shelf = published.state / "portal"

    first = publish_portal(published)

    assert first == shelf / "current" / "index.html"
    assert content(shelf / "current") == content(portal)
    inside = [path for path in shelf.rglob("*") if not path.is_symlink() and path.name != ".lock"]
    assert {path.stat().st_mode & 0o077 for path in [shelf, *inside]} == {0}


def test_pages_that_cannot_be_made_leave_those_that_are_there(published):
    publish_portal(published)
    before = content(published.state / "portal" / "current")
    code = next(iter(SCHOOLS))

    renamed(published, code, "a/b")
    try:
        with pytest.raises(ReportError):
            publish_portal(published)
    finally:
        renamed(published, "a/b", code)

    assert content(published.state / "portal" / "current") == before


def test_a_disk_that_takes_one_page_less_leaves_those_that_are_there(published):
    shelf = published.state / "portal"
    publish_portal(published)
    before, link = content(shelf / "current"), (shelf / "current").readlink()
    largest = max(map(len, before.values()))

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest - 1, limits[1]))
    try:
        with pytest.raises(ReportError, match=r"could not be written to .*: File too large"):
            publish_portal(published)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (shelf / "current").readlink() == link
    assert content(shelf / "current") == before
    assert list((shelf / ".sets").glob("unfinished-*")) == []


def test_a_folder_of_something_else_is_left_alone(published, tmp_path):
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")

    with pytest.raises(CommandError, match="pages of the portal"):
        write_portal(published, night=NIGHT, folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
