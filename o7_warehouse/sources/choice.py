"""Which source a run reads: chosen once, kept with the run, so that every task of it reads the same."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self
from uuid import UUID

from o7_warehouse import server
from o7_warehouse.errors import NightError

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

SYNTHETIC_DATABASE = "o7"
SYNTHETIC_READER = "o7_export_reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChoice:
    """A replica by its address, or a drop folder by its path; ``night`` picks one of its dated deliveries.

    ``silence_seconds``: after so long without a byte a replica counts as silent. The address may hold a
    password.
    """

    kind: Literal["replica", "drop"]
    dsn: str | None = field(default=None, repr=False)
    path: Path | None = None
    night: date | None = None
    silence_seconds: int = 45

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The source the settings name; without one, the synthetic О7 of the embedded server."""
        silence = settings.source_silence_seconds
        if settings.drop:
            return cls(kind="drop", path=settings.drop, silence_seconds=silence)
        dsn = settings.source_dsn or server.address(settings).dsn(SYNTHETIC_DATABASE, SYNTHETIC_READER)
        return cls(kind="replica", dsn=dsn, silence_seconds=silence)

    def store(self, settings: Settings, run_id: str) -> None:
        """Keep the choice for the run's tasks in a file of its owner's alone: it may hold a password."""
        path = _file(settings, run_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = {
            "kind": self.kind,
            "dsn": self.dsn,
            "path": str(self.path) if self.path else None,
            "night": self.night.isoformat() if self.night else None,
            "silence_seconds": self.silence_seconds,
        }
        unnamed = path.with_suffix(".new")
        unnamed.unlink(missing_ok=True)
        with os.fdopen(os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
        unnamed.replace(path)

    @staticmethod
    def is_stored(settings: Settings, run_id: str) -> bool:
        """Whether a choice was kept for this run."""
        return _file(settings, run_id).exists()

    @classmethod
    def load(cls, settings: Settings, run_id: str) -> Self:
        """The choice kept for this run.

        Raises NightError when there is none.
        """
        path = _file(settings, run_id)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NightError(
                f"No source was chosen for the run {run_id}: {path} is not there. Another one could be "
                "another "
                "world. Start a new night."
            ) from None
        return cls(
            kind=content["kind"],
            dsn=content["dsn"],
            path=Path(content["path"]) if content["path"] else None,
            night=date.fromisoformat(content["night"]) if content["night"] else None,
            silence_seconds=content["silence_seconds"],
        )

    @staticmethod
    def forget(settings: Settings, run_id: str) -> None:
        """Remove the kept choice, and the password with it."""
        _file(settings, run_id).unlink(missing_ok=True)

    @staticmethod
    def kept_for_others(settings: Settings, run_id: str) -> list[Path]:
        """The files kept for other runs, also those of a run that was killed while it wrote."""
        own = _file(settings, run_id)
        return [path for path in own.parent.glob("*") if path != own]


def _file(settings: Settings, run_id: str) -> Path:
    # A run's identity is always a UUID: as a file name it can lead nowhere else.
    return settings.state / "source" / f"{UUID(run_id)}.json"
