"""Programs in a network of their own that leads nowhere, and a witness of every address they try to reach.

As a program it is what runs inside: it sets loopback up and becomes the command.

    python cut_off.py COMMAND …
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NO_NAMESPACE: Final = (
    "NO NETWORK NAMESPACE: this machine lets nobody make one (unshare --net), so nothing was proved of calls outside. "
    "Run the tests as root, or allow namespaces of users."
)
NO_STRACE: Final = (
    "NO STRACE: nobody looked at which addresses were tried. Install it (Debian: apt install strace)."
)
# Root stays root; somebody else keeps the name and may set loopback up in the new network.
ROOTS: Final = ("unshare", "--net")
OTHERS: Final = ("unshare", "--user", "--map-current-user", "--keep-caps", "--net")
# Datagrams that are sent without a connection are not noted: every answer of PostgreSQL would stop the program. They
# lead nowhere all the same.
WATCHING: Final = ("--follow-forks", "--seccomp-bpf", "--quiet=all", "--signal=none", "--trace=connect")
# SIOCSIFFLAGS and IFF_UP of <linux/sockios.h> and <net/if.h>.
SET_FLAGS, UP = 0x8914, 0x1
_TRIED: Final = re.compile(
    r'connect\(\d+, \{sa_family=AF_(INET6?), (?:[^}]*?)port=htons\((\d+)\).*?"([0-9a-fA-F.:]+)"'
)
# To whoever calls it, the address of nobody is this machine: Airflow finds its server of logs by it.
_INSIDE: Final = re.compile(r"127\..*|0\.0\.0\.0|::|::1|::ffff:127\..*")
# A question about a name is a call outside, also where it is put to a server on loopback that would pass it on.
DNS: Final = 53


@dataclass(frozen=True)
class CutOff:
    """How a command ended, what it said, and the addresses outside that it tried; None where nobody looked."""

    code: int
    words: str
    outside: list[str] | None


def namespace() -> Sequence[str] | None:
    """The words that give a command a network of its own; None where this machine does not allow it."""
    words = ROOTS if os.geteuid() == 0 else OTHERS
    if (
        shutil.which("unshare") is None
        or subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    ):
        return None
    return words


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> CutOff:
    """Run a command in a network that leads nowhere; ``folder`` takes the witness's notes."""
    words = namespace()
    assert words is not None, NO_NAMESPACE
    notes, strace = folder / "connects.txt", shutil.which("strace")
    watched = [strace, *WATCHING, f"--output={notes}"] if strace else []
    done = subprocess.run(
        [*words, *watched, sys.executable, "-P", __file__, *command],
        env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return CutOff(
        done.returncode, done.stdout, None if strace is None else outside(notes.read_text(encoding="utf-8"))
    )


def outside(notes: str) -> list[str]:
    """The addresses in the notes of strace that do not lead to this machine itself."""
    tried = {(address, int(port)) for _, port, address in _TRIED.findall(notes)}
    return sorted(
        f"{address} {port}" for address, port in tried if port == DNS or not _INSIDE.fullmatch(address)
    )


def main() -> None:
    """Set loopback up and let the command take this program's place."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
