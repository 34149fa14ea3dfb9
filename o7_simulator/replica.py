"""Transport T1: typed tables in a PostgreSQL replica, seen through the views of the contract (domain §5.4)."""

from __future__ import annotations
