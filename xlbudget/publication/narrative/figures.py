"""How figures are printed in texts: written here and nowhere else, rounded once, half up."""

from __future__ import annotations

from decimal import Decimal

from xlbudget.model.words import published

SHARE_DECIMALS = 2
"""Shares and rates are printed in per cent with two decimals, as published budgets do."""


def amount_text(value: Decimal, decimals: int) -> str:
    """Return an amount as texts print it: thousands separators, fixed decimals, ``0`` for nil."""
    rounded = published(value, decimals)
    return f"{rounded:,}" if rounded else "0"


def number_text(value: Decimal) -> str:
    """Return a number as it is, without separators."""
    return format(value.normalize(), "f") if value else "0"


def percent_text(fraction: Decimal) -> str:
    """Return a fraction of one in per cent; ``0%`` for nil."""
    rounded = published(fraction * 100, SHARE_DECIMALS)
    return f"{rounded}%" if rounded else "0%"


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return the part as a fraction of the whole; of nothing everything is nil."""
    return part / whole if whole else Decimal(0)
