"""What the other side of a channel has said to a message, as the ledger keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from o7_warehouse.outbox.messages import State

_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a message is after an attempt, and the words that say so: a receipt, or what stood in the way."""

    state: State
    said: str


def spoken(code: int, words: bytes | str) -> str:
    """A server's reply: its code, and its words without what a terminal would obey."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"{code} {' '.join(kept.split())}"[:_LONGEST]
