"""Whether the way to a warehouse elsewhere is guarded: TLS, and a certificate that is looked at (vrs C3)."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING, Final

from o7_warehouse.console import errors
from o7_warehouse.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFIED: Final = "verify-full"
UNGUARDED: Final = "unguarded"
PARTS: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def refuse_unguarded(params: Mapping[str, str], *, tls: str) -> None:
    """Refuse the address of a warehouse on another machine that would be reached without TLS, or unverified.

    ``tls`` is the setting O7_WAREHOUSE_TLS; where it lets the way be unguarded, that is said aloud once a process.
    Raises SettingsError.
    """
    if params.get("sslmode") == VERIFIED or is_loopback(params):
        return
    if tls == UNGUARDED:
        say_unguarded(params["host"])
        return
    mode = params.get("sslmode", "prefer")
    raise SettingsError(
        f"O7_WAREHOUSE_DSN leads to another machine ({params['host']}) with sslmode={mode}, so names and numbers of "
        "children could be read or changed on the way, and nobody would know whether it is the right server. Add "
        "sslmode=verify-full, and sslrootcert=FILE with the authority of its certificate. In a network that nobody "
        f"else can enter, O7_WAREHOUSE_TLS={UNGUARDED} allows what is."
    )


def dbt_parts(params: Mapping[str, str]) -> dict[str, str]:
    """The variables of dbt's profile about TLS: it takes parts, and no address; what is not given is empty."""
    return {f"O7_DBT_{name.upper()}": params.get(name, "") for name in PARTS}


def is_loopback(params: Mapping[str, str]) -> bool:
    """Whether every place the address may lead to is this machine: by number, by name, or a socket."""
    places = (params.get("hostaddr") or params["host"]).split(",")
    return all(map(_is_here, places))


def _is_here(place: str) -> bool:
    if place == "localhost" or place.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(place).is_loopback
    except ValueError:
        return False


@functools.cache
def say_unguarded(host: str) -> None:
    """Say aloud, once a process, that nothing guards the way."""
    errors.print(
        f"WARNING: the way to the warehouse at {host} is not guarded (O7_WAREHOUSE_TLS={UNGUARDED}): whoever is on it "
        "can read and change personal data.",
        style="bold red",
        markup=False,
    )
