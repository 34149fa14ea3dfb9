"""Redis, through which Airflow's scheduler gives tasks to Celery workers: its address, and whether it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from o7_warehouse.errors import BrokerUnavailableError, SettingsError

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

ANSWER_SECONDS = 5
PORT = 6379


def broker_address(settings: Settings) -> str:
    """The address of Redis; may hold a password. Raises SettingsError where tasks run without it."""
    if settings.executor != "celery" or settings.celery_broker is None:
        raise SettingsError(
            "Only Celery has a broker, and O7_EXECUTOR does not choose it. Set O7_EXECUTOR=celery and "
            f"O7_CELERY_BROKER=redis://host:{PORT}/0."
        )
    return settings.celery_broker


def refuse_silent_broker(settings: Settings) -> None:
    """Ask Redis for a sign where the settings choose Celery; nothing otherwise.

    Raises BrokerUnavailableError when it does not answer and SettingsError when it refuses us.
    """
    if settings.executor != "celery":
        return
    # A fifth of a second of imports, which nobody pays whose tasks have no broker.
    import redis  # noqa: PLC0415 - see above

    address = broker_address(settings)
    parts = urlsplit(address)
    place = f"Redis at {parts.hostname}:{parts.port or PORT}"
    try:
        with redis.Redis.from_url(
            address, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
        ) as asked:
            asked.ping()
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError):
        raise SettingsError(
            f"{place} refused the login of O7_CELERY_BROKER, so no task can reach a worker. Correct its user or "
            "password."
        ) from None
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise BrokerUnavailableError(
            f"{place} does not answer ({type(error).__name__}), so no task can reach a Celery worker. Start it, or "
            "correct O7_CELERY_BROKER, or set O7_EXECUTOR=local; then run the same command again."
        ) from None


def with_login(settings: Settings, *, user: str) -> str:
    """The address of Redis with the login that the state directory's secrets make, unless it names one itself."""
    parts = urlsplit(broker_address(settings))
    if parts.password:
        return parts.geturl()
    login = f"{user}:{settings.secrets.role_password(user)}@{parts.netloc}"
    return parts._replace(netloc=login).geturl()
