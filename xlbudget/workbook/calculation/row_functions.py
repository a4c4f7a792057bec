"""Operators and IF compiled to plain Python for rows of ordinary values: the quick half of recalculation.

Only what Excel and every engine compute alike is done here: sums and products of numbers, comparisons
of like with like, joining texts, choosing. A row with anything else (an error, a number where a text is
meant, a division by zero) raises :class:`Unusual` and is left to :mod:`.odd_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from xlbudget.workbook.language import Call, Node, Number, Operation, RowCell, Text

_COMPARE = {"=": "same({0},{1})", "<>": "not same({0},{1})"}
_EQUAL = {"=": "==", "<>": "!="}
_ORDER = {"<", "<=", ">", ">="}


class Unusual(Exception):
    """Raised for a row whose values the quick half does not handle."""


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if value is None:
        return 0.0
    raise Unusual


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    raise Unusual


def _truth(value: Any) -> bool:
    if type(value) is bool:
        return value
    return _number(value) != 0


def _same(left: Any, right: Any) -> bool:
    """Compare like with like; an empty cell equals 0 and the empty text; texts without regard to case."""
    kind = type(left)
    if kind is type(right):
        if kind is str:
            return bool(left == right or left.lower() == right.lower())
        if kind is float or left is None:
            return bool(left == right)
        raise Unusual
    if left is None:
        left, right = right, left
    if right is None and type(left) in (float, str):
        return left in (0.0, "")
    if type(left) in (float, str) and type(right) in (float, str):
        return False  # a number never equals a text
    raise Unusual


def _is_error(value: Any) -> bool:
    """Whether a value is an error; an empty cell is out of the ordinary."""
    if type(value) in (float, str, bool):
        return False
    if value is None:
        raise Unusual
    return True


def _value(value: Any) -> Any:
    """Return a chosen value; an empty cell and an error are out of the ordinary."""
    if type(value) in (float, str, bool):
        return value
    raise Unusual


def _result(value: Any) -> Any:
    """Return a chosen value that is the whole formula's: an empty cell gives 0."""
    return 0.0 if value is None else _value(value)


_NAMES = {
    "number": _number,
    "text": _text,
    "truth": _truth,
    "same": _same,
    "is_error": _is_error,
    "value": _value,
    "result": _result,
    "abs": abs,
    "float": float,
    "str": str,
    "ordinary": frozenset((float, str, bool)),
    "__builtins__": {},
}


@lru_cache(maxsize=4096)
def row_function(node: Node, letters: tuple[str, ...]) -> Callable[..., Any]:
    """Return the function of one row; ``node`` refers to its arguments by ``letters``."""
    source = f"lambda {','.join(letters)}: {_whole(node)}"
    return eval(source, _NAMES)  # type: ignore[no-any-return]  # noqa: S307 - nothing but our own words


def each_row(
    function: Callable[..., Any], columns: Sequence[Iterable[Any]], count: int
) -> tuple[list[Any], list[int]]:
    """Return the function's value for every row, and the rows that are out of the ordinary."""
    try:
        values = list(map(function, *columns)) if columns else [function()] * count
        if not any([type(value) is float and not isfinite(value) for value in values]):  # noqa: C419
            return values, []
    except (Unusual, ZeroDivisionError, OverflowError):
        pass
    return _one_by_one(function, columns, count)


def _one_by_one(
    function: Callable[..., Any], columns: Sequence[Iterable[Any]], count: int
) -> tuple[list[Any], list[int]]:
    rows = zip(*columns, strict=True) if columns else ((),) * count
    values: list[Any] = []
    left: list[int] = []
    for at, row in enumerate(rows):
        try:
            value = function(*row)
            if type(value) is float and not isfinite(value):
                raise Unusual
        except (Unusual, ZeroDivisionError, OverflowError):
            left.append(at)
            value = None
        values.append(value)
    return values, left


def _is_numeric(node: Node) -> bool:
    return isinstance(node, Operation) and node.operator in "+-*/"


def _whole(node: Node) -> str:
    """Return the source of a whole formula, or of a branch whose value is that of the whole."""
    if isinstance(node, RowCell):
        return _chosen(node, "result")
    if isinstance(node, Call) and node.function == "IF":
        return _if(node, _whole)
    return _source(node)


def _chosen(node: RowCell, otherwise: str) -> str:
    return f"({node.table} if {node.table}.__class__ in ordinary else {otherwise}({node.table}))"


def _source(node: Node) -> str:
    if isinstance(node, Number):
        return repr(float(node.value))
    if isinstance(node, Text):
        return repr(node.value)
    if isinstance(node, RowCell):
        return _chosen(node, "value")
    if isinstance(node, Operation):
        return _operation(node)
    if isinstance(node, Call) and node.function in _CALLS:
        return _CALLS[node.function](node)
    raise TypeError(f"{node} is not for rows")


def _abs(node: Call) -> str:
    return f"abs({_as_number(node.arguments[0])})"


def _if(node: Call, branch: Callable[[Node], str] = _source) -> str:
    condition, chosen, otherwise = node.arguments
    return f"({branch(chosen)} if {_as_truth(condition)} else {branch(otherwise)})"


def _operation(node: Operation) -> str:
    if node.operator == "&":
        return f"({_as_text(node.left)}+{_as_text(node.right)})"
    if node.operator in _COMPARE:
        return _compared(node)
    return f"({_as_number(node.left)}{node.operator}{_as_number(node.right)})"


def _compared(node: Operation) -> str:
    """Compare as :func:`_same` does, in place where a cell is compared with a constant of its own kind."""
    usual = "(" + _COMPARE[node.operator].format(_raw(node.left), _raw(node.right)) + ")"
    if not isinstance(node.left, RowCell):
        return usual
    name, equal, constant = node.left.table, _EQUAL[node.operator], node.right
    if isinstance(constant, Number):
        return f"({name}{equal}{_source(constant)} if {name}.__class__ is float else {usual})"
    if isinstance(constant, Text):
        return f"({name}.lower(){equal}{constant.value.lower()!r} if {name}.__class__ is str else {usual})"
    return usual


def _iferror(node: Call) -> str:
    """Test the first value that goes in; an error that arises later is out of the ordinary."""
    tested, otherwise = node.arguments
    first = tested.left if isinstance(tested, Operation) and tested.operator == "&" else tested
    if not isinstance(first, RowCell):
        return _source(tested)
    value = first.table if first is tested else _source(tested)
    return f"({_source(otherwise)} if is_error({first.table}) else {value})"


def _raw(node: Node) -> str:
    return node.table if isinstance(node, RowCell) else _source(node)


def _as_number(node: Node) -> str:
    if isinstance(node, Number) or _is_numeric(node):
        return _source(node)
    if isinstance(node, RowCell):
        return f"({node.table} if {node.table}.__class__ is float else number({node.table}))"
    return f"number({_raw(node)})"


def _as_text(node: Node) -> str:
    return f"text({_raw(node)})"


def _as_truth(node: Node) -> str:
    if isinstance(node, Operation) and node.operator in (*_COMPARE, *_ORDER):
        return _source(node)
    return f"truth({_raw(node)})"


_CALLS: Mapping[str, Callable[[Call], str]] = {"ABS": _abs, "IF": _if, "IFERROR": _iferror}
