"""What `report.yml` says of one table: its columns, where its lines come from, how it lies on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a column may be kept to: formats that are read page by page, and formats that are worked with.
MEDIA: Mapping[str, tuple[str, ...]] = {"pages": ("html", "pdf", "docx"), "data": ("xlsx", "csv", "json")}
ALIGNMENTS = ("left", "center", "right")
# Where the lines of a listing are read; `persons` leads to the views that tell rows of single pupils.
SCHEMA, SCHEMA_OF_PERSONS = "published", "school"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading, field of the row, how it is written and set, its share of the page's width.

    `only` keeps it to the formats of one of MEDIA; `words` names the family of labels that tells the field's codes;
    `empty` allows a row without a value: `true`, or the code of the sign that is printed for it. A share of a listing
    is `field` of `of`, and `quotient` the published value it must agree with.
    """

    label: str
    field: str
    format: str
    width: float
    only: str | None = None
    align: str = "right"
    words: str | None = None
    empty: bool | str = False
    of: str | None = None
    quotient: str | None = None

    def __post_init__(self) -> None:
        if self.only not in {None, *MEDIA}:
            raise ReportError(
                f"report.yml: the column of {self.field!r} stands only in {self.only!r}. No format is of that kind. "
                f"Choose one of: {', '.join(MEDIA)}."
            )
        if self.align not in ALIGNMENTS:
            raise ReportError(
                f"report.yml: the column of {self.field!r} is aligned {self.align!r}. No format knows how. "
                f"Choose one of: {', '.join(ALIGNMENTS)}."
            )
        if isinstance(self.empty, str) and self.empty not in {sign.value for sign in Absent}:
            raise ReportError(
                f"report.yml: the column of {self.field!r} is {self.empty!r} where it has no value. No sign has that "
                f"code. Choose one of: true, {', '.join(sign.value for sign in Absent)}."
            )

    @property
    def nothing(self) -> Absent | None:
        """What stands for a missing value; None where a missing value is an error."""
        if isinstance(self.empty, str):
            return Absent(self.empty)
        return Absent.UNSET if self.empty else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A view shown row by row: which rows, in which order, under which headings, which in bold.

    `where` keeps the rows whose columns have these values; `unit` is the column with the code of the unit a row belongs
    to, in a report that exists once per unit; `nothing` is the sentence of a unit without rows, and without it a
    listing must have some; `keys` tell rows apart for programs; `persons`: the rows are of single pupils; `restates`:
    of the view only the rows of the edition that a document restates.
    """

    view: str
    order: tuple[str, ...]
    group: str | None = None
    words: str | None = None
    bold: str | None = None
    where: tuple[tuple[str, str | int], ...] = ()
    unit: str | None = None
    nothing: str | None = None
    keys: tuple[str, ...] = ()
    persons: bool = False
    restates: bool = False

    @property
    def schema(self) -> str:
        """The schema that holds the view."""
        return SCHEMA_OF_PERSONS if self.persons else SCHEMA

    @property
    def name(self) -> str:
        """The view with its schema, as messages name it."""
        return f"{self.schema}.{self.view}"


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """One table, or one per indicator when `repeat` says so; `{…}` in titles and headings are filled in.

    Its lines are a row set (`rows`) or a listed view (`listing`), never both.
    """

    id: str
    number: str
    title: str
    sheet: str
    columns: tuple[Column, ...]
    rows: str | None = None
    listing: Listing | None = None
    landscape: bool = False
    new_page: bool = False
    repeat: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.rows is None) == (self.listing is None):
            raise ReportError(
                f"report.yml: table {self.id!r} must have either rows or a listing. Its lines would be a guess. "
                f"Name a row set under 'rows', or a view of published under 'listing'."
            )
