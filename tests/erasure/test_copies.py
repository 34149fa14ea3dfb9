"""A copy is worth what its restore gives."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import server
from o7_warehouse.audit.verify import verify
from o7_warehouse.errors import ErasureError, ServerError, SettingsError
from o7_warehouse.secrets import FILE_NAME
from o7_warehouse.upkeep.backup import NOTE, backup, read_note
from o7_warehouse.upkeep.drill import drill
from o7_warehouse.upkeep.restore import restore
from tests.conftest import open_folder
from tests.erasure.conftest import Erasure
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

pytestmark = pytest.mark.timeout(900)


def test_a_copy_is_closed_restored_and_the_same(erased: Erasure) -> None:
    settings = erased.settings
    now = dt.datetime.now(dt.UTC)

    folder = backup(settings, now=now)
    held = drill(settings, now=now + dt.timedelta(minutes=5))

    assert held.folder == folder
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert held.note.figures > 0
    assert held.rules > 200
    assert held.lost_seconds == 300
    # Whose rows are gone was counted when the figures were published.
    assert held.is_replayed is False
    assert not (settings.state / "drill").exists()


@pytest.mark.full
def test_the_last_night_is_built_again_out_of_the_copy_and_must_have_the_published_figures() -> None:
    with open_folder() as folder:
        state = State(folder / "state")
        state.folder.mkdir()
        simulate("--pupils", "60", "--nights", "1", "--to", str(folder / "drops"))
        with server.running(state.settings()):
            arrived(state.walk(O7_DROP=str(next((folder / "drops").glob("20*")))))
            now = dt.datetime.now(dt.UTC)
            backup(state.settings(), now=now)
            assert drill(state.settings(), now=now).is_replayed
            # A figure that no row bears out is found by building it.
            state.execute(
                "update indicators.indicator_values set numerator = 0 where indicator = '4.4' and level = 'region'"
            )
            backup(state.settings(), now=now + dt.timedelta(seconds=1))
            with pytest.raises(
                ErasureError, match=r"has other figures than were published: .*indicator_values \("
            ):
                drill(state.settings(), now=now)
            assert state.execute("select count(*) from published.night") == [(1,)]


def test_a_copy_of_before_an_erasure_is_found_out(erased: Erasure) -> None:
    settings = erased.settings
    folder = settings.state / "backups" / "9999-old"
    shutil.copytree(erased.drops / "carried away", folder)

    try:
        with pytest.raises(ErasureError, match="does not give what it must: erased persons"):
            drill(settings, now=dt.datetime.now(dt.UTC))
    finally:
        shutil.rmtree(folder)


def test_a_copy_that_is_not_the_one_of_its_note_is_refused(erased: Erasure) -> None:
    folder = erased.drops / "another"
    shutil.copytree(erased.drops / "carried away", folder)
    note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    (folder / NOTE).write_text(json.dumps(note | {"sha256": "0" * 64}), encoding="utf-8")

    with pytest.raises(ServerError, match="is not the file its note was written for"):
        read_note(folder)
    shutil.rmtree(folder)


def test_a_copy_becomes_the_warehouse_of_another_place_and_is_mixed_with_none(erased: Erasure) -> None:
    now = dt.datetime.now(dt.UTC)
    folder = backup(erased.settings, now=now)

    with open_folder() as place:
        shutil.copy(erased.state.folder / FILE_NAME, place)
        there = replace(erased.settings, state=place)
        with server.running(there) as embedded:
            held = restore(there, folder, embedded, now=now + dt.timedelta(minutes=5))
            figures = Erasure(State(place), erased.drops, erased.teacher, erased.first_run).digests()
            verdict = verify(there)
            with pytest.raises(ErasureError, match="There is a warehouse here already"):
                restore(there, folder, embedded, now=now)

    assert held.note.night is not None
    assert (held.rules > 200, held.lost_seconds) == (True, 300)
    assert figures == erased.digests()
    assert verdict.damages == []


def test_a_copy_without_its_secrets_is_found_out_before_the_next_night(erased: Erasure) -> None:
    now = dt.datetime.now(dt.UTC)
    folder = backup(erased.settings, now=now)

    with open_folder() as place:
        there = replace(erased.settings, state=place)
        with (
            server.running(there) as embedded,
            pytest.raises(SettingsError, match="The pseudonyms in the warehouse were made with version 2"),
        ):
            restore(there, folder, embedded, now=now)


def test_a_folder_without_a_whole_copy_is_refused(settings: Settings, state: Path) -> None:
    (state / NOTE).touch()

    with pytest.raises(ErasureError, match="there is nothing to restore"):
        restore(settings, state, None, now=dt.datetime.now(dt.UTC))
