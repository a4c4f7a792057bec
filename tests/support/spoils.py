"""Slips of the hand, made on purpose: one amount becomes another, or a block moves by a line."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from xlbudget.model import Cell

CENT = Decimal("0.01")
Amounts = Mapping[Cell, Decimal]


@dataclass(frozen=True)
class Spoil:
    """Cells with the values typed by mistake; ``cell`` is the one to be named."""

    kind: str
    cell: Cell
    typed: Mapping[Cell, Decimal]


def rewritten(
    change: Callable[[str, random.Random], str | None],
) -> Callable[[Decimal, random.Random], Decimal | None]:
    """Return a slip of the digits: on an amount as people write it, without zeros at the end."""

    def slip(value: Decimal, chance: random.Random) -> Decimal | None:
        text = format(abs(value).normalize(), "f")
        if sum(sign.isdigit() for sign in text) < 2:
            return None
        new = change(text, chance)
        return None if new is None else Decimal(new) * (-1 if value < 0 else 1)

    return slip


def _places(text: str) -> list[int]:
    return [at for at, sign in enumerate(text) if sign != "."]


def _swapped(text: str, chance: random.Random) -> str | None:
    places = _places(text)
    pairs = [(a, b) for a, b in pairwise(places) if text[a] != text[b]]
    if not pairs:
        return None
    a, b = chance.choice(pairs)
    parts = list(text)
    parts[a], parts[b] = parts[b], parts[a]
    return "".join(parts)


def _dropped(text: str, chance: random.Random) -> str:
    at = chance.choice(_places(text))
    return (text[:at] + text[at + 1 :]).strip(".") or "0"


def _doubled(text: str, chance: random.Random) -> str:
    at = chance.choice(_places(text))
    return text[:at] + text[at] + text[at:]


def _wrong(text: str, chance: random.Random) -> str:
    at = chance.choice(_places(text))
    return text[:at] + chance.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]


def factor(*factors: str) -> Callable[[Decimal, random.Random], Decimal | None]:
    def slip(value: Decimal, chance: random.Random) -> Decimal | None:
        return value * Decimal(chance.choice(factors))

    return slip


SLIPS: dict[str, Callable[[Decimal, random.Random], Decimal | None]] = {
    "swapped_digits": rewritten(_swapped),
    "dropped_digit": rewritten(_dropped),
    "doubled_digit": rewritten(_doubled),
    "wrong_digit": rewritten(_wrong),
    "sign": lambda value, chance: -value,
    "decimal_point": factor("10", "0.1"),
    "hundred": factor("100", "0.01"),
    "ten_thousand": factor("10000", "0.0001"),
    "left_empty": lambda value, chance: Decimal(0),
    "last_year": lambda value, chance: value * Decimal(chance.randint(60, 140)) / 100,
    "small_change": lambda value, chance: (
        value + chance.choice([-1, 1]) * Decimal(chance.randint(5, 30)) / 100
    ),
}
"""Slips of one amount by itself."""


def amount_slip(
    kind: str, cells: Sequence[Cell], amounts: Amounts, chance: random.Random, step: Decimal = CENT
) -> Spoil | None:
    """Return a slip of one of the cells, or None when it comes to nothing."""
    cell = chance.choice(cells)
    typed = SLIPS[kind](amounts[cell], chance)
    if typed is None:
        return None
    typed = typed.quantize(step, ROUND_HALF_UP)
    return None if typed == amounts[cell] else Spoil(kind, cell, {cell: typed})


def other_line(cells: Sequence[Cell], amounts: Amounts, chance: random.Random) -> Spoil | None:
    """Return the slip of typing what belongs in the line above or below."""
    cell = chance.choice(cells)
    beside = Cell(cell.table, cell.row + chance.choice([-1, 1]), cell.column)
    if beside not in amounts or amounts[beside] in {Decimal(0), amounts[cell]}:
        return None
    return Spoil("other_line", cell, {cell: amounts[beside]})


def moved_block(
    cells: Sequence[Cell], amounts: Amounts, chance: random.Random, *, whole: bool
) -> Spoil | None:
    """Return a block of two to five lines pasted one line off: one column of it, or all columns."""
    start = chance.choice(cells)
    rows = sorted({cell.row for cell in amounts if cell.table == start.table})
    columns = [start.column]
    if whole:
        columns = sorted({cell.column for cell in amounts if cell.table == start.table})
    at, length, shift = rows.index(start.row), chance.randint(2, 5), chance.choice([1, -1])
    lines = rows[at : at + length]
    goals = rows[max(at + shift, 0) : at + shift + length]
    if len(lines) != length or len(goals) != length or lines[-1] - lines[0] != length - 1:
        return None
    typed = {}
    for line, goal in zip(lines, goals, strict=True):
        for column in columns:
            old, new = Cell(start.table, line, column), Cell(start.table, goal, column)
            if new in amounts and amounts[new] != amounts.get(old, Decimal(0)):
                typed[new] = amounts.get(old, Decimal(0))
    if len({cell.row for cell in typed}) < 2:
        return None
    return Spoil("row_moved" if whole else "block_moved", min(typed), typed)
