"""Attacks by names in typst, and by the author of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from o7_warehouse.errors import ReportError
from o7_warehouse.report import templates
from tests.attacks.catalogue import Attack, put, without
from tests.attacks.press import INNOCENT, Press, page, printed_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

MARKUP: Final = "a value is a string literal of typst, which nothing within it can end"
# In the place of a word: nothing is printed at all any more.
STOPS: Final = "\0"
# Values that are written into typst as they are.
PLAIN: Final = without(
    templates,
    "_environment",
    "finalize=_FINALIZERS.get(medium, _present)",
    "finalize=lambda value: Markup(value)",
)


def unescaped(old: str) -> Callable[[object], AbstractContextManager[object]]:
    """Literals of typst without one of their escapes."""
    return without(templates, "typst_string", old)


def shows(name: str, word: str) -> Callable[[Press], bool]:
    """Whether a name makes typst print a word, or stops the printing of a sheet that another name does not stop."""

    def attempt(press: Press) -> bool:
        try:
            told = printed_words(press.sheet(name))
        except ReportError:
            assert printed_words(press.sheet(INNOCENT))
            return word == STOPS
        return word in told

    return attempt


SIGNS: Final = {
    "computes": ("#(7 * 191)", "1337", PLAIN),
    "reads a file": ('#read("qr.svg")', "<svg", PLAIN),
    "takes a picture from the disk": ('#image("qr.svg", alt: "x") #(7 * 191)', "1337", PLAIN),
    "ends the report by a comment": ("/*", STOPS, PLAIN),
    "stops the report by a label that is not there": ("@nowhere", STOPS, PLAIN),
    "stops the report by half a formula": ("$x", STOPS, PLAIN),
    "stops the report by itself": ('#panic("x")', STOPS, PLAIN),
    "ends the string it stands in": ('x"; #(7 * 191) ; #"y', STOPS, unescaped(""".replace('"', '\\\\"')""")),
    "eats the end of the string it stands in": ("x\\", STOPS, unescaped('.replace("\\\\", "\\\\\\\\")')),
}  # fmt: skip


def written(text: str, **values: object) -> str:
    """What a template of a report's author gives."""
    made = templates._environment("html")  # noqa: SLF001
    return str(made.from_string(text).render(values))


def author(text: str, *, shows: str = "", **values: object) -> Callable[[Press], bool]:
    """Whether a template does what it tries, and is not refused."""

    def attempt(press: Press) -> bool:
        del press
        try:
            return shows in written(text, **values)
        except (TemplateError, SecurityError, OverflowError, ReportError):
            return False

    return attempt


def planted(old: str, new: str) -> Callable[[object], AbstractContextManager[object]]:
    """Another environment of templates, made anew for each."""
    return without(templates, "_environment", old, new)


OPEN: Final = planted("ImmutableSandboxedEnvironment(\n", "__import__('jinja2').Environment(\n")
MUTABLE: Final = planted(
    "ImmutableSandboxedEnvironment(\n", "__import__('jinja2.sandbox').sandbox.SandboxedEnvironment(\n"
)
LOOSE: Final = planted("undefined=StrictUndefined", "undefined=__import__('jinja2').Undefined")
FILTERED: Final = planted("for name in _FORBIDDEN_FILTERS:", "for name in ():")
ANYWHERE: Final = planted(
    "FileSystemLoader(REPORTS)",
    "__import__('jinja2').FunctionLoader(lambda name: (REPORTS / name).read_text())",
)
AUTHORS: Final = {
    "climbs from a value to every class of Python": (
        author("{{ ''.__class__.__mro__ }}", shows="object"), OPEN, "the sandbox of the engine"),
    "reaches the globals of a function": (
        author("{{ f.__globals__ }}", shows="__name__", f=written), OPEN, "the sandbox of the engine"),
    "fills the memory by a range": (
        author("{{ range(200001) | length }}", shows="200001"), OPEN, "the sandbox of the engine"),
    "changes what is printed after it": (
        author("{% set _ = rows.append(1) %}{{ rows | length }}", shows="1", rows=[]), MUTABLE, "the sandbox is immutable"),
    "switches the escaping of a name off": (
        author("{{ name | safe }}", shows="<script>", name="<script>"), FILTERED, "there is no filter safe"),
    "prints a guess in the place of a figure": (
        author("{{ figure | default('0,0') }}", shows="0,0"), FILTERED, "there is no filter default"),
    "leaves a hole where a figure should be": (author("x{{ figure }}y", shows="xy"), LOOSE, "a hole is an error"),
    "includes a file from outside the reports": (
        author("{% include '../o7_warehouse/secrets.py' %}", shows="import"), ANYWHERE, "a loader of one folder"),
}  # fmt: skip


def twice(press: Press) -> bool:
    """Whether a name is run as a template of its own."""
    return "1337" in page(press.sheet("{{ 7 * 191 }}")).words


def rendering_twice(_: object) -> AbstractContextManager[None]:
    """What is printed is taken for a template once more, without the braces of style sheets."""
    once = templates.render_template

    def render_template(name: str, context: Any) -> str:
        style = str(context["style"])
        text = once(name, {**context, "style": "", "faces": ""})
        made = templates._environment("html").from_string(text)  # noqa: SLF001
        return str(made.render(context)) + style

    return put(templates, "render_template", render_template)


ATTACKS: Final = [
    *(
        Attack(code=f"SIGN-{number:02}", name=f"a name that {does}", defence=MARKUP, attempt=shows(*words), removed=removed)
        for number, (does, (*words, removed)) in enumerate(SIGNS.items(), start=1)
    ),
    *(
        Attack(code=f"TMPL-{number:02}", name=f"a template that {does}", defence=defence, attempt=attempt, removed=removed)
        for number, (does, (attempt, removed, defence)) in enumerate(AUTHORS.items(), start=1)
    ),
    Attack(
        code="TMPL-09", name="a name that is run as a template", defence="values are never compiled",
        attempt=twice, removed=rendering_twice,
    ),
]  # fmt: skip
