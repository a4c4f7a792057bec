"""Bound formulas as Excel writes them: names become addresses, words of our own become cells or numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.files.addresses import column_letters
from xlbudget.workbook.language import (
    Bound,
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    Reference,
    RowCell,
    Text,
    shown,
    transform,
)
from xlbudget.workbook.layout import Layout


def excel_text(layout: Layout, node: Node, row: int, sheet: str) -> str:
    """Write a bound formula for a cell in row ``row`` of its table on ``sheet``."""
    return excel_writer(layout, node, sheet)(row)


def excel_writer(layout: Layout, node: Node, sheet: str) -> Callable[[int], str]:
    """Return what writes a bound formula for a row of its table on ``sheet``.

    The text is made once, open where a row number belongs.
    """
    in_first, in_others = (_spelt(layout, node, in_first_row=first) for first in (True, False))
    others = _cut(layout, in_others, sheet)
    first = others if in_first is in_others else _cut(layout, in_first, sheet)

    def written(row: int) -> str:
        text, parts = others if row else first
        return text + "".join([f"{at + row}{piece}" for at, piece in parts])

    return written


def _cut(layout: Layout, node: Node, sheet: str) -> tuple[str, list[tuple[int, str]]]:
    """Return a formula's text up to the first row number that moves with the row, then each with the rest.

    The numbers are those of the table's first row.
    """
    text, parts = "", list[tuple[int, str]]()
    for piece in shown(node, lambda part: _at(layout, part, sheet)):
        if isinstance(piece, int):
            parts.append((piece, ""))
        elif parts:
            number, after = parts[-1]
            parts[-1] = number, after + piece
        else:
            text += piece
    return text, parts


def _spelt(layout: Layout, node: Node, *, in_first_row: bool) -> Node:
    """Put what Excel knows in the place of PRIOR, CAPACITY and LAST."""

    def spelt(part: Node) -> Node | None:
        if not isinstance(part, Call):
            return None
        target = part.arguments[0]
        if part.function == "PRIOR" and isinstance(target, RowCell):
            return Number(Decimal(0)) if in_first_row else _Shifted(target.table, target.column)
        if part.function == "CAPACITY" and isinstance(target, Text):
            return Number(Decimal(layout.capacity[target.value]))
        if part.function == "LAST" and isinstance(target, ColumnRange):
            return _LastCell(target.table, target.column)
        return None

    return transform(node, spelt)


def _at(layout: Layout, part: Reference | Bound, sheet: str) -> Iterator[str | int]:
    """Yield the address of a reference; a number stands for the row that moves with the formula's."""
    if isinstance(part, Reference):
        raise TypeError(f"unbound reference {part}")
    placed = layout.tables[part.table]
    yield "" if placed.sheet == sheet else f"'{placed.sheet}'!"
    if isinstance(part, LineCells):
        yield layout.range_text(part.table, part.column, placed.lines[part.first], placed.lines[part.last])
    elif isinstance(part, _LastCell):
        yield layout.range_text(part.table, part.column, placed.rows - 1, placed.rows - 1)
    elif isinstance(part, ColumnRange):
        yield layout.range_text(part.table, part.column)
    else:
        yield f"${column_letters(placed.columns[part.column])}"
        yield placed.first_row + (0 if isinstance(part, _Shifted) else 1)


@dataclass(frozen=True, slots=True)
class _Shifted(RowCell):
    """The cell one row up."""


@dataclass(frozen=True, slots=True)
class _LastCell(ColumnRange):
    """The last cell of a column."""
