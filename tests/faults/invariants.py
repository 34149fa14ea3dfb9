"""The invariants of a warehouse: asked of a state directory, they name what is violated, with counts and no value.

    rows_accounted   rows counted at the source = rows in raw = admitted + in quarantine, for every entity and night
    effects_once     no build, figure, history, file or message exists twice
    published_whole  what is published passed its gate, whole, and is of one build
    nothing_lost     what was published before says the same now
    audit_sound      the chain of the audit and every row under it are as they were sealed
    folders_whole    a reader finds whole sets, each what its name and the audit say, and nothing unfinished
    nothing_left     when all is over: no lock, process, temporary table, landed row, source's address or half file

They are worked out apart from the warehouse's own checks, but for the chain of the audit, which has one checker.
"""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse import server
from o7_warehouse.audit.verify import examine
from o7_warehouse.warehouse import WAREHOUSE
from tests.deliveries import read_manifest
from tests.faults.invariant_statements import ALWAYS, ENDED, ENTITIES, FILES, OF_ENTITY, SAID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# What leads a reader to a set: a report of a night, or the portal.
LINKS = ("reports/*/*", "school_reports/*/*", "portal/*")
UNFINISHED = "unfinished-"
# Where a page of the portal leads, within the portal.
LED_TO = re.compile(rb'(?:href|src)="(?![a-z]+:)([^"#?]+)')
# A backend whose client was killed notices it within so many seconds (postgres_settings).
SLOWEST_TO_NOTICE_SECONDS = 10
LOOK_SECONDS = 0.05
AT_WORK = ENDED["nothing_left"]["processes of the server that are still at work"]


@dataclass(frozen=True, slots=True)
class Violated:
    """One thing that may not be: the invariant, what was counted, how many."""

    invariant: str
    what: str
    count: int

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}: {self.count}"


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before a fault: rows the source counted by night and entity, and what nights said."""

    delivered: Mapping[str, Mapping[str, int]]
    said: Mapping[str, str]


def delivered_by(*drops: Path) -> dict[str, dict[str, int]]:
    """How many rows of each entity the manifests of drop folders promise, by night."""
    manifests = [read_manifest(drop) for drop in drops]
    return {one["night"]: {file["entity"]: file["rows"] for file in one["files"]} for one in manifests}


def said_by(settings: Settings) -> dict[str, str]:
    """One digest of all that each published night says."""
    with server.running(settings) as running, closing(_connected(running)) as connection:
        return _said(connection.cursor())


def violated(settings: Settings, known: Known, *, has_ended: bool) -> list[Violated]:
    """Every invariant that does not hold; ``has_ended``: the night is over, and nobody is at work."""
    with (
        server.running(settings) as running,
        closing(_connected(running)) as connection,
        connection.cursor() as cursor,
    ):
        if has_ended:
            wait_for_the_killed(cursor)
        return examined(cursor, settings.state, known, has_ended=has_ended)


def examined(cursor: Cursor, state: Path, known: Known, *, has_ended: bool) -> list[Violated]:
    """The same within a transaction, so that a state can be broken, examined and taken back."""
    return [
        *in_tables(cursor, known, has_ended=has_ended),
        *in_folders(cursor, state, has_ended=has_ended),
    ]


def in_tables(cursor: Cursor, known: Known, *, has_ended: bool) -> list[Violated]:
    """What does not hold in the warehouse."""
    found = [
        *_counted(cursor, ALWAYS),
        *(_counted(cursor, ENDED) if has_ended else ()),
        *_of_entities(cursor, known),
        *_lost(cursor, known),
        *_audit(cursor),
    ]
    return [one for one in found if one.count]


def in_folders(cursor: Cursor, state: Path, *, has_ended: bool) -> list[Violated]:
    """What does not hold in the folders, seen together with what the warehouse knows of them."""
    found = [
        *_folders(state),
        *(_files(cursor, state) if has_ended else ()),
        *(_left(state) if has_ended else ()),
    ]
    return [one for one in found if one.count]


def wait_for_the_killed(cursor: Cursor) -> None:
    """Wait until the server has noticed whose clients are gone; whoever stays longer than it may is counted later."""
    patience = time.monotonic() + SLOWEST_TO_NOTICE_SECONDS
    while time.monotonic() < patience:
        cursor.execute(AT_WORK)
        [(count,)] = cursor.fetchall()
        # Within a transaction the server would tell the same again.
        cursor.connection.rollback()
        if not count:
            return
        time.sleep(LOOK_SECONDS)


def _connected(running: server.Server) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(running.dsn(WAREHOUSE, server.ADMIN))
    connection.set_session(isolation_level="REPEATABLE READ")
    return connection


def _counted(cursor: Cursor, statements: Mapping[str, Mapping[str, str]]) -> Iterator[Violated]:
    for invariant, counts in statements.items():
        for what, statement in counts.items():
            cursor.execute(statement)
            [(count,)] = cursor.fetchall()
            yield Violated(invariant, what, count)


def _of_entities(cursor: Cursor, known: Known) -> Iterator[Violated]:
    cursor.execute(ENTITIES)
    entities = [entity for (entity,) in cursor.fetchall()]
    for what, statement in OF_ENTITY.items():
        cursor.execute(" union all ".join(statement.format(entity=entity) for entity in entities))
        yield Violated("rows_accounted", what, sum(count for (count,) in cursor.fetchall()))
    cursor.execute("select night::text, entity, rows_in from raw_o7.load_record")
    loaded = {(night, entity): rows for night, entity, rows in cursor.fetchall()}
    nights = {night for night, _ in loaded}
    others = [
        (night, entity)
        for night in nights & set(known.delivered)
        for entity, rows in known.delivered[night].items()
        if entity in entities and loaded.get((night, entity)) != rows
    ]
    yield Violated("rows_accounted", "loads that are not what the source delivered", len(others))


def _said(cursor: Cursor) -> dict[str, str]:
    cursor.execute("select exists (select from published.night)")
    [(is_published,)] = cursor.fetchall()
    # Before the first publication there is no view to ask.
    if not is_published:
        return {}
    cursor.execute(SAID)
    return dict(cursor.fetchall())


def _lost(cursor: Cursor, known: Known) -> Iterator[Violated]:
    now = _said(cursor)
    yield Violated("nothing_lost", "published nights that are gone", len(set(known.said) - set(now)))
    changed = [night for night in known.said if night in now and now[night] != known.said[night]]
    yield Violated("nothing_lost", "published nights that say something else", len(changed))


def _audit(cursor: Cursor) -> Iterator[Violated]:
    yield Violated("audit_sound", "places of the audit that were changed", len(examine(cursor).damages))


def _folders(state: Path) -> Iterator[Violated]:
    links = [path for pattern in LINKS for path in state.glob(pattern) if not path.name.startswith(".")]
    broken = [link for link in links if not link.is_symlink() or not link.is_dir()]
    yield Violated("folders_whole", "reports that lead nowhere or are no set", len(broken))
    sets = [link.resolve() for link in links if link not in broken]
    # The page of the warehouse's state is replaced where it lies, so a portal is not what its name says for long.
    portals = [one for one in sets if one.parent.parent.name == "portal"]
    other = [one for one in sets if one not in portals and not one.name.endswith(f"-{_content_hash(one)}")]
    other += [one for one in portals if one.name.startswith(UNFINISHED)]
    yield Violated("folders_whole", "sets that are not what their name says", len(other))
    halves, led_to = 0, set()
    for page in (one for portal in portals for one in portal.rglob("*.html")):
        content = page.read_bytes()
        halves += not content.rstrip().endswith(b"</html>")
        led_to |= {(str(page.parent), way) for way in LED_TO.findall(content)}
    yield Violated("folders_whole", "pages of the portal that break off", halves)
    places = [Path(folder) / way.decode() for folder, way in led_to]
    nowhere = [place for place in places if not place.is_file()]
    yield Violated("folders_whole", "files of the portal that are missing", len(nowhere))


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _files(cursor: Cursor, state: Path) -> Iterator[Violated]:
    cursor.execute(FILES)
    noted = {path: (sha256, is_of_published) for path, sha256, is_of_published in cursor.fetchall()}
    there = {
        path.relative_to(state).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (state / "reports").glob("*/[!.]*/**/*")
        if path.is_file()
    }
    lost = [path for path in noted if path not in there]
    yield Violated("folders_whole", "files the audit knows that are missing", len(lost))
    other = [path for path, digest in there.items() if path not in noted or noted[path][0] != digest]
    yield Violated("folders_whole", "files that are not what the audit knows", len(other))
    old = [path for path, (_, is_of_published) in noted.items() if not is_of_published]
    yield Violated("folders_whole", "files of a build that is not published", len(old))
    cursor.execute("select count(*) from published.night")
    [(nights,)] = cursor.fetchall()
    told = {path.split("/")[1] for path in there if path.split("/")[2] == "indicator_statement"}
    yield Violated("folders_whole", "published nights without their statement", nights - len(told))
    is_missing = nights > 0 and not (state / "portal" / "current" / "index.html").is_file()
    yield Violated("folders_whole", "portals that are missing", int(is_missing))


def _left(state: Path) -> Iterator[Violated]:
    halves = [path for shelf in LINKS for path in state.glob(f"{Path(shelf).parent}/.sets/{UNFINISHED}*")]
    halves += (state / "postgres").glob("*.unfinished")
    halves += (state / "portal" / "current").rglob("*.unfinished")
    yield Violated("nothing_left", "files that were never finished", len(halves))
    kept = [*(state / "source").iterdir(), *(state / "postgres").glob("password")]
    yield Violated("nothing_left", "files that may hold a password nobody needs any more", len(kept))
