"""What the plan cannot take: formulas that it would compute otherwise than a spreadsheet program does.

Found when a template is compiled, before any workbook is read. ``xlbudget lint`` refuses most of these in
definitions; here is what stands between a definition that nobody linted and a wrong number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from xlbudget.workbook.calculation.order import RowsOf
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    walk,
)

_PATTERN = re.compile(r"[*?~]|^[<>=]")
"""What makes a criterion more than the text it looks for."""


def beyond_the_plan(groups: Iterable[FormulaGroup], rows_of: RowsOf) -> tuple[str, ...]:
    """Return, in Chinese, which formulas the plan cannot take and why: ``table[column]：reason``."""
    found: dict[str, None] = {}
    for group in groups:
        for reason in (*_running(group), *_calls(group.node, rows_of)):
            found[f"{group.table}[{group.column}]：{reason}"] = None
    return tuple(found)


def _running(group: FormulaGroup) -> Iterator[str]:
    """Running counts add to the value one row up; nothing else can be done with it."""
    prior = [part for part in walk(group.node) if isinstance(part, Call) and part.function == "PRIOR"]
    first = group.node
    while isinstance(first, Operation) and first.operator == "+":
        first = first.left
    own = (RowCell(group.table, group.column),)
    if prior and (len(prior) > 1 or first is not prior[0] or prior[0].arguments != own):
        yield "PRIOR 不是写在最前面的逐行累计"


def _calls(node: Node, rows_of: RowsOf) -> Iterator[str]:
    for part in walk(node):
        if not isinstance(part, Call):
            continue
        ranges, _ = _looked_up(part)
        if not all(isinstance(area, ColumnRange | LineCells) for area in ranges):
            yield f"{part.function} 查找的不是一列单元格"
        elif len({len(rows_of(area)) for area in ranges if isinstance(area, ColumnRange | LineCells)}) > 1:
            yield f"{part.function} 的各列行数不同"
        if part.function == "MATCH" and not _is_zero(part.arguments[2]):
            yield "MATCH 的第三个参数不是 0（精确查找）"
        yield from odd_criteria(part)


def odd_criteria(call: Call) -> Iterator[str]:
    """Yield the criteria of a conditional sum or count that are more or less than a text to be found."""
    for wanted in _looked_up(call)[1]:
        if isinstance(wanted, Number):
            yield f"{call.function} 按数字查找"
        elif isinstance(wanted, Text) and (not wanted.value or _PATTERN.search(wanted.value)):
            yield f"{call.function} 的条件“{wanted.value}”不是确切的文字"


def _is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def _looked_up(call: Call) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Return the ranges that a call looks into, and the criteria of a conditional sum or count."""
    parts = call.arguments
    if call.function == "SUMIFS":
        return (parts[0], *parts[1::2]), parts[2::2]
    if call.function == "COUNTIF":
        return parts[:1], parts[1:]
    if call.function == "MATCH":
        return parts[1:2], ()
    return (parts[:1], ()) if call.function in {"INDEX", "LAST"} else ((), ())
