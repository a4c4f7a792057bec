"""Values of cells as spreadsheet programs add, compare and fold them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from xlbudget.model import ErrorValue
from xlbudget.workbook.language import Node, Number, Text

Column = list[Any]
"""The values of a column: float, text, bool, None or ErrorValue, one item a row."""


Table = dict[Any, float]
"""What a look-up finds for a key: a sum, a count or a position from 1."""


MISSING, NO_VALUE, NO_CELL = ErrorValue("#N/A"), ErrorValue("#VALUE!"), ErrorValue("#REF!")


class Each(list[Any]):
    """One value for each row being computed, as against one value for all of them."""

    __slots__ = ()


def constant_of(node: Node) -> Any:
    """Return the value of a constant node."""
    return float(node.value) if isinstance(node, Number) else node.value if isinstance(node, Text) else None


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same, kind and all."""
    return type(one) is type(other) and bool(one == other)


def folded(values: Iterable[Any]) -> list[Any]:
    """Return a column of keys as Excel compares them."""
    return [value.lower() if type(value) is str else value for value in values]


def folded_key(parts: Iterable[Any]) -> Any:
    """Return a key as Excel compares it: texts without regard to case, empty cells and errors apart."""
    return tuple(folded(parts))


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def is_summand(value: Any) -> bool:
    """Whether a value counts in a sum: numbers and errors do."""
    return is_number(value) or isinstance(value, ErrorValue)


def summand(value: Any) -> Any:
    """Return what a value adds to a sum: itself, if it is a number or an error, else nothing."""
    return value if is_summand(value) else 0.0


def plus(one: Any, other: Any) -> Any:
    """Add two numbers; an error is the sum, the first of two."""
    if isinstance(one, ErrorValue):
        return one
    return other if isinstance(other, ErrorValue) else one + other


def total_of(values: list[Any]) -> Any:
    """Return the sum of the numbers among values, or the first error."""
    kinds = set(map(type, values))
    if ErrorValue in kinds:
        return next(value for value in values if type(value) is ErrorValue)
    return added(values if kinds <= {float} else [value for value in values if is_number(value)])


def added(numbers: Iterable[float]) -> float:
    """Return the sum of floats added one after another from the first, as spreadsheet programs do.

    The builtin ``sum`` compensates for lost digits since Python 3.12: with it the same workbook had other
    last digits under another Python.
    """
    return reduce(operator.add, numbers, 0.0)


def decided_by(parts: Iterable[Any], decide: Callable[[Any], bool]) -> Any:
    """Return what AND or OR makes of some values; the first error among them is the result."""
    parts = list(parts)
    for part in parts:
        if isinstance(part, ErrorValue):
            return part
    return decide(bool(part) for part in parts)
