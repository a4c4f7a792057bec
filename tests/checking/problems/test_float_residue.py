"""Digits that adding and subtracting in binary leave behind an amount are none of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support import builders
from support.builders import PROJECTS, Row

from xlbudget.model import StoredCell, Trouble
from xlbudget.returns.entry_values import read_amount

Found = Callable[[bytes], list[Row]]


def test_found_where_nothing_is_left_but_digits(reference: bytes, found: Found) -> None:
    """What 0.1 + 0.2 - 0.3 and the like leave in a cell of a row that has another amount."""
    assert found(builders.typed(reference, PROJECTS, {"I6": -1.4551915228366852e-11})) == [
        ("float_residue", "note", PROJECTS, "I6", "-1.4551915228366852e-11", None, None)
    ]


def test_passed_where_an_amount_has_its_own_digits(reference: bytes, found: Found) -> None:
    assert found(reference) == []


@pytest.mark.parametrize(
    ("stored", "read", "residue"),
    [
        ("-1.4551915228366852E-11", "0", True),
        ("5.8207660913467407E-11", "0", True),
        (repr(100.1 - 100), "0.1", True),
        (repr(1234567.89 - 1234567), "0.89", True),
        (repr(0.1 + 0.2), "0.3", False),  # the 15 digits that programs keep hold no residue
        ("0.123456789", "0.123456789", False),
        ("0.00000047", "0.00000047", False),
        ("1234.567", "1234.567", False),
        ("66734298", "66734298", False),
    ],
)
def test_found_only_beyond_what_anybody_types(stored: str, read: str, residue: bool) -> None:
    value, trouble = read_amount(StoredCell("n", stored))
    assert (value, trouble) == (Decimal(read), Trouble.FLOAT_RESIDUE if residue else None)
