"""Words for cells and values: how findings and outputs name a line and write a value."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from xlbudget.model import Cell, CellValue, Panel

if TYPE_CHECKING:
    from xlbudget.checking.evidence import Evidence


_BEYOND_WORDS = Decimal(10) ** 15


def line_name(evidence: Evidence, panel: Panel, row: int) -> str:
    """Return what outputs call a row of a form: the panel's ``line_name`` with its cells put in.

    ``{position}`` counts the body rows from 1, the numbering row included.
    """
    text = panel.line_name.replace("{position}", str(row + 1))
    for column in panel.columns:
        if "{" + column.key + "}" in text:
            value = evidence.recalculated(Cell(panel.id, row, column.key))
            text = text.replace("{" + column.key + "}", "" if value is None else str(value))
    return text.strip() or evidence.layout.line_of(panel.id, row)


def where(evidence: Evidence, cell: Cell) -> str:
    """Return the words for a cell's line: a form's line, a fixed line, or «第 n 行» of a ledger."""
    for _, panel in evidence.template.panels:
        if panel.id == cell.table:
            return line_name(evidence, panel, cell.row)
    entry = next((entry for entry in evidence.template.entries if entry.id == cell.table), None)
    if entry is None:
        return evidence.layout.line_of(cell.table, cell.row)
    return evidence.layout.line_of(cell.table, cell.row) or f"第 {cell.row + 1} 行"


def shown(value: CellValue, money: str = "") -> str:
    """Write a value for a message: amounts with separators and unit, texts in quotes."""
    if isinstance(value, Decimal):
        return f"{amount(value)} {money}" if money else format(value.normalize(), "f")
    if value is None or value == "":
        return "空"
    return "是" if value is True else "否" if value is False else f"“{value}”"


def amount(value: Decimal) -> str:
    """Write an amount with thousands separators, two decimals or as many as it has."""
    if abs(value) >= _BEYOND_WORDS:
        return f"{value:.6e}"
    digits = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{digits}f}"


def published(value: Decimal, decimals: int) -> Decimal:
    """Round an amount as published: half up, once."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
