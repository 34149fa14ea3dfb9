"""Every error this package raises.

O7Error
├── TransientError                try again: the same call may succeed later
│   ├── SourceUnavailableError    the source did not answer, or fell silent
│   ├── WarehouseUnavailableError the warehouse did not answer, or broke off
│   ├── BrokerUnavailableError    Redis did not answer, so no task reaches a worker
│   ├── NightAtWorkError          a night is at work that must not be ended for a past one
│   └── MailWaitsError            the mail server cannot be reached, or a message waits for its turn
└── PermanentError                stop: only a person can change the outcome
    ├── SettingsError             a setting is missing, or contradicts another
    ├── CommandError              the command line asks for what cannot be done
    ├── ServerError               the embedded PostgreSQL cannot be made or started here
    ├── MemoryShortError          the process may not take the memory a step needs
    ├── StatementError            the warehouse refused a statement
    ├── SchemaVersionError        newer code has made the warehouse's tables
    ├── CatalogueError            a declarative file contradicts itself or the models
    ├── ContractError             the source's form is not the one the contract promises
    ├── DeliveryError             the delivery has the right form, but its content cannot be trusted
    ├── GateError                 a gate closed: the figures would be wrong
    ├── NightError                the wrong night, a second run at once, or a superseded run
    ├── ReportError               an official figure is missing, or a report cannot be made
    ├── AuditError                the audit is not what was sealed
    ├── EditionError              an edition is not in the state the step needs, or not what was sealed
    ├── OutboxError               a message was refused, or nobody knows whether it was taken
    ├── DisclosureError           a figure cannot be told, or hidden, without betraying persons
    ├── ErasureError              something of an erased person is left, or a copy cannot be restored
    └── LapseError                a month that was lived through did not go as it must

A message says what was found, why it stops us and what to do. It never holds a child's data: only names of
entities, files, columns and rules, counts, and codes of organisations (style §3.7).
"""

from __future__ import annotations

from typing import ClassVar


class O7Error(Exception):
    """Anything the package stops with; ``exit_code`` is what the command line ends with.

    ``check`` names the check that found it, as ``audit.contract_finding`` does; empty where none did.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str = "", *, check: str = "") -> None:
        super().__init__(message)
        self.check = check


class TransientError(O7Error):
    """Try again: the same call may succeed later."""

    exit_code: ClassVar[int] = 4


class SourceUnavailableError(TransientError):
    """The source did not answer, or fell silent."""


class WarehouseUnavailableError(TransientError):
    """The warehouse did not answer, or broke off."""


class NightAtWorkError(TransientError):
    """A night is at work that must not be ended for this one."""


class BrokerUnavailableError(TransientError):
    """Redis did not answer, so no task reaches a Celery worker."""


class MailWaitsError(TransientError):
    """The mail server cannot be reached, or a message waits for its turn."""


class PermanentError(O7Error):
    """Stop: only a person can change the outcome."""


class SettingsError(PermanentError):
    """A setting is missing, or contradicts another."""

    exit_code: ClassVar[int] = 2


class CommandError(PermanentError):
    """The command line asks for what cannot be done."""

    exit_code: ClassVar[int] = 2


class ServerError(PermanentError):
    """The embedded PostgreSQL cannot be made or started here."""


class MemoryShortError(PermanentError):
    """The process may not take the memory a step needs."""


class StatementError(PermanentError):
    """The warehouse refused a statement."""


class SchemaVersionError(PermanentError):
    """Newer code than this one has made the warehouse's tables."""


class CatalogueError(PermanentError):
    """A declarative file contradicts itself or the models."""


class ContractError(PermanentError):
    """The source's form is not the one the contract promises."""


class DeliveryError(PermanentError):
    """The delivery has the right form, but its content cannot be trusted."""


class GateError(PermanentError):
    """A gate closed: the figures would be wrong."""


class NightError(PermanentError):
    """The wrong night, a second run at once, or a superseded run."""


class ReportError(PermanentError):
    """An official figure is missing, or a report cannot be made."""


class AuditError(PermanentError):
    """The audit is not what was sealed."""


class EditionError(PermanentError):
    """An edition is not in the state the step needs, or not what was sealed."""


class OutboxError(PermanentError):
    """A message was refused, or nobody knows whether it was taken."""


class DisclosureError(PermanentError):
    """A figure of an edition cannot be told, or hidden, without betraying persons."""


class ErasureError(PermanentError):
    """Something of an erased person is left, or a copy cannot be restored."""


class LapseError(PermanentError):
    """A month that was lived through did not go as it must."""
