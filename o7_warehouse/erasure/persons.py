"""Who is to be erased: identities of О7, read from a file or the standard input, never from the command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.erasure.reach import Kind

STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil or a member of staff by О7's identity, which no message may show."""

    kind: Kind
    identity: str

    def __repr__(self) -> str:
        """Without the identity: a repr ends in tracebacks and logs."""
        return f"Person({self.kind})"


def read_persons(path: Path, kind: Kind) -> list[Person]:
    """The persons of a file with one identity a line; ``-`` reads the standard input. Empty lines are passed over.

    Raises CommandError where it cannot be read, names nobody or somebody twice.
    """
    try:
        text = sys.stdin.read() if str(path) == STANDARD_INPUT else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{path} cannot be read as text in UTF-8 ({type(error).__name__}), so nobody is known who should be "
            "erased. Give a file with one identity of О7 a line."
        ) from None
    identities = [line.strip() for line in text.splitlines() if line.strip()]
    if not identities or len(set(identities)) != len(identities):
        raise CommandError(
            f"{path} names {len(identities)} persons, {len(set(identities))} of them different, so it is not clear "
            "whom it means. Give each identity of О7 once, a line each."
        )
    return [Person(kind, identity) for identity in identities]
