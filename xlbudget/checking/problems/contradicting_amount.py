"""文字中写在项目名称后面的金额，与该项目填报的资金不同。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity
from xlbudget.model.words import shown

TITLE = "文字与填报的金额不同"
SEVERITY = Severity.NOTE

_AMOUNT = re.compile(r"\s*(\d[\d,]*(?:\.\d+)?)\s*(亿|万)?元")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each amount that prose states right after the project's name and no field has."""
    part = evidence.template.stated_amounts
    if part is None:
        return
    for row in evidence.submission.entries.get(part.table, ()):
        name = str(evidence.recalculated(Cell(part.table, row.row, part.name)) or "")
        funds = [
            amount for key in part.amounts if isinstance(amount := row.values.get(key), Decimal) and amount
        ]
        for key in part.texts:
            text = str(row.values.get(key) or "")
            for before in re.finditer(re.escape(name), text) if name and funds else ():
                stated = _AMOUNT.match(text, before.end())
                if stated and _yuan(stated) not in funds:
                    cell = Cell(part.table, row.row, key)
                    fields = "、".join(shown(amount, evidence.template.entry_money) for amount in funds)
                    message = (
                        f"{evidence.place(cell)}：文字写“{before[0]}{stated[0]}”，填报的资金是 {fields}。"
                        "请核对哪一个是今年的数。"
                    )
                    yield evidence.finding("contradicting_amount", SEVERITY, cell, message)


def _yuan(stated: re.Match[str]) -> Decimal:
    return Decimal(stated[1].replace(",", "")) * _TIMES[stated[2] or ""]
