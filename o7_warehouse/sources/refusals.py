"""How a file of a delivery is refused: what was found, why it stops the night, what to do; never a row's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.errors import ContractError, DeliveryError

if TYPE_CHECKING:
    from pathlib import Path

AGAIN = "Ask О7's operator to deliver it again."


def unreadable(path: Path, check: str, found: str) -> DeliveryError:
    """The file cannot be read to its end, so nothing of it is taken."""
    return DeliveryError(
        f"{path}: {found}. A file with one unreadable line is not loaded at all. {AGAIN}", check=check
    )


def not_as_promised(path: Path, check: str, found: str) -> DeliveryError:
    """The file is another one than its manifest describes; ``found`` also says why that stops us."""
    return DeliveryError(f"{path} {found} {AGAIN}", check=check)


def no_header(path: Path, check: str, found: str) -> ContractError:
    """The names of the columns cannot be told."""
    return ContractError(f"{path}: {found}. Columns are matched by name. {AGAIN}", check=check)
