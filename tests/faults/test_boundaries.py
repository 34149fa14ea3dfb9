"""The database crashes at the boundary of two models; the night begun again is that of an undisturbed warehouse.

The crash is real and at an exact moment: when the table of a model is being made, an event trigger kills its own
backend, as the kernel kills one that takes too much memory; PostgreSQL throws everybody out and reads its log again.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from o7_warehouse import server
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.faults.house import FIRST
from tests.faults.invariants import Known, delivered_by, violated
from tests.journeys.conftest import arrived
from tests.journeys.states import Seen, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
LAYERS = ("staging", "intermediate", "marts", "indicators")
TABLES_OF_A_LAYER = 3
NO_TABLES = ("materialized='view'", "materialized='ephemeral'")
# A model whose columns are a contract is made empty and filled afterwards, any other one by CREATE TABLE AS.
CRASH: Final = """
    create function public.crash() returns event_trigger language plpgsql security definer as $function$
    begin
        if exists (select from pg_event_trigger_ddl_commands() where object_identity ~ '\\m{model}(__dbt_tmp)?\\M') then
            copy (select) to program 'kill -KILL $PPID';
        end if;
    end
    $function$;
    create event trigger crash on ddl_command_end
    when tag in ('CREATE TABLE', 'CREATE TABLE AS') execute function public.crash()
"""
MENDED: Final = "drop event trigger crash; drop function public.crash"


def tables(layer: str) -> list[str]:
    """Some models of a layer that are tables, from the first to the last by name."""
    found = [
        path.stem
        for path in sorted((ROOT / "dbt_project" / "models" / layer).rglob("*.sql"))
        if not any(word in path.read_text(encoding="utf-8") for word in NO_TABLES)
    ]
    return found[:: (len(found) - 1) // (TABLES_OF_A_LAYER - 1)][:TABLES_OF_A_LAYER]


@pytest.fixture(scope="module")
def undisturbed(first_night: State) -> Seen:
    """The night as it comes out where nothing crashes."""
    return first_night.see()


@pytest.fixture(scope="module")
def examined(small_world: Path) -> Iterator[tuple[State, str]]:
    """The same night up to its gate, and its run; the server stopped."""
    with open_folder() as folder:
        state = State(folder / "examined")
        yield state, arrived(state.walk("--until", "gate_in", O7_DROP=str(small_world / FIRST)))


@pytest.mark.parametrize("model", [model for layer in LAYERS for model in tables(layer)])
def test_a_night_whose_database_crashes_between_two_models_is_whole_when_it_is_begun_again(
    examined: tuple[State, str], undisturbed: Seen, small_world: Path, model: str
) -> None:
    before, run_id = examined
    drop = {"O7_DROP": str(small_world / FIRST)}
    with open_folder() as folder:
        state = State(folder / "crashed")
        subprocess.run(["cp", "-a", str(before.folder), str(state.folder)], check=True)
        with server.running(state.settings()):
            state.execute(CRASH.format(model=model))
            crashed = state.walk("--from", "facts", "--run-id", run_id, **drop)
            state.execute(MENDED)
            published = state.execute("select night from published.night")

            arrived(state.walk(**drop))

            seen = state.see()
        broken = violated(state.settings(), Known(delivered_by(small_world / FIRST), {}), has_ended=True)

    assert crashed.code == 4, crashed.words
    assert published == []
    assert broken == []
    assert (seen.figures, seen.leaves, seen.facts) == (
        undisturbed.figures,
        undisturbed.leaves,
        undisturbed.facts,
    )
    assert seen.reports == undisturbed.reports
