"""In which unit of money the value of a formula is: that of the columns it adds up."""

from __future__ import annotations

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
