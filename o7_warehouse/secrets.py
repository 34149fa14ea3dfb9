"""The secrets a state directory makes for itself: the only reader and writer of ``secrets.json``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Self

from o7_warehouse.errors import SettingsError

FILE_NAME = "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What nobody has to choose: generated once per state directory, readable by its owner alone.

    The mail server's password is the exception: whoever runs that server gives it, and it may be missing.
    """

    role_key: str = field(repr=False)
    pseudonym_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    fernet_key: str = field(repr=False)
    airflow_admin_password: str = field(repr=False)
    smtp_password: str | None = field(repr=False, default=None)

    @classmethod
    def load(cls, state: Path) -> Self:
        """Read ``<state>/secrets.json``, making it first when there is none.

        Two processes that start at once get the same file. Raises SettingsError for a file that others may
        read or that is not complete.
        """
        path = state / FILE_NAME
        try:
            if not path.exists():
                _create(path, asdict(cls._generate()))
            _refuse_open_to_others(path)
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{path} cannot be used: {type(error).__name__}. Without it no role can log in and no "
                "pseudonym be made. Restore it from a backup; to begin anew, move the whole state directory "
                "away."
            ) from error
        optional = [name for name in ("smtp_password",) if not (isinstance(known, dict) and known.get(name))]
        names = [one.name for one in fields(cls) if one.name not in optional]
        missing = [
            name for name in names if not (isinstance(known, dict) and isinstance(known.get(name), str))
        ]
        if missing:
            raise SettingsError(
                f"{path} lacks {', '.join(missing)}. A secret made anew would not fit what is stored. "
                "Restore the file from a backup; to begin anew, move the whole state directory away."
            )
        return cls(**{name: known[name] for name in names})

    @classmethod
    def _generate(cls) -> Self:
        return cls(
            role_key=secrets.token_hex(32),
            pseudonym_key=secrets.token_hex(32),
            jwt_secret=secrets.token_hex(32),
            # The form cryptography.fernet asks for.
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
            airflow_admin_password=secrets.token_urlsafe(18),
        )

    def role_password(self, role: str) -> str:
        """The password of a database role: derived, so that a role added later needs no second file."""
        return hmac.new(bytes.fromhex(self.role_key), role.encode("ascii"), hashlib.sha256).hexdigest()

    @property
    def erasure_key(self) -> bytes:
        """The key of the tombstones of erased persons: derived apart, neither a role's nor that of the pseudonyms."""
        return hmac.new(
            bytes.fromhex(self.role_key), b"tombstones of erased persons", hashlib.sha256
        ).digest()


def _create(path: Path, content: dict[str, str]) -> None:
    """Write the file whole and give it its name last; whoever comes second finds the first one's."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    unnamed = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(unnamed)
        except FileExistsError:
            return
    finally:
        unnamed.unlink()


def _refuse_open_to_others(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"{path} may be read by other accounts of this machine, and it holds the key of the pupils' "
            f"pseudonyms. Run: chmod 600 '{path}'"
        )
