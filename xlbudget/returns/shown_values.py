"""What a cell shows where its number format makes something else of the number that it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from xlbudget.model import StoredCell

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_DAY_ZERO, _DAY_ZERO_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LAST_DAY = 2_958_465  # 9999-12-31


class FormatKind(StrEnum):
    """What a number format makes of a number; the value is the word that people know."""

    DATE = "日期"
    PERCENT = "百分比"
    FRACTION = "分数"
    SCIENTIFIC = "科学记数"


def odd_formats(codes: Sequence[str]) -> dict[int, FormatKind]:
    """Return the styles whose number format shows no plain number, with what it shows."""
    kinds = {at: _kind(code) for at, code in enumerate(codes) if code}
    return {at: kind for at, kind in kinds.items() if kind is not None}


def _kind(code: str) -> FormatKind | None:
    first = _LITERAL.sub("", code.split(";", maxsplit=1)[0])
    if "%" in first:
        return FormatKind.PERCENT
    if re.search("[eE][+-]", first):
        return FormatKind.SCIENTIFIC
    if "general" in first.lower():
        return None
    if re.search("[ymdhsYMDHS年月日]", first):
        return FormatKind.DATE
    return FormatKind.FRACTION if re.search(r"[?#0]\s*/\s*[?#0-9]", first) else None


def shown_by(cell: StoredCell, kind: FormatKind, *, date_1904: bool) -> str:
    """Return what a cell with a number shows, or an empty text where that is the number itself."""
    value = cell.value
    if cell.kind != "n" or not isinstance(value, Decimal):
        return ""
    if kind is FormatKind.PERCENT:
        return f"{format((value * 100).normalize(), 'f')}%"
    if kind is FormatKind.DATE:
        return _date(value, _DAY_ZERO_1904 if date_1904 else _DAY_ZERO)
    if kind is FormatKind.FRACTION:
        part = Fraction(value).limit_denominator(99)
        return "" if value == value.to_integral_value() else f"{part.numerator}/{part.denominator}"
    shown = f"{value:.2E}"
    return "" if Decimal(shown) == value and abs(value) < 10 else shown


def _date(value: Decimal, zero: datetime) -> str:
    if not 0 <= value <= _LAST_DAY:
        return "########"
    moment = zero + timedelta(days=float(value))
    return moment.strftime("%Y-%m-%d" if value == value.to_integral_value() else "%Y-%m-%d %H:%M")
