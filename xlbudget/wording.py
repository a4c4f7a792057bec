"""Words for cells and values: how findings and outputs name a line and write a value."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from xlbudget.model import Cell, CellValue, Panel

if TYPE_CHECKING:
    from xlbudget.evidence import Evidence


_BEYOND_WORDS = Decimal(10) ** 15
_NEARLY = Decimal("0.001")  # amounts in 万元 are typed with two decimals
_TEN_THOUSAND = (Decimal(10000), Decimal("0.0001"))


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


def likely_cause(stored: Decimal, expected: Decimal) -> str:
    """Name the slip that turns ``expected`` into ``stored``, or return an empty text."""
    if stored == 0 or expected == 0 or max(abs(stored), abs(expected)) >= _BEYOND_WORDS:
        return ""
    ratio = stored / expected
    factors = {
        Decimal(10000): "疑把万元写成元（差 10,000 倍）",
        Decimal("0.0001"): "疑把元写成万元（差 10,000 倍）",
        Decimal(100): "疑小数点错两位",
        Decimal("0.01"): "疑小数点错两位",
        Decimal(10): "疑小数点错一位或多写一位",
        Decimal("0.1"): "疑小数点错一位或少写一位",
        Decimal(-1): "疑正负号相反",
    }
    for factor, words in factors.items():
        if abs(ratio / factor - 1) <= (_NEARLY if factor in _TEN_THOUSAND else 0):
            return words
    one, other = _digits(stored), _digits(expected)
    if len(one) == len(other):
        differing = [at for at, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        if len(differing) == 2 and differing[1] - differing[0] == 1 and sorted(one) == sorted(other):
            return "疑相邻两位数字写颠倒"
    if abs(len(one) - len(other)) == 1:
        longer, shorter = (one, other) if len(one) > len(other) else (other, one)
        if any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))):
            return "疑多写一位数字" if longer is one else "疑漏写一位数字"
    return ""


def _digits(value: Decimal) -> str:
    return format(abs(value).quantize(Decimal("0.01"), ROUND_HALF_UP), "f").replace(".", "")
