"""What an attack is, and how its defence is taken away: a fault planted in this process, or a right given away."""

from __future__ import annotations
import __future__

import inspect
import sys
import textwrap
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from o7_warehouse.errors import O7Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

# The beginning of a code -> who attacks what.
SURFACES: Final = {
    "FILE": "a clerk with a spreadsheet made by hand",
    "DROP": "whoever can write into the folder of a delivery",
    "PAGE": "a school whose name reaches HTML, pictures and DOCX",
    "SIGN": "a school whose name reaches typst and so the PDF",
    "TMPL": "the author of a template",
    "CELL": "a school whose name reaches XLSX, CSV and JSON",
    "TERM": "whoever names something that a terminal or a log shows",
    "PATH": "whoever chooses a code, a run or an edition that names a file",
    "QUERY": "whoever gives a word that reaches a statement of SQL",
    "RIGHT": "an insider with the login of a role, or of one school",
    "WORD": "an insider who writes the ledger of editions past the program",
    "SEAL": "an administrator who rewrites the audit or an issued edition",
    "POST": "whoever is between the ministry and its mail server",
    "LEAK": "a reader of the logs and of the messages of errors",
    "HIDE": "a reader of editions who can subtract",
    "WEB": "a reader of the reports' pages",
    "TOKEN": "whoever forges a token of Airflow",
    "API": "whoever reaches Airflow's interface",
}


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack: what is tried, what keeps it out, the try, and the same world without that defence.

    ``attempt`` is true when the attacker has what he wanted, false when he was refused as he must be; anything else it
    meets it raises. ``removed`` takes the defence away for as long as its block lasts, and nothing else.
    """

    code: str
    name: str
    defence: str
    attempt: Callable[[Any], bool]
    removed: Callable[[Any], AbstractContextManager[object]]

    @property
    def surface(self) -> str:
        """Who attacks what."""
        return self.code.partition("-")[0]


def prove(attack: Attack, stage: Any) -> None:
    """The attack fails against what there is, and the same attack succeeds where its defence is gone."""
    assert not attack.attempt(stage), f"{attack.code} succeeds: {attack.name}"
    with attack.removed(stage):
        assert attack.attempt(stage), f"{attack.code} fails without its defence: {attack.defence}"


def each(attacks: list[Attack]) -> Any:
    """The attacks as parameters of a test, named by what they try."""
    return pytest.mark.parametrize("attack", attacks, ids=lambda attack: f"{attack.code} {attack.name}")


def refused(check: str, work: Callable[[], object]) -> bool:
    """Whether the work ends with our error of this check; any other error is no refusal and goes on."""
    try:
        work()
    except O7Error as error:
        if error.check == check:
            return True
        raise
    return False


def refused_as(kind: type[Exception] | tuple[type[Exception], ...], work: Callable[[], object]) -> bool:
    """Whether the work ends with an error of this class."""
    try:
        work()
    except kind:
        return True
    return False


@contextmanager
def put(target: Any, name: str, value: Any) -> Iterator[None]:
    """Another value in the place of a constant or a function, also where a module has taken the function by name."""
    present = inspect.getattr_static(target, name)
    holders = [target]
    if callable(present):
        ours = [module for key, module in sys.modules.items() if key.startswith("o7_warehouse")]
        holders += [module for module in ours if module is not target and vars(module).get(name) is present]
    with pytest.MonkeyPatch.context() as patch:
        for holder in holders:
            patch.setattr(holder, name, value)
        yield


@contextmanager
def planted(target: Any, name: str, old: str, new: str) -> Iterator[None]:
    """A function, or a method of a class, with other words in the place of some that it has exactly once."""
    present = inspect.getattr_static(target, name)
    function = getattr(present, "__func__", getattr(present, "__wrapped__", present))
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{name} has {source.count(old)} times: {old}"
    # Annotations name what is imported for them only; a private place keeps the module as it is.
    code = compile(source.replace(old, new), f"<{name}>", "exec", __future__.annotations.compiler_flag)
    made: dict[str, Any] = {}
    exec(code, function.__globals__, made)  # noqa: S102 - our own words with a fault in them
    with put(target, name, made[name]):
        yield


@contextmanager
def together(*removals: AbstractContextManager[object]) -> Iterator[None]:
    """Several removals at once, where one defence has several places."""
    with ExitStack() as stack:
        for removal in removals:
            stack.enter_context(removal)
        yield


def without(
    target: Any, name: str, old: str, new: str = ""
) -> Callable[[Any], AbstractContextManager[object]]:
    """A removal that plants a fault, whatever the stage."""
    return lambda _: planted(target, name, old, new)


def having(target: Any, name: str, value: Any) -> Callable[[Any], AbstractContextManager[object]]:
    """A removal that puts a value in place, whatever the stage."""
    return lambda _: put(target, name, value)
