"""Values of cells, and numbers as spreadsheets keep them."""

from __future__ import annotations

from decimal import Decimal

CellValue = Decimal | str | bool | None
"""A value read from or computed for a cell; ``None`` is an empty cell."""


class ErrorValue(str):
    """An Excel error such as ``#N/A`` as a value."""

    __slots__ = ()


def fifteen_digits(text: str) -> Decimal:
    """Return a number as spreadsheets keep and show it: 15 digits, the rest is noise.

    Raises ValueError when the text is no number; too large a number is infinite.
    """
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return Decimal(f"{float(text):.15g}")
