"""`./o7 rotate-key`: another key for the pseudonyms."""

from __future__ import annotations

from typing import Any

from o7_warehouse.commands_night import prepared
from o7_warehouse.console import State, results
from o7_warehouse.report.formats import count_text
from o7_warehouse.rotation import rotate
from o7_warehouse.settings import Settings


def rotate_key(state: State = None) -> None:
    """Make every pseudonym anew with another key, in one transaction; the old key is gone afterwards."""
    settings = Settings.load(state)
    with prepared(settings):
        done = rotate(settings)
    if done is None:
        results.print("Смена ключа, прерванная в прошлый раз, завершена.")
        return
    results.print(
        f"Ключ псевдонимов: версия {done.version}. "
        f"Новых псевдонимов: {count_text(done.keys + done.orphans)}, без строк в raw_o7: "
        f"{count_text(done.orphans)}; изменено строк: {count_text(done.rows)}.\n"
        "Страницы, выпущенные раньше (./o7 audit pages), содержат прежние псевдонимы: выпустите их заново.",
        markup=False,
    )


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("rotate-key", rotate_key, {})]
