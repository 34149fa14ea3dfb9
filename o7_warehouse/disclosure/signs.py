"""What an edition decided about its figures, asked one by one; a figure about which nothing was decided is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Key, Sign, Standing
from o7_warehouse.disclosure.collect import ALL, COMPLETES, LACKING, LACKS
from o7_warehouse.errors import DisclosureError
from o7_warehouse.report.formats import Absent

if TYPE_CHECKING:
    from o7_warehouse.disclosure.board import Told
    from o7_warehouse.disclosure.figures import Catalogue, WinOf
    from o7_warehouse.disclosure.suppress import Outcome

SIGNS: Final = {Sign.few: Absent.SUPPRESSED, Sign.hidden: Absent.HIDDEN}


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of an edition, with the catalogue that tells a leaf's kind of figure, and the editions before it."""

    outcome: Outcome
    catalogue: Catalogue
    earlier: tuple[Told, ...] = ()

    def of(self, key: Key) -> Sign:
        """The sign of a figure; what is public is told. Raises DisclosureError."""
        cell = self.outcome.tables.cells.get(key)
        if cell is None or cell.standing is Standing.implied:
            raise DisclosureError(
                f"A document tells the figure {key}, about which nothing was decided. It would leave the ministry "
                "unprotected. Let disclosure/published.py or listed.py read it."
            )
        return Sign.told if cell.standing is Standing.public else self.outcome.signs[key]

    def of_before(self, name: str, key: Key) -> Sign:
        """The sign of a figure in an edition that was issued before; what that did not tell is hidden."""
        for one in self.earlier:
            if one.name == name and key in one.tables.cells:
                is_public = one.tables.cells[key].standing is Standing.public
                return Sign.told if is_public else one.signs.get(key, Sign.hidden)
        return Sign.hidden

    def of_leaf(self, code: str, unit: str, part: str) -> Sign:
        """The sign of one count of a leaf."""
        return self.of(Key(self.catalogue.leaf_figure(code), code, unit, part))

    def of_win(self, win: WinOf) -> tuple[Sign, Sign]:
        """The signs of those who lack a requirement, and of those who lack nothing else."""
        of_leaf = Key(self.catalogue.leaf_figure(win.requirement), win.requirement, win.unit, LACKING)
        lacks = of_leaf if of_leaf in self.outcome.signs else Key("win", win.requirement, win.unit, LACKS)
        return self.of(lacks), self.of(Key("win", win.requirement, win.unit, COMPLETES))

    def of_whole(self, key: Key) -> Sign:
        """The sign of a population; those of whole units are public."""
        return Sign.told if key.figure == "population" and key.part == ALL else self.of(key)
