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
OPTIONAL = ("smtp_password", "next_pseudonym_key")


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
    # The key of the pseudonyms has a number, and its successor waits beside it while they are changed (rotation.py).
    pseudonym_key_version: int = field(repr=False, default=1)
    next_pseudonym_key: str | None = field(repr=False, default=None)

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
        optional = [name for name in OPTIONAL if not (isinstance(known, dict) and known.get(name))]
        names = [one.name for one in fields(cls) if one.name not in (*optional, "pseudonym_key_version")]
        missing = [
            name for name in names if not (isinstance(known, dict) and isinstance(known.get(name), str))
        ]
        if missing:
            raise SettingsError(
                f"{path} lacks {', '.join(missing)}. A secret made anew would not fit what is stored. "
                "Restore the file from a backup; to begin anew, move the whole state directory away."
            )
        # A file from before keys had numbers holds the first one.
        version = known.get("pseudonym_key_version", 1)
        if type(version) is not int or version < 1:
            raise SettingsError(
                f"{path} gives the key of the pseudonyms a number that is none, so nobody can tell which pseudonyms it "
                "made. Restore the file from a backup."
            )
        return cls(pseudonym_key_version=version, **{name: known[name] for name in names})

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


def stage_key(state: Path) -> str:
    """Lay the next key of the pseudonyms beside the present one, where it is not there yet; returns it.

    Raises SettingsError when the file cannot be used or written.
    """
    known = Secrets.load(state)
    if known.next_pseudonym_key:
        return known.next_pseudonym_key
    made = secrets.token_hex(32)
    _change(state, next_pseudonym_key=made)
    return made


def promote_key(state: Path, version: int) -> None:
    """Put the next key in the place of the present one, under its number; the present one is gone then.

    Does nothing where that has happened. Raises SettingsError when the file cannot be used or written, or has no next
    key.
    """
    known = Secrets.load(state)
    if known.pseudonym_key_version == version:
        return
    if known.next_pseudonym_key is None or known.pseudonym_key_version != version - 1:
        raise unknown_version(state / FILE_NAME, known.pseudonym_key_version, version)
    _change(
        state, pseudonym_key=known.next_pseudonym_key, pseudonym_key_version=version, next_pseudonym_key=None
    )


def unknown_version(path: Path, known: int, wanted: int) -> SettingsError:
    """The file does not hold the key the pseudonyms were made with."""
    return SettingsError(
        f"The pseudonyms in the warehouse were made with version {wanted} of the key, and {path} holds version {known}."
        " One person would get two. Restore the secrets.json that was written when the key was changed."
    )


def _change(state: Path, **changed: str | int | None) -> None:
    """Replace the file whole, with these entries changed and every other one as it is."""
    path = state / FILE_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8")) | changed
        descriptor, name = tempfile.mkstemp(dir=state, prefix=".secrets-")
        unnamed = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            unnamed.replace(path)
        finally:
            unnamed.unlink(missing_ok=True)
        folder = os.open(state, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path} cannot be written ({type(error).__name__}), so the key of the pseudonyms was not changed in it. "
            "Make room, or run as the account that owns it, and run the same command again."
        ) from None


def _create(path: Path, content: dict[str, object]) -> None:
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
