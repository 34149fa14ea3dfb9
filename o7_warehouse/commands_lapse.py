"""`./o7 lapse`: a month of nights in minutes, with everything that goes wrong, held against the truth."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from o7_warehouse import server
from o7_warehouse.commands_night import prepared
from o7_warehouse.console import State, results
from o7_warehouse.errors import CommandError
from o7_warehouse.lapse.month import Size, write_month
from o7_warehouse.lapse.page import ENDED, month_page
from o7_warehouse.lapse.play import play
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.lapse.play import Played

Nights = Annotated[int, typer.Option(metavar="N", help="Nights on end.", min=1)]
Seed = Annotated[int, typer.Option(metavar="N", help="What happens on which night.", min=0)]
Pupils = Annotated[int, typer.Option(metavar="N", help="Pupils of the synthetic О7.", min=1)]
FOLDER = "lapse"


def lapse(*, nights: Nights = 30, seed: Seed = 22, pupils: Pupils = 1500, state: State = None) -> None:
    """Live through a month of a synthetic О7: what comes late, twice, empty or not at all; every figure must be true.

    Raises LapseError where it is not; then all of the month is left in the state directory to be looked at.
    """
    settings = _cleared(Settings.load(state).state / FOLDER)
    began = time.monotonic()
    drops = settings.state / "drops"
    played = []
    with prepared(settings) as embedded:
        assert embedded is not None  # noqa: S101 - _cleared has refused any other warehouse
        month = write_month(settings, Size(pupils=pupils, nights=nights, seed=seed), drops)
        for one in play(settings, embedded, month):
            played.append(one)
            results.print(_line(one), markup=False)
    page = settings.state / "lapse.html"
    page.write_text(month_page(month, played), encoding="utf-8")
    shutil.rmtree(drops)
    results.print(
        f"Поставок — {len(played)}, ночей опубликовано — {len({one.delivery.night for one in played})}; каждое "
        f"значение совпало с известным заранее. Готово за {time.monotonic() - began:.0f} с."
    )
    results.print(str(page), markup=False)


def _cleared(folder: Path) -> Settings:
    """Settings of a folder from which the month before is gone, together with a server it may have left.

    Raises CommandError where the warehouse is not the folder's own, or somebody lives through a month there.
    """
    settings = Settings.load(folder)
    if not settings.needs_server:
        raise CommandError(
            "A month is lived through on the embedded server, for its nights are no real ones, and O7_WAREHOUSE_DSN "
            "names another warehouse. Take that setting away for this command."
        )
    if (folder / "postgres").exists() and not server.stop(settings):
        raise CommandError(
            f"Somebody lives through a month in {folder}, and two would mix their nights. Wait until it is over, or "
            "name another --state."
        )
    if folder.exists():
        shutil.rmtree(folder)
    return settings


def _line(one: Played) -> str:
    happened = f": {one.delivery.says}" if one.delivery.says else ""
    return f"{one.delivery.night} {one.seconds:4.0f} с  {ENDED[one.delivery.ends]}{happened}"


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("lapse", lapse, {})]
