"""JSON as the command line and its files give it: dates and instants as ISO text, exact decimals as numbers."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

# What a terminal would obey and JSON lets stand.
_OBEYED = re.compile("[\x7f-\x9f]")


def json_text(content: object, *, sort_keys: bool = False) -> str:
    """The text, indented and with its letters as they are. Raises TypeError for what JSON has no form of."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=sort_keys, default=_plain)
    return _OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _plain(value: object) -> object:
    if isinstance(value, date):  # an instant too
        return value.isoformat()
    if isinstance(value, Decimal):  # six decimals at most: exact as a float
        return float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
