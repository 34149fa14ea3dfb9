"""Digital content and the evidence that it was verified (orders 543, 544, 545; domain A8, A10)."""

from __future__ import annotations

from typing import NamedTuple

from o7_simulator.people import FOREVER, Row, iso

ORDERS = ("543", "544", "545")
_EVIDENCE_FROM = 738_100
"""29.10.2021, after the three orders came into force."""


class Resource(NamedTuple):
    """A resource and how well it is evidenced."""

    id: str
    name: str
    platform: str
    evidence: str
    """`full`, `without_545`, `blank_number` (one evidence number is missing), `ended`, `ending`."""


RESOURCES = (
    Resource("r01", "SkySmart Интерактивная тетрадь", "SkySmart", "full"),
    Resource("r02", "SkySmart Класс", "SkySmart", "without_545"),
    Resource("r03", "Учи.ру", "Учи.ру", "full"),
    Resource("r04", "ЯКласс", "ЯКласс", "blank_number"),
    Resource("r05", "Мобильное электронное образование", "МЭО", "ended"),
    Resource("r06", "Яндекс Учебник", "Яндекс", "full"),
    Resource("r07", "Фоксфорд", "Фоксфорд", "ending"),
)
FOR_PUPILS = (0,) * 8 + (2,) * 6 + (5,) * 5 + (6,)
FOR_STAFF = (0,)
OTHER_FOR_STAFF = 2
UNVERIFIED = 1
SKYSMART = frozenset(number for number, resource in enumerate(RESOURCES) if resource.platform == "SkySmart")


def _last_day(resource: Resource, order: str, first_night: int) -> int:
    """Last day of an evidence; `ending` runs out on the second night."""
    if order != "544":
        return FOREVER
    return {"ended": first_night - 30, "ending": first_night}.get(resource.evidence, FOREVER)


def is_verified(number: int, day: int, first_night: int) -> bool:
    """Whether the resource has all three evidences on the day."""
    resource = RESOURCES[number]
    if resource.evidence in ("without_545", "blank_number"):
        return False
    return all(_last_day(resource, order, first_night) >= day for order in ORDERS)


def rows(prefix: str, first_night: int) -> list[Row]:
    """Rows of content_resource and content_verification, the same on every night."""
    stamp = f"{iso(_EVIDENCE_FROM)}T12:00:00+03:00"
    result: list[Row] = []
    for resource in RESOURCES:
        result.append(
            ("content_resource", f"{prefix}{resource.id};{stamp};{resource.name};{resource.platform}")
        )
        for order in ORDERS:
            if resource.evidence == "without_545" and order == "545":
                continue
            number = (
                '""'
                if resource.evidence == "blank_number" and order == "544"
                else f"{order}-{resource.id[1:]}"
            )
            last = _last_day(resource, order, first_night)
            result.append(
                (
                    "content_verification",
                    (
                        f"{prefix}{resource.id}-{order};{stamp};{prefix}{resource.id};{order};{number};"
                        f"{iso(_EVIDENCE_FROM)};{'' if last == FOREVER else iso(last)}"
                    ),
                )
            )
    return result
