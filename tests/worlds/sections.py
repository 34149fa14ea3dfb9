"""The sections of a profile: programmes, documents of education, marks, exams, fitness, entries, declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.worlds import pools
from tests.worlds.chance import ONE_DAY

if TYPE_CHECKING:
    from tests.worlds.people import Pupil
    from tests.worlds.world import World

ENTRIES = {
    "P40": ("achievement", "event"), "P41": ("achievement", "work"), "P42": ("achievement", "reward"),
    "P43": ("achievement", "diploma"), "P45": ("extracurricular", "event"),
    "P46": ("extracurricular", "school_event"), "P47": ("extracurricular", "hobby"),
    "P48": ("extracurricular", "course"), "P49": ("extracurricular", "material"),
}  # fmt: skip
DECLARABLE = tuple(
    f"P{number}"
    for number in (21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 40, 41, 42, 43, 45, 46, 47, 48, 49, 50, 51)
)
NOT_DECLARABLE = ("P02", "P05", "P13", "P29", "P32", "P33", "P35", "P36", "P39", "P44", "P52", "", "p40")


def add_sections(world: World, pupil: Pupil) -> None:
    """Every section of one pupil."""
    _add_learning(world, pupil)
    _add_marks(world, pupil)
    _add_exams(world, pupil)
    _add_fitness(world, pupil)
    _add_entries(world, pupil)
    _add_texts(world, pupil)
    _add_declarations(world, pupil)


def _add(world: World, pupil: Pupil, entity: str, **columns: str | None) -> str:
    return world.add(entity, pupil.home.school, student_id=pupil.name, **columns)


def _add_learning(world: World, pupil: Pupil) -> None:
    chance, parallel = world.chance, pupil.home.parallel
    fitting = "12" if parallel <= 4 else "13" if parallel <= 9 else "14"
    for _ in range(chance.one((0, 1, 2)) if pupil.is_odd("program") else 1):
        level = chance.one((fitting, fitting, "51", "15"))
        starts, ends = chance.past(), chance.to_come()
        if pupil.is_odd("program"):
            level = chance.one((*pools.PROGRAM_LEVELS, *pools.ODD_PROGRAM_LEVELS, fitting))
            starts, ends = chance.period() if chance.often(0.5) else (starts, ends)
        _add(world, pupil, "study_program", level_code=level, starts_on=starts, ends_on=ends)
    is_odd = pupil.is_odd("education_document")
    for _ in range(chance.one((0, 1, 2)) if is_odd else 1):
        kinds = pools.ODD_EDUCATION_DOCUMENT_TYPES if is_odd else pools.EDUCATION_DOCUMENT_TYPES
        issued = chance.day() if is_odd else chance.past()
        _add(world, pupil, "education_document", type_code=chance.one(kinds), issued_on=issued)


def _add_marks(world: World, pupil: Pupil) -> None:
    """Days with marks; where odd, at the edges of the year and of the period, none or unreadable ones."""
    chance = world.chance
    for _ in range(chance.number(0, 2) if pupil.is_odd("marks") else chance.number(1, 3)):
        day, count = chance.this_year(), str(chance.number(1, 3))
        if pupil.is_odd("marks"):
            day, count = chance.day(), chance.one(("1", "1", "0", "-1", None, "два", ""))
        _add(world, pupil, "performance_daily", on_date=day, mark_count=count)


def _add_exams(world: World, pupil: Pupil) -> None:
    chance, is_odd = world.chance, pupil.is_odd("exams")
    for kind in ("ОГЭ", "ЕГЭ"):
        for _ in range(chance.one((0, 1, 2)) if is_odd else int(chance.often(0.8))):
            flags = [chance.one(("true", "false", None)) if is_odd else "true" for _ in range(3)]
            day = chance.day() if is_odd else chance.past()
            _add(
                world, pupil, "exam_result", exam_kind=chance.one((kind, kind.lower())), exam_date=day,
                has_subject=flags[0], has_score=flags[1], has_mark=flags[2],
            )  # fmt: skip


def _add_fitness(world: World, pupil: Pupil) -> None:
    chance, is_odd = world.chance, pupil.is_odd("fitness")
    for _ in range(chance.number(0, 2) if is_odd else chance.number(1, 2)):
        _add(world, pupil, "fitness_record", measured_on=chance.day() if is_odd else chance.this_year())
    if chance.often(0.3 if is_odd else 0.1):
        starts, ends = chance.period()
        _add(world, pupil, "medical_release", starts_on=starts, ends_on=ends)


def _add_entries(world: World, pupil: Pupil) -> None:
    chance = world.chance
    for leaf, (entity, kind) in ENTRIES.items():
        is_odd = pupil.is_odd(leaf)
        if not is_odd and leaf in DECLARABLE and chance.often(0.2):
            _declare(world, pupil, leaf, chance.past())
            continue
        for _ in range(chance.one((0, 1, 2)) if is_odd else 1):
            text, files = chance.one(("1", "80")), chance.one(("1", "2"))
            if is_odd or (leaf != "P49" and chance.often(0.3)):
                text, files = chance.one((("1", "0"), ("0", "1"), (text, None)))
            if is_odd and chance.often(0.6):
                text, files = chance.one((("0", "0"), (None, None), ("", "-1"), ("много", "0"), ("0", None)))
            kind_typed = chance.one((kind, kind, kind, kind.capitalize()))
            _add(world, pupil, entity, kind=kind_typed, text_length=text, file_count=files)
    if chance.often(0.05):
        _add(world, pupil, "achievement", kind=chance.one((None, "other")), text_length="9", file_count="9")


def _add_texts(world: World, pupil: Pupil) -> None:
    chance = world.chance
    for _ in range(chance.one((0, 1, 2)) if pupil.is_odd("P44") else 1):
        text, files = chance.one((("50", "0"), ("51", None), ("0", "1"), ("500", "1")))
        if pupil.is_odd("P44"):
            text, files = chance.one(
                (("49", "0"), ("1", None), ("0", "0"), (None, None), ("-5", "0"), ("50", "0"))
            )
        _add(world, pupil, "characteristic", text_length=text, file_count=files)
    for _ in range(chance.one((0, 1, 2)) if pupil.is_odd("P51") else 1):
        length = chance.one(("0", None, "", "-1", "x")) if pupil.is_odd("P51") else chance.one(("1", "20"))
        _add(world, pupil, "additional_note", text_length=length)
    for leaf, entity, column, good, odd in (
        ("P50", "additional_education", "direction", pools.DIRECTIONS, pools.ODD_DIRECTIONS),
        ("family", "family_status", "status", pools.FAMILY_STATUSES, pools.ODD_FAMILY_STATUSES),
    ):
        for _ in range(chance.one((0, 1, 2)) if pupil.is_odd(leaf) else 1):
            _add(world, pupil, entity, **{column: chance.one(odd if pupil.is_odd(leaf) else good)})


def _add_declarations(world: World, pupil: Pupil) -> None:
    """Declarations: of sections that may be empty and of others, of yesterday, tonight and tomorrow, undated ones."""
    chance = world.chance
    if pupil.is_odd("declarations"):
        for leaf in chance.some(DECLARABLE + NOT_DECLARABLE, 1, 6):
            _declare(world, pupil, leaf, chance.day())
    elif pupil.odd and chance.often(0.4):
        for leaf in sorted(pupil.odd & set(DECLARABLE)):
            _declare(world, pupil, leaf, str(world.night + ONE_DAY * chance.one((-1, 0, 0, 1))))


def _declare(world: World, pupil: Pupil, leaf: str, day: str | None) -> None:
    _add(world, pupil, "section_declaration", leaf_code=leaf, declared_on=day)
