"""Every setting, read once from the environment into one frozen object; no other module reads them."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from o7_warehouse.errors import SettingsError
from o7_warehouse.secrets import FILE_NAME, Secrets, unknown_version
from o7_warehouse.settings_declared import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent


TLS_CHOICES = ("verify-full", "unguarded")
TIMETABLES = ("", "partitions", "cron")
EXECUTORS = ("local", "celery")
SIGN_INS = ("simple", "roles")
# The targets of dbt_project/profiles.yml.
TARGETS = ("warehouse", "citus")
# The program sets these for dbt's profile; they are no settings of a person.
WIRING_PREFIX = "O7_DBT_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where everything lies and how it is reached. Addresses may hold passwords and stay out of ``repr``."""

    root: Path
    state: Path
    warehouse_dsn: str | None = field(repr=False)
    warehouse_tls: str
    warehouse_target: str
    airflow_dsn: str | None = field(repr=False)
    source_dsn: str | None = field(repr=False)
    drop: Path | None
    source_silence_seconds: int
    read_changes: bool
    postgres_bin: str | None
    synthetic_pupils: int
    synthetic_seed: int
    timetable: str
    executor: str
    celery_broker: str | None = field(repr=False)
    sign_in: str
    given_pseudonym_key: str | None = field(repr=False)
    recipients: Path
    smtp_host: str
    smtp_port: int
    smtp_sender: str
    smtp_user: str
    given_smtp_password: str | None = field(repr=False)
    smtp_ca_file: Path | None
    smtp_seconds: int
    operator: str
    airflow_url: str
    openlineage_url: str

    def __post_init__(self) -> None:
        """Refuse settings that contradict one another.

        Raises SettingsError.
        """
        if self.source_dsn and self.drop:
            raise SettingsError(
                "Both a replica (O7_SOURCE_DSN) and a drop folder (O7_DROP) are named as the source. A "
                "night has one source. Unset one of the two."
            )
        if self.timetable not in TIMETABLES:
            raise SettingsError(
                f"O7_TIMETABLE is {self.timetable!r}, so no night would begin when somebody expects it. "
                "Write partitions or cron, or unset it."
            )
        self._refuse_unreachable_workers()
        self._refuse_unknown_sign_in()
        if self.operator and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", self.operator):
            raise SettingsError(
                "O7_OPERATOR is not one mailbox, as operator@ministry.example, so nobody would learn of an alarm. "
                "Correct it, or unset it for no letters."
            )
        if self.warehouse_tls not in TLS_CHOICES:
            raise SettingsError(
                f"O7_WAREHOUSE_TLS is {self.warehouse_tls!r}, so nobody can tell how the way to the warehouse is to be "
                f"guarded. Write {' or '.join(TLS_CHOICES)}, or unset it."
            )
        if self.warehouse_target not in TARGETS:
            raise SettingsError(
                f"O7_WAREHOUSE_TARGET is {self.warehouse_target!r}, so dbt would not know where tables belong. "
                f"Write one of {', '.join(TARGETS)}, or unset it."
            )
        key = self.given_pseudonym_key
        if key is not None and not re.fullmatch(r"[0-9a-f]{64}", key):
            raise SettingsError(
                f"O7_PSEUDONYM_KEY is not 64 lower-case hexadecimal digits (it has {len(key)} characters). "
                "A changed key would give every pupil another pseudonym. Give it as it was, or unset it."
            )

    def _refuse_unreachable_workers(self) -> None:
        if self.executor not in EXECUTORS:
            raise SettingsError(
                f"O7_EXECUTOR is {self.executor!r}, so nobody would run a task. Write local or celery, or unset it."
            )
        broker = self.celery_broker
        if self.executor == "celery" and not (broker and re.match(r"rediss?://[^/]", broker)):
            raise SettingsError(
                "O7_EXECUTOR is celery, and O7_CELERY_BROKER is no address of a Redis, so no task would reach a "
                "worker. Write redis://user:password@host:6379/0 (rediss:// with TLS), or set O7_EXECUTOR=local."
            )

    def _refuse_unknown_sign_in(self) -> None:
        if self.sign_in not in SIGN_INS:
            raise SettingsError(
                f"O7_SIGN_IN is {self.sign_in!r}, so nobody could tell who may do what in Airflow. Write simple or "
                "roles, or unset it."
            )

    @classmethod
    def load(cls, state: Path | None = None, environment: Mapping[str, str] | None = None) -> Self:
        """Read the environment; ``state`` goes before ``O7_STATE``.

        Raises SettingsError for a value that cannot be read and for a misspelt name.
        """
        given = dict(os.environ if environment is None else environment)
        _refuse_misspelt(given)
        values = {setting.name: given.get(setting.name, "") or setting.default for setting in SETTINGS}
        return cls(
            root=ROOT,
            state=(state or ROOT / Path(values["O7_STATE"]).expanduser()).resolve(),
            warehouse_dsn=values["O7_WAREHOUSE_DSN"] or None,
            warehouse_tls=values["O7_WAREHOUSE_TLS"],
            warehouse_target=values["O7_WAREHOUSE_TARGET"],
            airflow_dsn=values["O7_AIRFLOW_DSN"] or None,
            source_dsn=values["O7_SOURCE_DSN"] or None,
            drop=_given_path(values["O7_DROP"]),
            source_silence_seconds=_whole_number("O7_SOURCE_SILENCE_SECONDS", values, least=1),
            read_changes=_yes("O7_READ_CHANGES", values),
            postgres_bin=values["O7_POSTGRES_BIN"] or None,
            synthetic_pupils=_whole_number("O7_SYNTHETIC_PUPILS", values, least=1),
            synthetic_seed=_whole_number("O7_SYNTHETIC_SEED", values, least=0),
            timetable=values["O7_TIMETABLE"],
            executor=values["O7_EXECUTOR"],
            celery_broker=values["O7_CELERY_BROKER"] or None,
            sign_in=values["O7_SIGN_IN"],
            given_pseudonym_key=values["O7_PSEUDONYM_KEY"] or None,
            recipients=ROOT / Path(values["O7_RECIPIENTS"]).expanduser(),
            smtp_host=values["O7_SMTP_HOST"],
            smtp_port=_whole_number("O7_SMTP_PORT", values, least=1),
            smtp_sender=values["O7_SMTP_SENDER"],
            smtp_user=values["O7_SMTP_USER"],
            given_smtp_password=values["O7_SMTP_PASSWORD"] or None,
            smtp_ca_file=_given_path(values["O7_SMTP_CA_FILE"]),
            smtp_seconds=_whole_number("O7_SMTP_SECONDS", values, least=1),
            operator=values["O7_OPERATOR"],
            airflow_url=values["O7_AIRFLOW_URL"],
            openlineage_url=values["O7_OPENLINEAGE_URL"],
        )

    @property
    def needs_server(self) -> bool:
        """Whether any database has no address of its own, so that the embedded server must run."""
        return not (self.warehouse_dsn and self.airflow_dsn and (self.source_dsn or self.drop))

    @property
    def secrets(self) -> Secrets:
        """The generated secrets of this state directory, made at the first call; read anew at each call."""
        return Secrets.load(self.state)

    @property
    def pseudonym_key(self) -> bytes:
        """The 32 bytes that key the pupils' pseudonyms (design §2), of the present version."""
        return bytes.fromhex(self.given_pseudonym_key or self.secrets.pseudonym_key)

    def pseudonym_key_of(self, version: int) -> bytes:
        """The key of a version: the present one, or the next one while a rotation is under way.

        A key that is given by the environment has no number, and counts as any. Raises SettingsError for a version that
        secrets.json does not hold.
        """
        known = self.secrets
        if self.given_pseudonym_key or version == known.pseudonym_key_version:
            return self.pseudonym_key
        if known.next_pseudonym_key and version == known.pseudonym_key_version + 1:
            return bytes.fromhex(known.next_pseudonym_key)
        raise unknown_version(self.state / FILE_NAME, known.pseudonym_key_version, version)

    @property
    def smtp_password(self) -> str:
        """The password at the mail server; empty where nobody has given one."""
        return self.given_smtp_password or self.secrets.smtp_password or ""


def _refuse_misspelt(given: Mapping[str, str]) -> None:
    known = [setting.name for setting in SETTINGS]
    for name in given:
        if name in known or not name.startswith("O7_") or name.startswith(WIRING_PREFIX):
            continue
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
            raise SettingsError(
                f"There is no setting {name!r}, so it would have no effect. Did you mean {near[0]!r}? "
                "Correct or unset it; .env.example lists every setting."
            )


def _given_path(text: str) -> Path | None:
    return Path(text).expanduser().resolve() if text else None


def _yes(name: str, values: Mapping[str, str]) -> bool:
    if values[name] not in {"yes", "no"}:
        raise SettingsError(
            f"{name} is {values[name]!r}, and a night must know whether it is meant. Write yes or no, or unset it."
        )
    return values[name] == "yes"


def _whole_number(name: str, values: Mapping[str, str], *, least: int) -> int:
    text = values[name]
    if not text.isascii() or not text.isdecimal() or int(text) < least:
        raise SettingsError(
            f"{name} is {text!r}; it must be a whole number from {least} up. Correct it, or unset it for the "
            "default."
        )
    return int(text)
