"""Nothing calls home: a whole night in a network that leads nowhere ends well, and nobody has tried to leave it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from o7_warehouse.settings import ROOT
from tests.conftest import FOREIGN, open_folder
from tests.deployment.cut_off import NO_NAMESPACE, NO_STRACE, namespace, run

# Addresses that lead nowhere (RFC 5737, RFC 3849, RFC 6761), should a test ever leave its network.
PING = "import urllib.request as it; it.urlopen('http://192.0.2.7/ping')"
CALLS = {
    "an address": ("import socket; socket.create_connection(('192.0.2.1', 443))", "192.0.2.1 443"),
    "an address of six": ("import socket; socket.create_connection(('2001:db8::1', 80))", "2001:db8::1 80"),
    "a name": ("import socket; socket.getaddrinfo('calls-home.invalid', 443)", " 53"),
    "a grandchild": (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PING!r}])",
        "192.0.2.7 80",
    ),
}
AT_HOME = """
import socket
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    server = socket.create_server((address, 0), family=family)
    socket.create_connection(server.getsockname()[:2])
"""


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    """Where nobody may make a network, that is said aloud."""
    if namespace() is None:
        pytest.skip(NO_NAMESPACE)


def environment() -> dict[str, str]:
    """The shell's variables without settings of ours, and the way to our code."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return own | {"PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_outside_fails_and_is_seen(call, tmp_path):
    program, told = CALLS[call]

    found = run([sys.executable, "-c", program], tmp_path, environment())

    if found.outside is None:
        pytest.skip(NO_STRACE)
    assert "unreachable" in found.words or "Errno -" in found.words
    assert [one for one in found.outside if told in one], found.outside


def test_a_call_at_home_is_none(tmp_path):
    found = run([sys.executable, "-c", AT_HOME], tmp_path, environment())

    assert found.code == 0, found.words
    if found.outside is None:
        pytest.skip(NO_STRACE)
    assert found.outside == []


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_night_on_the_scheduler_ends_well_and_nobody_has_called_outside():
    with open_folder() as folder:
        subprocess.run(
            [sys.executable, "-m", "o7_simulator", "--pupils", "64", "--seed", "7", "--to", str(folder / "world")],
            env=environment(), check=True, capture_output=True,
        )  # fmt: skip
        [drop] = [path for path in (folder / "world").iterdir() if path.is_dir()]

        words = ["night", "--drop", str(drop), "--state", str(folder / "house")]
        found = run([sys.executable, "-P", "-m", "o7_warehouse", *words], folder, environment())

        assert found.code == 0, found.words[-2000:]
        assert (folder / "house" / "reports" / drop.name / "indicator_statement").exists()
        if found.outside is None:
            pytest.skip(NO_STRACE)
        assert found.outside == []
