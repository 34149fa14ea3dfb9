"""The part of benchmarks/README.md that tells the rehearsal, with its charts and the file all of it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.scale import results
from benchmarks.scale.chart import drawing
from benchmarks.scale.told import NIGHTS, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benchmarks.scale.results import Size

BEGIN: Final = "<!-- scale: begin; written by ./o7 bench scale --keep -->"
END: Final = "<!-- scale: end -->"


def keep(folder: Path, known: Iterable[Size]) -> None:
    """Write what is told into the README of the folder, the charts and the results beside it.

    Raises SystemExit where the README has no place for it; nothing is written then.
    """
    told_of = _told_of(known)
    readme = folder / "README.md"
    text = placed(readme.read_text(encoding="utf-8"), section(told_of))
    for name, picture in pictures(told_of).items():
        (folder / name).write_text(picture, encoding="utf-8")
    results.write(folder / "scale" / "measured.json", told_of)
    readme.write_text(text, encoding="utf-8")


def section(sizes: Sequence[Size]) -> str:
    """What stands between the marks: the text as it is printed, and the charts."""
    if not sizes:
        return "Not measured yet."
    charts = [f"![Processor seconds of each step by pupils]({name})" for name in pictures(sizes)]
    return "\n\n".join([f"```text\n{told(sizes)}\n```", *charts])


def pictures(sizes: Sequence[Size]) -> dict[str, str]:
    """Name of a file -> the chart of a night."""
    return {
        f"scale-{night}.svg": drawing(having, night)
        for night in NIGHTS
        if (having := results.newest(sizes, night))
    }


def placed(page: str, content: str) -> str:
    """A page with what stands between its marks exchanged. Raises SystemExit where it has no marks."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise SystemExit(
            f"The page has not one place for the rehearsal. Write these two lines into it: {BEGIN} {END}"
        )
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{rest.split(END)[1]}"


def _told_of(known: Iterable[Size]) -> list[Size]:
    """What the text stands on; older results of the same size are left to the file they are in."""
    listed = list(known)
    return results.joined([], [one for night in NIGHTS for one in results.newest(listed, night)])
