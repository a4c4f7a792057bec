"""金额为负数、超出合理范围，或元以下超过两位小数。"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlbudget.checking.evidence import LARGEST, Evidence
from xlbudget.model import Cell, EntryRow, EntrySheet, Finding, Severity
from xlbudget.model.words import shown
from xlbudget.workbook.named_cells import named_cells

TITLE = "金额为负、过大或小数过多"
SEVERITY = Severity.BLOCKING
_FAR = 50  # times all other amounts of a workbook: so much more is no line of the same unit


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each amount that a budget entry cannot be."""
    for entry in evidence.template.entries:
        for row in evidence.submission.entries.get(entry.id, ()):
            for key, value in row.values.items():
                if isinstance(value, Decimal) and not (value < 0 and _eliminated(evidence, entry, row, key)):
                    column = evidence.layout.column(entry.id, key)
                    less = column is not None and column.negative
                    yield from _amount(evidence, Cell(entry.id, row.row, key), value, negative=less)


def _eliminated(evidence: Evidence, entry: EntrySheet, row: EntryRow, key: str) -> bool:
    """Whether a negative amount takes out a transfer between units, as joining enters it in a summary."""
    transfers = evidence.template.transfers
    if transfers is None or not evidence.submission.department:
        return False
    if Cell(entry.id, row.row, key) in named_cells(evidence.blueprint, transfers.revenue):
        return True
    columns = {part.column for part in transfers.expenditure if part.table == entry.id}
    return key in columns and row.values.get(transfers.mark) == transfers.mark


def _amount(evidence: Evidence, cell: Cell, value: Decimal, *, negative: bool) -> Iterator[Finding]:
    decimals = evidence.template.entry_decimals
    if (
        (value >= 0 or negative)
        and abs(value) < LARGEST
        and value == value.quantize(Decimal(1).scaleb(-decimals))
    ):
        return
    money = evidence.money(cell)
    if value < 0 and not negative:
        problem = "是负数，预算金额不应为负"
    elif abs(value) >= LARGEST:
        problem = f"超出合理范围，疑多写了数位或单位不是{money}"
    else:
        problem = f"的小数超过 {decimals} 位，应保留到分{_in_form_money(evidence, value)}"
    message = f"{evidence.place(cell)}：金额 {shown(value, money)} {problem}。请核对后重新填写。"
    yield evidence.finding("implausible_amount", SEVERITY, cell, message, stored=value)


def _in_form_money(evidence: Evidence, value: Decimal) -> str:
    """Say so when an amount has too many decimals because it was typed in the money of the forms."""
    template = evidence.template
    whole = value * template.money_factor
    if whole != whole.quantize(Decimal(1).scaleb(-template.entry_decimals)):
        return ""
    others = [one for one in evidence.entered.values() if isinstance(one, Decimal) and one != value]
    if abs(whole) > _FAR * max(map(abs, others), default=abs(whole)):
        return ""  # no line of this unit comes near that
    return f"；疑按{template.form_money}填写，合 {shown(whole, template.entry_money)}"
