"""The environments of the peers: one each below the state directory, from pinned versions, apart from our locks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.peers.process import NotRunError, last_words
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REQUIREMENTS: Final = ROOT / "benchmarks" / "peers" / "requirements"


def installed(name: str, folder: Path) -> Path:
    """The folder ``bin`` of the environment that holds what ``requirements/<name>.txt`` lists, made once.

    Packages come from whatever registry this machine is configured for. Raises NotRunError with the installer's words.
    """
    listed = REQUIREMENTS / f"{name}.txt"
    place = folder / name
    stamp = place / "built-from"
    wanted = listed.read_text(encoding="utf-8")
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(place, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"  installing {name}", flush=True)
        for words in _commands(place, listed):
            _install(words, folder / f"{name}.log", name)
        stamp.write_text(wanted, encoding="utf-8")
    return place / "bin"


def version_of(package: str, name: str) -> str:
    """The version of a package that ``requirements/<name>.txt`` pins."""
    listed = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}(?:\[[^\]]*\])?==(\S+)", listed, flags=re.MULTILINE)
    if found is None:
        raise SystemExit(f"requirements/{name}.txt does not pin {package}. A figure needs a version: pin it.")
    return found[1]


def _commands(place: Path, listed: Path) -> Sequence[Sequence[str]]:
    """How to make an environment and fill it: with uv where there is one, as ./o7 does, else with pip."""
    own = ROOT / ".tools" / "bin" / "uv"
    uv = shutil.which("uv") or (str(own) if own.exists() else None)
    python = str(place / "bin" / "python")
    if uv is not None:
        return (
            (uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(place)),
            (uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", str(listed)),
        )
    return (
        (sys.executable, "-m", "venv", str(place)),
        (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(listed)),
    )


def _install(words: Sequence[str], log: Path, name: str) -> None:
    with log.open("wb") as said:
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        ended = subprocess.run(words, env=environment, stdout=said, stderr=said, check=False)
    if ended.returncode != 0:
        raise NotRunError(f"{name} could not be installed: {last_words(log)}")
