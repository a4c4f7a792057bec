"""What a year's budget of one unit looks like: bounds of its whole and lines, what is copied, what is odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from xlbudget.model.sources import Formula, Source


@dataclass(frozen=True, slots=True)
class LineBounds:
    """What the amounts of one kind of line come to: rows of ``table`` whose ``column`` has one of ``codes``.

    All of them together are ``least`` or more in a workbook that has any, none of them is above ``most``
    (entry money; None: not said).
    """

    name: str
    table: str
    column: str
    codes: tuple[str, ...]
    least: Decimal | None
    most: Decimal | None
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class CopiedAmounts:
    """Which runs of amounts nobody budgets twice: ``least`` in a row in ``tables``, ``distinct`` of them."""

    tables: tuple[str, ...]
    least: int
    distinct: int
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class OtherUnits:
    """How a unit differs from ``units`` or more beside it: ``apart`` times less, ``beyond`` times more."""

    units: int
    apart: int
    beyond: int
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What a year's budget of one unit looks like, to see whole workbooks in a wrong unit of money.

    ``whole`` is the form cell that everything adds up to. Below ``least`` it is none (form money); below
    ``doubtful`` it is one unless a line is below its own least. An amount ``apart`` times last year's, or
    less than that part of it, is asked about from ``floor`` on (entry money). ``copied`` and ``others`` say
    how copied amounts, and units out of proportion to others, are known; without them nobody looks.
    Amounts in columns ``left_over`` are left of last year: however little, they say nothing of this one.
    """

    whole: Formula
    least: Decimal
    doubtful: Decimal
    apart: int
    floor: Decimal
    lines: tuple[LineBounds, ...]
    source: Source = field(compare=False)
    copied: CopiedAmounts | None = None
    others: OtherUnits | None = None
    left_over: tuple[str, ...] = ()
