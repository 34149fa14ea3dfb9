"""What every delivery offers, whatever carries it, and the questions all transports ask alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from o7_warehouse.errors import ContractError

if TYPE_CHECKING:
    from datetime import date, datetime
    from io import RawIOBase

    from o7_warehouse.contract import Contract
    from o7_warehouse.sources.dialect import Dialect

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stream of an entity's rows: a view, or one file of a drop.

    ``columns`` are what the stream holds, in its order; ``label`` is what errors call it.
    """

    name: str
    label: str
    operation: Operation = "create"
    columns: list[str]


class Delivery(Protocol):
    """One night as the source offers it: its header, the form of each entity, its rows as streams."""

    @property
    def night(self) -> date:
        """The night D whose end the rows show."""

    @property
    def snapshot_at(self) -> datetime:
        """The instant of the state, with its offset."""

    @property
    def contract_version(self) -> str:
        """The version of the contract the source says it keeps."""

    @property
    def transport(self) -> str:
        """``T1`` replica, ``T2`` files of a machine, ``T3`` files made by hand («ручная выгрузка»)."""

    @property
    def base(self) -> date | None:
        """The night whose rows the operations change; None where the delivery holds the whole state."""

    @property
    def dialect(self) -> Dialect:
        """How the streams write their values."""

    @property
    def copy_options(self) -> str:
        """What the warehouse's COPY must be told to read the streams."""

    @property
    def unknown_entities(self) -> tuple[str, ...]:
        """Delivered views or files the contract does not name; they are reported and not loaded."""

    def columns(self, entity: str) -> list[str] | None:
        """Names of the delivered columns in their order, None when the entity was not delivered."""

    def retyped(self, entity: str) -> list[str]:
        """Columns whose type in the source's catalogue is not the contract's."""

    def parts(self, entity: str, columns: list[str]) -> list[Part]:
        """The streams of an entity in their order, when ``columns`` of it are wanted.

        A stream may hold more columns: a CSV file cannot leave out what it has.
        """

    def copy_out(self, entity: str, part: Part, writer: RawIOBase) -> int:
        """Write the rows of one part to ``writer`` as a COPY stream; returns how many the source counted.

        Raises SourceUnavailableError, DeliveryError; BrokenPipeError when nobody reads any more.
        """


def check_version(found: str | None, contract: Contract, *, said_by: str) -> str:
    """The delivery's contract version, when its major part is ours.

    Raises ContractError when it is missing or another one.
    """
    if not found:
        raise ContractError(
            f"{said_by} does not say which version of the contract it keeps (contract_version), so its "
            "columns may "
            f"mean anything. Ask О7's operator for a delivery by version {contract.version}.",
            check="contract_version",
        )
    major = found.split(".")[0]
    if major != contract.major:
        newer = major.isdecimal() and int(major) > int(contract.major)
        raise ContractError(
            f"{said_by} keeps version {found!r} of the contract, {'newer than' if newer else 'not'} our "
            f"{contract.version}. Equal names may mean other things in it. "
            + (
                "Bring contracts/o7.yml to the new version first." if newer else "Ask О7's operator for ours."
            ),
            check="contract_version",
        )
    return found
