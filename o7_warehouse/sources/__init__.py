"""Where a night comes from: a read replica (T1) or a drop folder (T2), seen alike (domain §5.4)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from o7_warehouse.sources.choice import SourceChoice
from o7_warehouse.sources.delivery import Delivery
from o7_warehouse.sources.drop import open_drop
from o7_warehouse.sources.replica import open_replica

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.contract import Contract

__all__ = ["Delivery", "SourceChoice", "open_delivery"]


@contextmanager
def open_delivery(choice: SourceChoice, contract: Contract) -> Iterator[Delivery]:
    """The delivery that the chosen source offers now, for as long as the block lasts.

    Raises SourceUnavailableError when the source does not answer, SettingsError when it refuses us,
    ContractError and DeliveryError when what it offers cannot be read by the contract.
    """
    opened = open_replica(choice, contract) if choice.kind == "replica" else open_drop(choice, contract)
    with opened as delivery:
        yield delivery
