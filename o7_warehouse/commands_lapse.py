"""`./o7 lapse`: a month of nights in minutes, with everything that goes wrong, held against the truth."""

from __future__ import annotations

import shutil
import time
from typing import Annotated, Any

import typer

from o7_warehouse.commands_night import prepared
from o7_warehouse.console import State, results
from o7_warehouse.errors import CommandError
from o7_warehouse.settings import Settings

Nights = Annotated[int, typer.Option(metavar="N", help="Nights on end.", min=1)]
Seed = Annotated[int, typer.Option(metavar="N", help="What happens on which night.", min=0)]
Pupils = Annotated[int, typer.Option(metavar="N", help="Pupils of the synthetic О7.", min=1)]
FOLDER = "lapse"


def lapse(*, nights: Nights = 30, seed: Seed = 22, pupils: Pupils = 1500, state: State = None) -> None:
    """Live through a month of a synthetic О7: what comes late, twice, empty or not at all; every figure must be true.

    Raises LapseError where it is not; then all of the month is left in the state directory to be looked at.
    """
    # Heavy, and of no use to any other command.
    from o7_warehouse.lapse.month import Size, write_month  # noqa: PLC0415
    from o7_warehouse.lapse.page import month_page  # noqa: PLC0415
    from o7_warehouse.lapse.play import play  # noqa: PLC0415

    folder = Settings.load(state).state / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings.load(folder)
    began = time.monotonic()
    month = write_month(settings, Size(pupils=pupils, nights=nights, seed=seed), folder / "drops")
    with prepared(settings) as embedded:
        if embedded is None:
            raise CommandError(
                "A month is lived through on the embedded server, for its nights are no real ones, and "
                "O7_WAREHOUSE_DSN names another warehouse. Take that setting away for this command."
            )
        played = []
        for one in play(settings, embedded, month):
            played.append(one)
            delivery = one.delivery
            results.print(
                f"{delivery.night}  {delivery.ends:<11} {one.seconds:4.0f} с  {delivery.says}", markup=False
            )
    page = folder / "lapse.html"
    page.write_text(month_page(month, played), encoding="utf-8")
    shutil.rmtree(folder / "drops")
    results.print(
        f"Поставок — {len(played)}, ночей опубликовано — {len({one.delivery.night for one in played})}; каждое "
        f"значение совпало с известным заранее. Готово за {time.monotonic() - began:.0f} с."
    )
    results.print(str(page), markup=False)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("lapse", lapse, {})]
