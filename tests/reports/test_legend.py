"""The one legend: every sign that stands for a figure is explained, in every format, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from o7_warehouse.errors import ReportError
from o7_warehouse.report import legend, registry
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.legend import load_legend
from o7_warehouse.report.registry import load_report
from tests.reports import printed, readback, readback_docx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIGURES = "Условные обозначения: «–» — нет данных; «х» — не применяется или не рассчитывается; «менее 5» — численность"
CATALOGUE = "Условные обозначения: «–» — не установлено."
GUARD = "доля, которая округлилась бы до нуля, печатается как 0,1, до ста — как 99,9"


def sheet_text(path: Path) -> str:
    """All texts of a workbook."""
    book = openpyxl.load_workbook(path)
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None)


@pytest.mark.parametrize(
    ("ending", "read"),
    [
        pytest.param(".html", lambda path: path.read_text(encoding="utf-8"), id="html"),
        pytest.param(".pdf", lambda path: "".join(readback.pdf_text(path)), id="pdf"),
        pytest.param(".docx", readback_docx.text, id="docx"),
        pytest.param(".xlsx", sheet_text, id="xlsx"),
    ],
)
@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param("full", (FIGURES, GUARD), id="figures"),
        pytest.param("rules", (CATALOGUE, GUARD), id="rules"),
        pytest.param("dictionary", (CATALOGUE,), id="dictionary"),
    ],
)
def test_every_format_tells_the_legend(
    files: str,
    told: tuple[str, ...],
    ending: str,
    read: Callable[[Path], str],
    request: pytest.FixtureRequest,
) -> None:
    """The signs with their meanings, and how a share is rounded where shares are."""
    text = readback.tight(read(request.getfixturevalue(files)[ending]))

    assert all(readback.tight(sentence) in text for sentence in told)


def test_programs_get_the_same_words(full: dict[str, Path]) -> None:
    """The JSON holds the meanings and the rule of rounding that the pages print."""
    data = printed.json_data(full[".json"])
    sentence = "; ".join(f"«{entry['sign']}» — {entry['meaning']}" for entry in data["legend"])

    assert readback.tight(sentence) in readback.tight(full[".html"].read_text(encoding="utf-8"))
    assert readback.tight(GUARD) in readback.tight(data["rounding"])


def test_no_report_has_a_legend_of_its_own() -> None:
    """What a sign means is said in reports/legend.yml and nowhere else."""
    for path in registry.REPORTS.glob("*/*"):
        if path.suffix in {".yml", ".j2"}:
            text = path.read_text(encoding="utf-8")
            assert "Условные обозначения" not in text, path
            assert "только при его отсутствии" not in text, path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("  suppressed:", "  hidden:", id="a sign that is told under another name"),
        pytest.param("  unset: не установлено\n", "  {}\n", id="a sign nobody explains"),
    ],
)
def test_a_sign_without_a_meaning_is_refused(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader must not meet a sign that the legend leaves out."""
    report = load_report("indicator_statement")
    text = (registry.REPORTS / "legend.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "legend.yml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(legend.registry, "REPORTS", tmp_path)

    with pytest.raises(ReportError, match=r"reports/legend\.yml: it explains"):
        load_legend(report)


def test_the_signs_of_figures_differ() -> None:
    """Two reasons for a missing figure never look alike in one table."""
    figures = [sign.sign for sign in Absent if sign is not Absent.UNSET]

    assert len(figures) == len(set(figures))
