"""The manifest of an edition: what it was made of, and the hash of every row and file (design §8).

It holds no instant and no name, so that the same build, code and templates give the same manifest.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.contents import template_hashes
from o7_warehouse.errors import EditionError
from o7_warehouse.revision import code_revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.build_rows import Sealed
    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.editions.states import LastNight
    from o7_warehouse.settings import Settings

NAME: Final = "manifest.json"
OWN_HASH: Final = "sha256"
# Files that are kept to verify an edition begin so; they hold exact counts.
INTERNAL: Final = "data_"
_BUILD: Final = """
    select jsonb_build_object(
        'night', night.night, 'run_id', night.run_id, 'snapshot_at', night.snapshot_at, 'transport', night.transport,
        'contract_version', night.contract_version, 'code_revision', night.code_revision,
        'batches', array(select published.night_batches(night.night)),
        'chain', (select seal.chain from audit.seal where seal.run_id = night.run_id)
    )
    from published.night where night.night = %(night)s and night.run_id = %(run_id)s
"""
# The definitions a night was counted by, and the version of each field rule its run evaluated.
_DEFINITIONS: Final = """
    select jsonb_build_object(
        'indicators', (
            select jsonb_object_agg(told.indicator, told.definition_version)
            from (
                select distinct indicator, definition_version from published.indicator_values
                where night = %(night)s and level = 'region'
            ) as told
        ),
        'readings', (
            select jsonb_object_agg(told.indicator, told.reading)
            from (
                select distinct on (indicator) indicator, reading from published.readings
                where
                    is_official and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
                order by indicator, valid_from desc
            ) as told
        ),
        'rules', (
            select coalesce(jsonb_object_agg(rule_id, rule_version), '{}')
            from audit.rule_result where run_id = %(run_id)s
        )
    )
"""


def make_manifest(
    cursor: Cursor,
    settings: Settings,
    edition: EditionId,
    frozen: LastNight,
    *,
    reports: tuple[str, ...],
    sealed: Iterable[Sealed],
    files: Mapping[str, bytes],
    disclosure: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest of a set over a build. Raises EditionError when the build no longer stands for its night."""
    words = {"night": frozen.night, "run_id": frozen.run_id}
    cursor.execute(_BUILD, words)
    build = cursor.fetchone()
    if build is None:
        raise refused_switch(edition, frozen)
    cursor.execute(_DEFINITIONS, words)
    [(definitions,)] = cursor.fetchall()
    content = {
        "edition": str(edition),
        "period": str(edition.period),
        "revision": edition.revision,
        "build": build[0],
        "definitions": definitions,
        "rendered_by": code_revision(settings.root),
        "reports": list(reports),
        "templates": template_hashes(reports),
        "data": {
            one.relation: {"file": data_file(one.relation), "rows": one.rows, "sha256": one.sha256}
            for one in sealed
        },
        "disclosure": disclosure,
        "files": {
            name: {"bytes": len(one), "sha256": hashlib.sha256(one).hexdigest(), "leaves": may_leave(name)}
            for name, one in sorted(files.items())
        },
    }
    return content | {OWN_HASH: own_hash(content)}


def own_hash(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its own hash, written with sorted keys and no space."""
    content = {name: value for name, value in manifest.items() if name != OWN_HASH}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as its file."""
    return (json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def data_file(relation: str) -> str:
    """The file that holds the sealed rows of a table."""
    return f"{INTERNAL}{relation}.jsonl.gz"


def may_leave(name: str) -> bool:
    """Whether a file of an edition may leave the ministry: documents may, exact rows and the manifest may not."""
    return name != NAME and not name.startswith(INTERNAL)


def refused_switch(edition: EditionId, frozen: LastNight) -> EditionError:
    """What is said when a night was published anew while its edition was made."""
    return EditionError(
        f"The night {frozen.night} was published anew while the edition {edition} was being made, so its files would "
        "tell two builds. Nothing was changed. Draft it again."
    )
