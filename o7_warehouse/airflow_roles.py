"""The declared roles of Airflow's sign-in: the only reader of ``airflow_roles.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from o7_warehouse.errors import CatalogueError

FILE: Final = Path(__file__).with_name("airflow_roles.yml")
# Flask-AppBuilder's words for what may be done.
ACTIONS: Final = frozenset({"can_read", "can_create", "can_edit", "can_delete", "menu_access"})


def read_roles(path: Path = FILE) -> dict[str, dict[str, list[str]]]:
    """Role -> action -> resources, as the file says.

    Whether Airflow knows the resources is asked where Airflow is (o7_airflow/accounts.py). Raises CatalogueError.
    """
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not all(_is_role(one) for one in found.values()):
        raise CatalogueError(
            f"{path.name} is not a table of role, action and lists of resources, so nobody's rights could be told. "
            f"Actions are {', '.join(sorted(ACTIONS))}. Correct it."
        )
    for name, grants in found.items():
        for action, resources in grants.items():
            if len(set(resources)) != len(resources):
                raise CatalogueError(
                    f"{path.name} gives {name} something twice under {action}; whoever takes one away would leave the "
                    "other. Keep one."
                )
    return found


def _is_role(grants: Any) -> bool:
    return (
        isinstance(grants, dict)
        and set(grants) <= ACTIONS
        and all(
            isinstance(resources, list) and all(isinstance(one, str) and one for one in resources)
            for resources in grants.values()
        )
    )
