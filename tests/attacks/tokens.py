"""Attacks on Airflow's interface: forged tokens, and whoever has none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tests.attacks.airflow_server import REFUSED, Interface, operations
from tests.attacks.catalogue import Attack

if TYPE_CHECKING:
    from collections.abc import Callable

READ: Final = "/api/v2/connections"
TASK: Final = "urn:airflow.apache.org:task"


def enters(forge: Callable[[Interface], str]) -> Callable[[Interface], bool]:
    """Whether a token opens the list of connections, with their passwords."""

    def attempt(made: Interface) -> bool:
        status, _ = made.call("GET", READ, forge(made))
        assert status in {200, *REFUSED}, status
        return status == 200

    return attempt


def unsigned(made: Interface) -> str:
    """A token that says it needs no signature."""
    return made.forged(key="", algorithm="none")


def altered(made: Interface) -> str:
    """A token of another person under the signature of the administrator's."""
    head, _, signature = made.login().split(".")
    return ".".join((head, made.forged(sub="somebody").split(".")[1], signature))


def logged_out(made: Interface) -> str:
    """A token whose owner has signed out."""
    token = made.login()
    made.call("GET", "/api/v2/auth/logout", token)
    return token


def without(*checks: str) -> Callable[[Interface], Any]:
    """A server that does not look at something."""
    return lambda made: made.removal(*checks)


def set_to(**settings: str) -> Callable[[Interface], Any]:
    """A server with other settings than the project gives it."""
    return lambda made: made.removal(settings={f"AIRFLOW__{name}": value for name, value in settings.items()})


_NOW: Final = time.time
_TOKENS: Final = [
    ("a token that says it needs no signature", "the signature is checked", unsigned, without("signature")),
    ("a token signed with another key", "the signature is checked", lambda made: made.forged(key="x" * 64), without("signature")),
    ("a token signed with no key at all", "the signature is checked", lambda made: made.forged(key="\0" * 64), without("signature")),
    ("a token altered under its signature", "the signature is checked", altered, without("signature")),
    ("a token signed by a weaker algorithm", "one algorithm is known", lambda made: made.forged(algorithm="HS256"), without("algorithm")),
    ("a token that has expired", "tokens end", lambda made: made.forged(exp=int(_NOW()) - 3600), without("exp")),
    ("a token that is not valid yet", "tokens begin", lambda made: made.forged(nbf=int(_NOW()) + 3600), without("nbf")),
    ("a token of a task", "a token is for somebody", lambda made: made.forged(aud=TASK), without("aud")),
    ("a token that never ends", "a token says when it ends", lambda made: made.forged(leave="exp"), without("require")),
    ("a token whose owner has signed out", "tokens can be revoked", logged_out, without("revoked")),
]  # fmt: skip


def anonymous(about: str) -> Callable[[Interface], bool]:
    """Whether somebody who is not signed in is let in by any operation of a kind."""

    def attempt(made: Interface) -> bool:
        asked = operations(made)[about]
        return any(made.call(method, path, body={})[0] not in REFUSED for method, path in asked)

    return attempt


def let_in(made: Interface) -> Any:
    """A server that takes whoever has no token for its administrator, and tells him everything."""
    return made.removal(anonymous=made.login(), settings={"AIRFLOW__API__EXPOSE_CONFIG": "True"})


def reads_settings(made: Interface) -> bool:
    """Whether somebody who is signed in reads the settings, which hold the key of all tokens."""
    status, _ = made.call("GET", "/api/v2/config", made.login())
    return status == 200


def asks_for_a_token(made: Interface) -> bool:
    """Whether a token is given to whoever asks."""
    return made.call("GET", "/auth/token")[0] == 201


def leaves_the_logs(made: Interface) -> bool:
    """Whether a run may have a name whose logs would lie elsewhere; refused as what cannot be processed."""
    told = {"logical_date": None, "dag_run_id": "../../evil", "conf": {}}
    status, _ = made.call("POST", "/api/v2/dags/o7_night/dagRuns", made.login(), told)
    assert status in {200, 400, 422}, status
    return status == 200


# What may be asked by anybody: whether the server lives, and what it is.
OPEN: Final = frozenset({"Monitor", "Version", "Login", "other"})
ABOUT: Final = (
    "Asset", "Asset State Store", "Backfill", "Config", "Connection", "DAG", "DAG Parsing", "DagRun", "DagSource",
    "DagStats", "DagVersion", "DagWarning", "Event Log", "Extra Links", "Import Error", "Job", "Plugin", "Pool",
    "Provider", "Task", "Task Instance", "Task State Store", "Variable", "XCom",
)  # fmt: skip
_OTHERS: Final = [
    ("the settings read by somebody signed in", "expose_config is off", reads_settings, set_to(API__EXPOSE_CONFIG="True")),
    ("a token for whoever asks", "nobody is an administrator by asking", asks_for_a_token,
     set_to(CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True")),
    ("a run whose logs would lie elsewhere", "names of runs are a few plain letters", leaves_the_logs,
     set_to(SCHEDULER__ALLOWED_RUN_ID_PATTERN=".*", CORE__ALLOW_DOUBLE_DOT_IN_IDS="True")),
]  # fmt: skip
ATTACKS: Final = [
    *(
        Attack(code=f"TOKEN-{number:02}", name=name, defence=defence, attempt=enters(forge), removed=removed)
        for number, (name, defence, forge, removed) in enumerate(_TOKENS, start=1)
    ),
    *(
        Attack(code=f"API-{number:02}", name=f"{about}: asked by somebody who is not signed in",
               defence="every operation needs a token", attempt=anonymous(about), removed=let_in)
        for number, about in enumerate(ABOUT, start=1)
    ),
    *(
        Attack(code=f"API-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
        for number, (name, defence, attempt, removed) in enumerate(_OTHERS, start=len(ABOUT) + 1)
    ),
]  # fmt: skip
