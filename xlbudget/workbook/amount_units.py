"""In which unit of money the value of a formula is: that of the columns it adds up."""

from __future__ import annotations

from fractions import Fraction

from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, Number, Operation, RowCell
from xlbudget.workbook.layout import Layout

_SCALED = "×"
"""What a multiplication makes of a unit: only whoever wrote it knows."""
_ADDED = {"SUM": slice(None), "ABS": slice(None), "IF": slice(1, None), "IFERROR": slice(None)}
_FETCHED = {"SUMIFS", "INDEX", "LAST", "PRIOR"}


def money_of(node: Node, layout: Layout) -> str:
    """Return the unit of money of a bound formula; empty where it has none, several, or is scaled."""
    found = _units(node, layout)
    return found.pop() if len(found) == 1 and _SCALED not in found else ""


def money_of_sides(left: Node, right: Node, layout: Layout) -> str:
    """Return the unit in which two sides are compared: that of one of them, else that of the forms."""
    return money_of(left, layout) or money_of(right, layout) or layout.template.form_money


def _units(node: Node, layout: Layout) -> set[str]:
    if isinstance(node, RowCell | ColumnRange | LineCells):
        column = layout.column(node.table, node.column)
        return {column.money} if column is not None and column.money else set()
    if isinstance(node, Operation):
        if node.operator in {"*", "/"} and isinstance(node.right, Number):
            return {_SCALED}
        both = _units(node.left, layout) | _units(node.right, layout)
        if node.operator in {"*", "/"}:
            return {_SCALED} if both else both
        return both if node.operator in {"+", "-"} else set()
    if isinstance(node, Call):
        parts = node.arguments[_ADDED[node.function]] if node.function in _ADDED else ()
        if node.function in _FETCHED:
            parts = node.arguments[:1]
        return set[str]().union(*(_units(part, layout) for part in parts))
    return set()


class Unscaled(ValueError):
    """What a formula multiplies or divides is no constant: nobody can say in which unit the result is."""


def sizes_of(node: Node, layout: Layout) -> set[Fraction]:
    """Return what one of a formula's result is in the money of the entries; nothing where it is no money.

    Several sizes are several units added up. Raises Unscaled where an amount is scaled by no constant.
    """
    if isinstance(node, RowCell | ColumnRange | LineCells):
        column = layout.column(node.table, node.column)
        return (
            {Fraction(layout.template.moneys[column.money])} if column is not None and column.money else set()
        )
    if isinstance(node, Operation):
        return _operated(node, layout)
    if isinstance(node, Call):
        parts = node.arguments[_ADDED[node.function]] if node.function in _ADDED else ()
        if node.function in _FETCHED:
            parts = node.arguments[:1]
        return set[Fraction]().union(*(sizes_of(part, layout) for part in parts))
    return set()


def _operated(node: Operation, layout: Layout) -> set[Fraction]:
    left, right = sizes_of(node.left, layout), sizes_of(node.right, layout)
    if node.operator in {"+", "-"}:
        return left | right
    if node.operator == "/":
        return _scaled(left, right, _constant(node.right), divided=True)
    if node.operator == "*":
        if left:
            return _scaled(left, right, _constant(node.right), divided=False)
        return _scaled(right, left, _constant(node.left), divided=False)
    return set()


def _scaled(
    sizes: set[Fraction], by: set[Fraction], constant: Fraction | None, *, divided: bool
) -> set[Fraction]:
    if not sizes or (by and divided):
        return set()  # no money, or a share of it
    if by or not constant:
        raise Unscaled
    return {size * constant if divided else size / constant for size in sizes}


def _constant(node: Node) -> Fraction | None:
    """Return the value of a formula without names, or None."""
    if isinstance(node, Number):
        return Fraction(node.value)
    if isinstance(node, Operation) and node.operator in {"*", "/"}:
        left, right = _constant(node.left), _constant(node.right)
        if left is None or right is None or (node.operator == "/" and not right):
            return None
        return left * right if node.operator == "*" else left / right
    return None
