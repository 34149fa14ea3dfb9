"""What a spreadsheet would run as a formula when a CSV file is opened, made a text again (vrs C2)."""

from __future__ import annotations

import re

# Signs that begin a formula, also as the wide letters of other keyboards; what stands before them is skipped.
_RUNS = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def inert(text: str) -> str:
    """The text behind an apostrophe where it would run; a number stays a number, and every other text as it is."""
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text
