"""What is peculiar to each municipality: weight, schools, languages, villages (domain §4.1, §4.2).

Names of the municipalities are not here: they come from the seed `municipalities`.
"""

from __future__ import annotations

from dataclasses import dataclass

STATE = "STATE"
REGION = "83000000"
REPUBLIC_PUPILS = 123_000
STATE_SHARE = 0.020
PRIVATE_SCHOOLS = 2

Mix = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A municipality, or the state organisations of the Ministry (`code` STATE)."""

    code: str
    weight: float
    schools: int
    urban: float
    """Share of its schools that stand in a town."""
    mountain: float
    """Share of its schools that are small mountain ones, with more faults in their data."""
    fault_factor: float
    languages: Mix
    towns: tuple[str, ...]
    villages: tuple[str, ...]


_KABARDIAN: Mix = (("kbd", 0.92), ("rus", 0.04), ("krc", 0.01), ("other", 0.03))
_RUSSIAN: Mix = (("rus", 0.58), ("kbd", 0.30), ("krc", 0.02), ("other", 0.10))
_BALKAR: Mix = (("krc", 0.63), ("kbd", 0.23), ("rus", 0.10), ("other", 0.04))
_CHEGEM: Mix = (("kbd", 0.70), ("krc", 0.20), ("rus", 0.06), ("other", 0.04))
_NALCHIK: Mix = (("kbd", 0.55), ("rus", 0.25), ("krc", 0.12), ("other", 0.08))

UNITS: tuple[Unit, ...] = (
    Unit("83701000", 0.301, 38, 1.0, 0.0, 0.75, _NALCHIK, ("Нальчик",), ("Хасанья", "Белая Речка", "Кенже")),
    Unit("83703000", 0.067, 12, 1.0, 0.0, 0.90, _KABARDIAN, ("Баксан",), ("Дыгулыбгей",)),
    Unit("83710000", 0.068, 12, 1.0, 0.0, 0.85, _RUSSIAN, ("Прохладный",), ("Прохладный",)),
    Unit(
        "83610000",
        0.072,
        21,
        0.0,
        0.05,
        1.05,
        _KABARDIAN,
        ("Баксан",),
        ("Заюково", "Исламей", "Атажукино", "Нижний Куркужин"),
    ),
    Unit(
        "83615000",
        0.056,
        23,
        0.1,
        0.25,
        1.35,
        _KABARDIAN,
        ("Залукокоаже",),
        ("Малка", "Каменномостское", "Сармаково", "Кичмалка", "Хабаз"),
    ),
    Unit(
        "83618000",
        0.034,
        12,
        0.0,
        0.15,
        1.15,
        _KABARDIAN,
        ("Анзорей",),
        ("Аргудан", "Анзорей", "Урух", "Ташлы-Тала"),
    ),
    Unit("83620000", 0.042, 13, 0.5, 0.0, 0.80, _RUSSIAN, ("Майский",), ("Александровская", "Котляревская")),
    Unit(
        "83625000",
        0.053,
        26,
        0.0,
        0.0,
        1.10,
        _RUSSIAN,
        ("Прохладный",),
        ("Алтуд", "Карагач", "Солдатская", "Екатериноградская"),
    ),
    Unit(
        "83635000",
        0.059,
        24,
        0.3,
        0.05,
        1.00,
        _KABARDIAN,
        ("Терек",),
        ("Дейское", "Плановское", "Верхний Акбаш"),
    ),
    Unit(
        "83640000",
        0.085,
        22,
        0.3,
        0.0,
        0.95,
        _KABARDIAN,
        ("Нарткала",),
        ("Старый Черек", "Псыгансу", "Кахун", "Герменчик"),
    ),
    Unit(
        "83645000",
        0.087,
        21,
        0.3,
        0.20,
        1.20,
        _CHEGEM,
        ("Чегем",),
        ("Нартан", "Шалушка", "Чегем-Второй", "Лечинкай", "Яникой", "Хушто-Сырт"),
    ),
    Unit(
        "83630000",
        0.033,
        15,
        0.1,
        0.50,
        1.60,
        _BALKAR,
        ("Кашхатау",),
        ("Бабугент", "Безенги", "Верхняя Балкария", "Аушигер", "Герпегеж"),
    ),
    Unit(
        "83648000",
        0.043,
        15,
        0.4,
        0.35,
        1.45,
        _BALKAR,
        ("Тырныауз",),
        ("Кенделен", "Былым", "Эльбрус", "Верхний Баксан"),
    ),
    Unit(STATE, 0.0, 9, 1.0, 0.0, 0.70, _NALCHIK, ("Нальчик",), ("Нальчик",)),
)

STATE_SEATS = (
    "83701000",
    "83701000",
    "83701000",
    "83640000",
    "83703000",
    "83648000",
    "83635000",
    "83710000",
    "83701000",
)
"""Municipalities where the state organisations stand, in order."""

STREETS = (
    "Ленина",
    "Мира",
    "Кабардинская",
    "Советская",
    "Октябрьская",
    "Шогенцукова",
    "Кулиева",
    "Пушкина",
    "Гагарина",
    "Надречная",
    "Школьная",
    "Балкарская",
    "Толстого",
    "Кирова",
    "Заречная",
    "Садовая",
)

CITIZENSHIPS = (
    "792",
    "760",
    "400",
    "268",
    "895",
    "031",
    "051",
    "804",
    "398",
    "860",
    "762",
    "417",
    "795",
    "112",
    "275",
)
"""ОКСМ codes of the countries whose citizens study in the republic (domain §3.6)."""


def unit_weights() -> list[float]:
    """Share of the republic's pupils of each unit, in the order of `UNITS`; sums to one."""
    municipal = sum(unit.weight for unit in UNITS)
    return [
        STATE_SHARE if unit.code == STATE else unit.weight / municipal * (1 - STATE_SHARE) for unit in UNITS
    ]
