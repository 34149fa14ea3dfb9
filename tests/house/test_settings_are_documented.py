"""Every variable the project reads is a documented setting, and every documented setting is read."""

from __future__ import annotations

import re

from o7_warehouse.settings import ROOT, WIRING_PREFIX
from o7_warehouse.settings_declared import SETTINGS
from tests.house.test_files import tracked

NAME = re.compile(r"\bO7_[A-Z][A-Z_]*[A-Z]\b")
# The state directory of the image, and what the tests say of settings that do not exist.
ELSEWHERE = ("tests/", "docs/", ".env.example", "README", "CHANGELOG", "ARCHITECTURE")


def read_names() -> set[str]:
    """Every name with the prefix of a setting in code and configuration."""
    found = set()
    for path in tracked("*.py", "*.yml", "Dockerfile", "o7", "*.sql"):
        name = str(path.relative_to(ROOT))
        if not name.startswith(ELSEWHERE):
            found |= set(NAME.findall(path.read_text(encoding="utf-8")))
    return {name for name in found if not name.startswith(WIRING_PREFIX.rstrip("_"))}


def test_every_variable_that_is_read_is_a_documented_setting() -> None:
    assert read_names() - {setting.name for setting in SETTINGS} == set()


def test_every_documented_setting_is_read_somewhere() -> None:
    settings = (ROOT / "o7_warehouse" / "settings.py").read_text(encoding="utf-8")
    elsewhere = {
        name
        for path in tracked("o7_warehouse/*.py", "dags/*.py", "docker/*.py")
        if path.name != "settings.py"
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    }

    assert [one.name for one in SETTINGS if settings.count(one.name) < 2 and one.name not in elsewhere] == []
