"""Every setting there is: its variable, what holds without it, and what it means; ``.env.example`` says the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of ``.env.example``: the variable, what holds without it, and what it means."""

    name: str
    default: str
    sentence: str


SETTINGS = (
    Setting("O7_STATE", "var", "Folder that holds everything a run writes; relative to the project's root."),
    Setting(
        "O7_WAREHOUSE_DSN",
        "",
        "Warehouse database as an administrator reaches it (libpq URI or keywords); empty: the embedded "
        "server.",
    ),
    Setting(
        "O7_WAREHOUSE_TLS",
        "verify-full",
        "What a warehouse on another machine asks of its address: 'verify-full', or 'unguarded' where nobody else can "
        "enter the network.",
    ),
    Setting(
        "O7_WAREHOUSE_TARGET",
        "warehouse",
        "What the warehouse is: 'warehouse' for PostgreSQL, 'citus' for the coordinator of a Citus cluster.",
    ),
    Setting(
        "O7_AIRFLOW_DSN", "", "Database of Airflow's own records; empty: a database of the embedded server."
    ),
    Setting(
        "O7_SOURCE_DSN",
        "",
        "О7's read replica with the views o7_export.v1_*; empty, and no O7_DROP: a synthetic О7 is made.",
    ),
    Setting("O7_DROP", "", "Drop folder with manifest.json and its CSV or XLSX files, instead of a replica."),
    Setting(
        "O7_SOURCE_SILENCE_SECONDS", "45", "After so many seconds without a byte the source counts as silent."
    ),
    Setting(
        "O7_READ_CHANGES",
        "yes",
        "Whether a night over a replica reads only what changed since the night before: 'yes' or 'no'.",
    ),
    Setting(
        "O7_POSTGRES_BIN",
        "",
        "Programs of the embedded server: empty for the wheel's, 'system' for the newest installed, or a "
        "folder.",
    ),
    Setting(
        "O7_SYNTHETIC_PUPILS", "123000", "Pupils of the synthetic О7 that stands in when no source is named."
    ),
    Setting("O7_SYNTHETIC_SEED", "22", "Seed of the synthetic О7: the same seed makes the same republic."),
    Setting(
        "O7_TIMETABLE",
        "",
        "When the scheduler starts a night by itself: 'partitions' or 'cron', both at 01:30; empty: never.",
    ),
    Setting(
        "O7_EXECUTOR",
        "local",
        "What runs the tasks: 'local', children of the scheduler, or 'celery', workers.",
    ),
    Setting(
        "O7_CELERY_BROKER",
        "",
        "Redis that gives tasks to the workers of 'celery': redis://user:password@host:6379/0.",
    ),
    Setting(
        "O7_SIGN_IN",
        "simple",
        "Who signs in to Airflow: 'simple', one administrator, or 'roles', people with accounts (./o7 people).",
    ),
    Setting(
        "O7_PSEUDONYM_KEY",
        "",
        "Key of the pupils' pseudonyms, 64 hexadecimal digits; empty: generated once into secrets.json.",
    ),
    Setting(
        "O7_RECIPIENTS",
        "reports/recipients.yml",
        "Who gets the issued editions, and how; relative to the project's root.",
    ),
    Setting("O7_SMTP_HOST", "", "Mail server that takes editions, with STARTTLS; empty: folders only."),
    Setting("O7_SMTP_PORT", "587", "Its port."),
    Setting("O7_SMTP_SENDER", "", "Address editions are sent from; its domain ends their Message-ID."),
    Setting("O7_SMTP_USER", "", "Who logs in to it; empty: it asks for no login."),
    Setting(
        "O7_SMTP_PASSWORD", "", "Password of that user; empty: smtp_password of secrets.json, if it is there."
    ),
    Setting(
        "O7_SMTP_CA_FILE",
        "",
        "Certificates (PEM) that may have signed the server's; empty: those of the machine.",
    ),
    Setting(
        "O7_SMTP_SECONDS",
        "300",
        "After so many seconds without an answer the mail server counts as silent; after a whole mail, twice as many.",
    ),
    Setting(
        "O7_OPERATOR",
        "",
        "Mailbox that gets a letter when an alarm of ./o7 watch is opened or closed; empty: no letters.",
    ),
    Setting(
        "O7_OPENLINEAGE_URL",
        "",
        "Service that takes the lineage of each published night: http://host:port; empty: a file in the state only.",
    ),
    Setting(
        "O7_AIRFLOW_URL",
        "",
        "Where ./o7 watch asks whether Airflow lives: http://host:port; empty: the Airflow of ./o7 up.",
    ),
)
