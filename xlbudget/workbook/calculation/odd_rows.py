"""Rows that are out of the ordinary: formulas of one row over any operands, errors and texts among them.

The slow and careful half of what :mod:`.row_functions` does quickly. It computes as the ``formulas`` engine
does, which is held to it by test over operands of every kind; numbers are always float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from xlbudget.model import ErrorValue
from xlbudget.workbook.language import Call, Node, Number, Operation, RowCell, Text

Operands = Mapping[str, Any]
"""What stands for the letters of a formula: float, text, bool, None (an empty cell) or ErrorValue."""

_NOT_A_VALUE, _DIVIDED_BY_NOTHING, _TOO_LARGE = (
    ErrorValue("#VALUE!"),
    ErrorValue("#DIV/0!"),
    ErrorValue("#NUM!"),
)
_NUMBER, _TEXT, _TRUTH = range(3)
"""The order in which values of different kinds compare."""


def odd_row(node: Node, operands: Operands) -> Any:
    """Return the value of a formula of one row; an empty cell as the whole result gives 0.

    Raises TypeError for a formula that is not one of a row (:data:`.shapes.ROW_FUNCTIONS`).
    """
    return _or_zero(_value(node, operands))


def _value(node: Node, operands: Operands) -> Any:
    if isinstance(node, Number):
        return float(node.value)
    if isinstance(node, Text):
        return node.value
    if isinstance(node, RowCell):
        return operands[node.table]
    if isinstance(node, Operation):
        return _operation(node.operator, _value(node.left, operands), _value(node.right, operands))
    if isinstance(node, Call) and node.function in _CALLS:
        return _CALLS[node.function](node, operands)
    raise TypeError(f"{node} is not for rows")


def _operation(operator: str, left: Any, right: Any) -> Any:
    """Return the result of an operator; the first error among its operands comes before all else."""
    for operand in (left, right):
        if isinstance(operand, ErrorValue):
            return operand
    if operator == "&":
        return _shown(left) + _shown(right)
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](*_comparable(left, right))
    try:
        return _ARITHMETIC[operator](_as_number(left), _as_number(right))
    except ValueError:
        return _NOT_A_VALUE
    except ZeroDivisionError:
        return _DIVIDED_BY_NOTHING


def _finite(number: float) -> Any:
    return number if isfinite(number) else _TOO_LARGE


_ARITHMETIC: Mapping[str, Callable[[float, float], Any]] = {
    "+": lambda left, right: _finite(left + right),
    "-": lambda left, right: _finite(left - right),
    "*": lambda left, right: _finite(left * right),
    "/": lambda left, right: _finite(left / right),
}

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _as_number(value: Any) -> float:
    """Return a value as a number, a text by what it says; ValueError for a text that says none."""
    return 0.0 if value is None else float(value)


def _shown(value: Any) -> str:
    """Return a value as it is joined to a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _comparable(left: Any, right: Any) -> tuple[tuple[int, Any], tuple[int, Any]]:
    """Return two values for comparison: numbers, texts, truths; an empty cell as the other's kind."""
    if left is None:
        left = "" if isinstance(right, str) else 0.0
    if right is None:
        right = "" if isinstance(left, str) else 0.0
    return _ranked(left), _ranked(right)


def _ranked(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return _TRUTH, value
    return (_TEXT, value.upper()) if isinstance(value, str) else (_NUMBER, value)


def _if(node: Call, operands: Operands) -> Any:
    condition, chosen, otherwise = node.arguments
    value = _value(condition, operands)
    if isinstance(value, ErrorValue):
        return value
    if isinstance(value, str):
        return _NOT_A_VALUE
    return _or_zero(_value(chosen if value else otherwise, operands))


def _iferror(node: Call, operands: Operands) -> Any:
    tested, otherwise = node.arguments
    value = _value(tested, operands)
    return _or_zero(_value(otherwise, operands) if isinstance(value, ErrorValue) else value)


def _abs(node: Call, operands: Operands) -> Any:
    value = _value(node.arguments[0], operands)
    if isinstance(value, ErrorValue):
        return value
    try:
        return _finite(abs(_as_number(value)))
    except ValueError:
        return _NOT_A_VALUE


def _or_zero(value: Any) -> Any:
    return 0.0 if value is None else value


_CALLS: Mapping[str, Callable[[Call, Operands], Any]] = {"ABS": _abs, "IF": _if, "IFERROR": _iferror}
