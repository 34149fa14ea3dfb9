"""The template engines, for HTML, typst and DOCX. A value is escaped unless an engine made it itself.

There is no filter that switches escaping off, a hole raises, and a template can change nothing (vrs C2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from o7_warehouse.errors import ReportError
from o7_warehouse.report import formats
from o7_warehouse.report.definitions import ALIGNMENTS
from o7_warehouse.report.registry import REPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where a text stands in a cell that is higher than it.
LEVELS = ("top", "horizon")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FORBIDDEN_FILTERS = ("safe", "default", "d", "forceescape")


def render_template(name: str, context: Mapping[str, object]) -> str:
    """The text of a template; `.typ.j2` is escaped for typst, `.docx.j2` for XML, all others for HTML.

    Raises ReportError for a hole.
    """
    environment = _environment(name.split(".")[-2])
    try:
        return environment.get_template(name).render(context)
    except TemplateError as error:
        raise ReportError(
            f"reports/{name}: {error}. The report would have a hole. Correct the template or give the value."
        ) from error


def typst_string(text: str) -> str:
    """A typst string literal. Nothing inside it is markup, whatever it holds."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{_CONTROL.sub("", escaped)}"'


def _for_typst(value: Any) -> Markup:
    """A value becomes `#"…";`: an expression that its semicolon ends, so that no text can join it."""
    if isinstance(value, Markup):
        return value
    return Markup(f"#{typst_string(str(_present(value)))};")  # noqa: S704 - escaped for typst one line above


def _for_xml(value: Any) -> Any:
    """A value without the characters that XML does not know; those with a meaning there are escaped afterwards."""
    present = _present(value)
    return _CONTROL.sub("", present) if type(present) is str else present


def _present(value: Any) -> Any:
    if value is None:
        raise ReportError(
            "A template prints a value that is absent. An official report must not have a hole. "
            "Give the value, or an explicit symbol of report.formats.Absent."
        )
    return value


def _number(value: float) -> Markup:
    """A bare number for typst's own arithmetic, such as a column's width."""
    return Markup(f"{float(value):g}")  # noqa: S704 - a number has nothing to escape


def _literal(value: str) -> Markup:
    """A string where typst expects code, such as the title of the document."""
    return Markup(typst_string(value))  # noqa: S704 - escaped for typst


def _code(value: str) -> Markup:
    """A bare word of typst's own, such as the name of an alignment."""
    known = (*ALIGNMENTS, *LEVELS)
    if value not in known:
        raise ReportError(
            f"A template writes {value!r} as code. Only a word that is known may run. "
            f"Choose one of: {', '.join(known)}."
        )
    return Markup(value)  # noqa: S704 - one of five words


_FINALIZERS = {"typ": _for_typst, "docx": _for_xml}


@lru_cache(maxsize=3)
def _environment(medium: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(REPORTS),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_FINALIZERS.get(medium, _present),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _FORBIDDEN_FILTERS:
        environment.filters.pop(name, None)
    environment.filters["bind"] = formats.bind
    environment.filters["seams"] = formats.seams
    environment.filters["date_words"] = formats.date_words
    environment.filters["date_digits"] = formats.date_digits
    environment.filters["instant"] = formats.instant_text
    environment.filters["number"] = _number
    environment.filters["literal"] = _literal
    environment.filters["code"] = _code
    return environment
