"""СНИЛС and ИНН of the worlds: right ones of numbers that nobody has, written in the ways people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.worlds.world import World


def snils(world: World, number: int) -> str:
    """A СНИЛС with right check digits, from the numbers not given out yet."""
    body = f"9{_serial(world, number):08}"
    total = sum(int(digit) * weight for digit, weight in zip(body, range(9, 0, -1), strict=True))
    check = f"{total % 101 % 100:02}"
    parts = (body[:3], body[3:6], body[6:])
    return world.chance.one(
        (
            f"{'-'.join(parts)} {check}", f"{'-'.join(parts)} {check}", body + check,
            f"{' '.join(parts)} {check}", f"{'–'.join(parts)}\u00a0{check}", f" {body}-{check}",
        )
    )  # fmt: skip


def inn(world: World, number: int) -> str:
    """An ИНН with right check digits."""
    digits = f"07{_serial(world, number):08}"
    for weights in ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)):
        digits += str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)
    return world.chance.one((digits, digits, f" {digits}", f"{digits[:4]} {digits[4:]}"))


def _serial(world: World, number: int) -> int:
    """A number of eight digits that no pupil of another world has."""
    digits = "".join(filter(str.isdigit, world.name))
    return (int(digits or 0) * 1_000 + number + 1) % 10**8
