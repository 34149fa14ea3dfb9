"""What is kept of a pupil on his card: documents, addresses, guardians, contacts, additional information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.worlds import pools

if TYPE_CHECKING:
    from tests.worlds.people import Pupil
    from tests.worlds.world import Row, World


def add_card(world: World, pupil: Pupil) -> None:
    """Every row of the card; an odd field has odd values, several rows, or none."""
    for _ in range(_how_many(world, pupil, "documents")):
        _add_document(world, pupil)
    for _ in range(_how_many(world, pupil, "registration")):
        _add_address(world, pupil, world.chance.one(("permanent", "permanent", "temporary")), "registration")
    for _ in range(_how_many(world, pupil, "actual_address")):
        _add_address(world, pupil, "actual", "actual_address")
    if world.chance.often(0.05):
        _add_address(world, pupil, world.chance.one(("former", None, "Permanent ")), "registration")
    guardians = [_add_guardian(world, pupil) for _ in range(_how_many(world, pupil, "guardians"))]
    _add_contacts(world, pupil, guardians)
    _add_information(world, pupil)


def _how_many(world: World, pupil: Pupil, what: str) -> int:
    return world.chance.one((0, 1, 1, 2, 3)) if pupil.is_odd(what) else world.chance.one((1, 1, 1, 2))


def _add(world: World, pupil: Pupil, entity: str, **columns: str | None) -> str:
    return world.add(entity, pupil.home.school, student_id=pupil.name, **columns)


def _add_document(world: World, pupil: Pupil) -> None:
    chance, is_odd = world.chance, pupil.is_odd("documents")
    kind = chance.one(("11", "11", "12", chance.one(pools.DOCUMENT_TYPES)))
    row: Row = {"type_code": kind, "series": None, "number": "654321", "issuer_code": "070-001"}
    row |= {"issued_on": chance.past(most=60), "is_current": "true"}
    if kind == "11":
        row["series"] = chance.one(pools.BIRTH_SERIES)
    elif kind == "12":
        row["series"] = chance.one(("83 21", "8321", " 8321", "83-21"))
    if is_odd:
        row |= chance.one(
            (
                {"type_code": chance.one(pools.ODD_DOCUMENT_TYPES)},
                {"series": chance.one(pools.ODD_BIRTH_SERIES)},
                {"number": chance.one(pools.ODD_NUMBERS)},
                {"number": chance.one(pools.ODD_NUMBERS), "series": chance.one(pools.ODD_BIRTH_SERIES)},
                {"number": chance.one((None, "")), "series": chance.one((None, "", " "))},
                {"issued_on": chance.one((chance.day(), _fourteenth(world, pupil)))},
                {"is_current": chance.one(("false", None, "да"))},
            )
        )
    _add(world, pupil, "identity_document", **row)


def _fourteenth(world: World, pupil: Pupil) -> str | None:
    """The day on which the pupil turns fourteen, where his birth date says it."""
    [born] = [row["birth_date"] for row in world.rows["person"] if row["source_id"] == pupil.name]
    if not born or not born[:4].isdigit():
        return None
    return f"{int(born[:4]) + 14}{born[4:]}"


def _add_address(world: World, pupil: Pupil, kind: str | None, what: str) -> None:
    chance, is_odd = world.chance, pupil.is_odd(what)
    row: Row = {
        "kind": kind,
        "locality": chance.one(pools.ODD_LOCALITIES if is_odd else pools.LOCALITIES),
        "street": "Ленина",
        "house": chance.one(pools.ODD_HOUSES if is_odd and chance.often(0.7) else pools.HOUSES),
        "fias_id": chance.one(pools.FIAS) if chance.often(0.15) else chance.one(pools.ODD_FIAS),
        "same_as_registration": "false",
        "valid_until": chance.to_come() if kind == "temporary" else None,
    }
    if kind == "temporary":
        row["valid_until"] = chance.day() if is_odd else chance.day(readable=True)
    if chance.often(0.3):
        row["same_as_registration"] = chance.one(("true", None, "да"))
    _add(world, pupil, "address", **row)


def _add_guardian(world: World, pupil: Pupil) -> str:
    chance, is_odd = world.chance, pupil.is_odd("guardians")
    names = pools.ODD_NAMES if is_odd and chance.often(0.6) else pools.FIRST_NAMES
    kind = chance.one(pools.ODD_GUARDIAN_TYPES if is_odd and chance.often(0.5) else pools.GUARDIAN_TYPES)
    row: Row = {
        "type_code": kind,
        "last_name": chance.one(pools.ODD_NAMES if is_odd and chance.often(0.5) else pools.LAST_NAMES),
        "first_name": chance.one(names),
        "middle_name": chance.one((None, "-", "Идарович")),
        "birth_date": chance.one((None, "1980-01-01")),
    }
    return _add(world, pupil, "guardian", **row)


def _add_contacts(world: World, pupil: Pupil, guardians: list[str]) -> None:
    """Contacts of the pupil and of his guardians; the group hangs on one of them often enough."""
    chance, is_odd = world.chance, pupil.is_odd("contacts")
    for kind in chance.some(("mobile", "phone", "email"), 0 if is_odd else 1, 3):
        for _ in range(chance.one((1, 1, 2))):
            value = chance.one(_contact_values(kind, is_odd=is_odd or chance.often(0.2)))
            _add(
                world,
                pupil,
                "contact",
                kind=chance.one((kind, kind, kind.upper())),
                value=value,
                guardian_id=None,
            )
    for guardian in guardians:
        kind = chance.one(("mobile", "phone", "email", "telegram"))
        value = chance.one(_contact_values(kind, is_odd=chance.often(0.5)))
        if chance.often(0.5):
            _add(world, pupil, "contact", kind=kind, value=value, guardian_id=guardian)


def _contact_values(kind: str, *, is_odd: bool) -> tuple[str | None, ...]:
    if kind == "email":
        return pools.ODD_EMAILS if is_odd else pools.EMAILS
    return pools.ODD_PHONES if is_odd else pools.PHONES


def _add_information(world: World, pupil: Pupil) -> None:
    """The block P21–P30; now and then two rows of it, or none."""
    odd = {f"P{number}" for number in range(21, 31)} & pupil.odd
    for _ in range(world.chance.one((0, 1, 1, 2)) if odd else 1):
        _add(world, pupil, "additional_info", **_information(world, pupil))


def _information(world: World, pupil: Pupil) -> Row:
    chance = world.chance

    def value(leaf: str, good: tuple[str | None, ...], odd: tuple[str | None, ...]) -> str | None:
        return chance.one(odd if pupil.is_odd(leaf) else good)

    words, odd_words = pools.STATUS_WORDS, pools.ODD_STATUS_WORDS
    since = {leaf: chance.day() if pupil.is_odd(leaf) else chance.past() for leaf in ("P23", "P27")}
    registers = {
        leaf: chance.one(("да", "Да"))
        if chance.often(0.4)
        else value(leaf, pools.REGISTERS, pools.ODD_REGISTERS)
        for leaf in since
    }
    return {
        "long_term_treatment_study_status": value("P21", words, odd_words),
        "adapted_program_need_status": value("P22", words, odd_words),
        "has_adapted_program": chance.one(("true", "false", "false", "false", None)),
        "school_register": registers["P23"],
        "school_register_since": since["P23"],
        "meal_provision": value("P24", pools.MEALS, pools.ODD_MEALS),
        "individual_study": value("P25", pools.YES_NO, pools.ODD_YES_NO),
        "externship": value("P26", pools.YES_NO, pools.ODD_YES_NO),
        "pdn_register": registers["P27"],
        "pdn_register_since": since["P27"],
        "health_limitation_status": value("P28", words, odd_words),
        "health_group_status": value("P29", ("filled",), (*odd_words, "declared_none")),
        "disability_status": value("P30", words, odd_words),
    }
