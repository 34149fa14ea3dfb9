"""Airflow's variables by who signs in: one administrator, or people with accounts and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

ADMIN_USER = "admin"
# The file of the simple sign-in, in AIRFLOW_HOME.
PASSWORDS = "passwords.json"

# Every deviation from the provider's defaults, with its reason.
BY_ROLES = {
    "AIRFLOW__CORE__AUTH_MANAGER": "o7_airflow.sign_in.ApprovingFabAuthManager",
    # A month without signing in again is the default. Who approves editions signs in on the day he does so.
    "AIRFLOW__FAB__SESSION_MAX_LIFETIME_MINUTES": "720",
    # Seconds for which a closed account, or a right taken away, still opens something; half a minute by default.
    "AIRFLOW__FAB__CACHE_TTL": "5",
    # Nobody is somebody without signing in, and no account makes itself.
    "AIRFLOW__FAB__AUTH_ROLE_PUBLIC": "",
}


def sign_in_variables(settings: Settings, home: Path) -> dict[str, str]:
    """What chooses who signs in; the task interface has tokens of its own and takes no notice."""
    if settings.sign_in == "roles":
        return BY_ROLES
    return {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN_USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / PASSWORDS),
    }
