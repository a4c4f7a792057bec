"""百分比指标超过 100%（满意度 190%）。"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity

TITLE = "百分比超过 100%"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each value above 100 of an indicator whose name is that of a share."""
    part = evidence.template.indicators
    if part is None:
        return
    for row in evidence.submission.entries.get(part.table, ()):
        name = str(row.values.get(part.name) or "")
        if not any(word in name for word in part.shares):
            continue
        for key in part.values:
            value = row.values.get(key)
            if _number(value) > 100:
                cell = Cell(part.table, row.row, key)
                message = (
                    f"{evidence.place(cell)}：“{name}”的指标值为 {value}，百分比不会超过 100。请核对后改正。"
                )
                yield evidence.finding("impossible_share", SEVERITY, cell, message, stored=value)


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value).strip().removesuffix("%"))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)
