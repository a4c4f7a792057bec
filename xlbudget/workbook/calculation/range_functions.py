"""Functions that read ranges or other rows: sums, look-ups, positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from xlbudget.model import ErrorValue
from xlbudget.workbook.calculation.values import (
    MISSING,
    NO_CELL,
    NO_VALUE,
    Each,
    decided_by,
    is_number,
    plus,
    summand,
    total_of,
)
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Text

if TYPE_CHECKING:
    from xlbudget.workbook.calculation.run import Run


def _sum(run: Run, node: Call) -> Any:
    """SUM: numbers of ranges, and single values; the first error among them is the sum."""
    fixed: Any = 0.0
    each: list[Any] | None = None
    for part in node.arguments:
        if isinstance(part, ColumnRange | LineCells):
            area = run.formulas.area(part)
            column = run.columns[area.key]
            values = [column[row] for row in run.number_rows(area)]
            fixed = plus(fixed, total_of(values))
            continue
        value = run.value(part)
        if isinstance(value, Each):
            olds = each or [0.0] * len(run.rows)
            each = [plus(old, summand(new)) for old, new in zip(olds, value, strict=True)]
        else:
            fixed = plus(fixed, summand(value))
    return fixed if each is None else Each([plus(fixed, value) for value in each])


def _looked_up(run: Run, node: Call) -> Any:
    """SUMIFS and COUNTIF: what the table of sums or counts holds for the wanted key."""
    return run.found(run.formulas.lookups[id(node)], 0.0)


def _match(run: Run, node: Call) -> Any:
    """MATCH: the first position of the wanted key; no error is ever found."""
    return run.found(run.formulas.lookups[id(node)], MISSING)


def _index(run: Run, node: Call) -> Any:
    """INDEX: the cell of a range at a position."""
    area = run.formulas.area(node.arguments[0])
    column, start, count = run.columns[area.key], area.rows.start - 1, len(area.rows)
    positions = run.value(node.arguments[1])

    def at(position: Any) -> Any:
        if type(position) is float and 1 <= position <= count:
            return column[start + int(position)]
        if not is_number(position):
            return position if isinstance(position, ErrorValue) else NO_VALUE
        if not 1 <= position <= count:
            return NO_VALUE if position < 1 else NO_CELL
        return column[start + int(position)]

    if isinstance(positions, Each):
        return Each([at(position) for position in positions])
    return at(positions)


def _every(run: Run, node: Call) -> Any:
    """AND, row by row."""
    return _logical(run, node, all)


def _some(run: Run, node: Call) -> Any:
    """OR, row by row."""
    return _logical(run, node, any)


def _logical(run: Run, node: Call, decide: Callable[[Any], bool]) -> Any:
    parts = [run.value(part) for part in node.arguments]
    if not any(isinstance(part, Each) for part in parts):
        return decided_by(parts, decide)
    rows = zip(*(run.listed(part) for part in parts), strict=True)
    return Each([decided_by(row, decide) for row in rows])


def _prior(_run: Run, _node: Call) -> Any:
    """Stand for 0: the running total is added in :meth:`step`."""
    return 0.0


def _last(run: Run, node: Call) -> Any:
    """LAST: the last cell of a column."""
    area = run.formulas.area(node.arguments[0])
    return run.columns[area.key][area.rows[-1]]


def _rows_available(run: Run, node: Call) -> Any:
    """CAPACITY: how many rows a table has."""
    name = node.arguments[0]
    return float(run.formulas.capacity[name.value]) if isinstance(name, Text) else 0.0


FUNCTIONS: Mapping[str, Callable[[Run, Call], Any]] = {
    "SUM": _sum,
    "SUMIFS": _looked_up,
    "COUNTIF": _looked_up,
    "MATCH": _match,
    "INDEX": _index,
    "AND": _every,
    "OR": _some,
    "PRIOR": _prior,
    "LAST": _last,
    "CAPACITY": _rows_available,
}
