"""The list of parts (SBOM, CycloneDX 1.6): every package that ``requirements.lock`` fixes, its hashes and its licence.

Equal locks give equal bytes: no instant, no serial number, no place of this machine and none of a package index. What
packages say of their licence is read from the installed ones. A package that the lock holds for another Python or
system is no part. Python itself, PostgreSQL's own parts and a container's base image are not in the lock, nor here.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from pathlib import Path

    from cyclonedx.model.license import License

LOCK: Final = "requirements.lock"
PROJECT: Final = "o7-warehouse"
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# The lock says in comments who asked for a package; the project itself is told with its file.
_ASKED: Final = re.compile(r"# +(?:via )?([\w.-]+)(?:\[\w+\])?(?: \(pyproject\.toml\))?$")
_CLASSIFIER: Final = "License :: "
_LICENCES: Final = LicenseFactory()
# Some packages put the whole text of a licence where its name belongs.
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package of a lock: its version, the hashes of its files, and which packages asked for it."""

    name: str
    version: str
    hashes: frozenset[str]
    asked_by: frozenset[str]


def pinned(lock: str) -> list[Pinned]:
    """The packages a lock fixes for this Python and system.

    Raises CatalogueError for one without a version or without a hash: anything could be installed in its place.
    """
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.strip()):
        wanted = Requirement(block.split("\\")[0].strip())
        hashes = frozenset(_HASH.findall(block))
        exact = [one.version for one in wanted.specifier if one.operator == "=="]
        if len(exact) != 1 or not hashes:
            raise CatalogueError(
                f"{wanted.name} has not got one version and its hashes in the lock, so another package could be "
                "installed under its name. Renew the lock as pyproject.toml says."
            )
        if wanted.marker is None or wanted.marker.evaluate():
            lines = (_ASKED.search(line.strip()) for line in block.splitlines())
            asked = frozenset(str(canonicalize_name(line[1])) for line in lines if line)
            found.append(Pinned(str(canonicalize_name(wanted.name)), exact[0], hashes, asked - {"via"}))
    return found


def sbom(root: Path) -> tuple[str, list[str]]:
    """The list of parts as JSON, and the packages that say nothing of their licence.

    Raises CatalogueError for a lock without hashes, and where the installed packages are not those of the lock.
    """
    parts = {one.name: one for one in pinned((root / LOCK).read_text(encoding="utf-8"))}
    known = {name: _component(one) for name, one in parts.items()}
    bom = Bom(components=known.values())
    # The library makes both without asking; a list that differed by them could not be compared with another.
    bom.serial_number = bom.metadata.timestamp = None  # type: ignore[assignment] # None is written as absent
    bom.metadata.component = project = _project(root)
    asking = {PROJECT: project, **known}
    for name, component in asking.items():
        bom.register_dependency(
            component, [known[part.name] for part in parts.values() if name in part.asked_by]
        )
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    return text + "\n", sorted(name for name, component in known.items() if not list(component.licenses))


def _project(root: Path) -> Component:
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Component(
        name=told["name"], version=told["version"], type=ComponentType.APPLICATION, bom_ref=told["name"],
        licenses=[_LICENCES.make_from_string(told["license"])],
    )  # fmt: skip


def _component(part: Pinned) -> Component:
    address = PackageURL("pypi", name=part.name, version=part.version)
    return Component(
        name=part.name, version=part.version, type=ComponentType.LIBRARY, purl=address, bom_ref=str(address),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in sorted(part.hashes)],
        licenses=_licences(part),
    )  # fmt: skip


def _licences(part: Pinned) -> list[License]:
    """What the installed package says of its licence: the expression, else the classifiers, else a short name."""
    try:
        installed = metadata.distribution(part.name)
    except metadata.PackageNotFoundError:
        installed = None
    if installed is None or installed.version != part.version:
        raise CatalogueError(
            f"{part.name} {part.version} of {LOCK} is not what is installed here, so nobody can tell its licence. Give "
            "the command as ./o7 sbom, which builds the environment first."
        )
    told = installed.metadata
    if "License-Expression" in told:
        return [_LICENCES.make_from_string(told["License-Expression"])]
    classifiers = [one for one in told.get_all("Classifier", []) if one.startswith(_CLASSIFIER)]
    if classifiers:
        return [_LICENCES.make_with_name(one.split(" :: ")[-1]) for one in sorted(classifiers)]
    name = told["License"].strip() if "License" in told else ""
    return [_LICENCES.make_from_string(name)] if 0 < len(name) <= _LONGEST_NAME else []
