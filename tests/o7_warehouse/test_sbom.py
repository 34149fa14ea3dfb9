"""The list of parts: what the lock fixes and nothing else, by the schema of CycloneDX, the same bytes everywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.markers import Marker

from o7_warehouse.errors import CatalogueError
from o7_warehouse.sbom import pinned, sbom
from o7_warehouse.settings import ROOT

# A line of a lock that names a package, read apart from the module that is tested.
PIN = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)(?: ; (.+?))? \\")
HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?")
SCHEMA_ADDRESS = "http://cyclonedx.org/schema/bom-1.6.schema.json"
ONE_PACKAGE = "wheel==1.0 \\\n    --hash=sha256:" + "0" * 64


@pytest.fixture(scope="module")
def told():
    """The list of this project's parts, and who says nothing of a licence."""
    return sbom(ROOT)


@pytest.fixture(scope="module")
def text(told):
    """The list of this project's parts."""
    return told[0]


def read_lock(name):
    """Package, version and marker -> its hashes, line by line."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if pin := PIN.fullmatch(line):
            found[pin.groups()] = hashes = set()
        elif fixed := HASH.fullmatch(line):
            hashes.add(fixed[1])
        else:
            assert line.startswith("    #"), line
    return found


def test_it_is_what_the_schema_asks_for(text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_holds_each_package_of_the_lock_with_its_hashes_and_nothing_else(text):
    locked = {
        (name, version): hashes
        for (name, version, marker), hashes in read_lock("requirements.lock").items()
        if marker is None or Marker(marker).evaluate()
    }

    found = {
        (one["name"], one["version"]): {fixed["content"] for fixed in one["hashes"]}
        for one in json.loads(text)["components"]
    }

    assert len(found) > 200
    assert found == locked


def test_it_tells_licences_and_who_tells_none(told):
    text, silent = told
    without = [one["name"] for one in json.loads(text)["components"] if not one.get("licenses")]

    assert without == silent
    for name in without:
        known = metadata.metadata(name)
        assert not known.get("License-Expression"), name
        assert not [one for one in known.get_all("Classifier", []) if one.startswith("License")], name


def test_every_part_was_asked_for_by_another_or_by_the_project(text):
    edges = {one["ref"]: one.get("dependsOn", []) for one in json.loads(text)["dependencies"]}

    reached, todo = set(), ["o7-warehouse"]
    while todo:
        ref = todo.pop()
        if ref not in reached:
            reached.add(ref)
            todo += edges[ref]

    assert "pkg:pypi/psycopg2-binary@" in " ".join(edges["o7-warehouse"])
    assert reached == set(edges)


def test_it_names_no_instant_no_place_and_no_index(text):
    content = json.loads(text)

    assert "serialNumber" not in content
    assert "timestamp" not in content["metadata"]
    assert set(re.findall(r"\w+://[^\"]*", text)) == {SCHEMA_ADDRESS}
    assert str(ROOT) not in text
    assert sys.prefix not in text


def test_another_process_elsewhere_writes_the_same_bytes(text, state):
    file = state / "parts.json"
    subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", "sbom", str(file)],
        env=os.environ
        | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
        | {"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=state,
        check=True,
        capture_output=True,
    )

    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_of_a_lock_has_hashes(name):
    locked = read_lock(name)

    assert len(locked) > 200
    assert [pin for pin, hashes in locked.items() if not hashes] == []


@pytest.mark.parametrize(
    "lock",
    [
        pytest.param(ONE_PACKAGE.split(" \\", maxsplit=1)[0], id="no hash"),
        pytest.param(ONE_PACKAGE.replace("==", ">="), id="a range of versions"),
    ],
)
def test_a_lock_that_fixes_nothing_is_refused(lock):
    with pytest.raises(CatalogueError, match="wheel has not got one version and its hashes"):
        pinned(lock)


def test_a_package_of_the_lock_that_is_not_installed_is_refused(tmp_path):
    (tmp_path / "requirements.lock").write_text(
        ONE_PACKAGE.replace("wheel", "no-such-package"), encoding="utf-8"
    )

    with pytest.raises(
        CatalogueError, match=r"no-such-package 1\.0 of requirements\.lock is not what is installed"
    ):
        sbom(tmp_path)


def test_the_image_holds_what_the_lock_fixes():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    installed = [line for line in lines if "pip install" in line]
    assert [line.split("pip install ")[1] for line in installed] == [
        "--no-deps --require-hashes -r /build/requirements.lock"
    ]
