"""公开表、校验表或计算单元格的公式被改动或被数值覆盖。

The returned formula cannot vouch for itself: our formula, computed from the unit's entries,
says what should stand there. Neighbouring cells of one column are one finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.problems._changed_formulas import changed_cells
from xlbudget.checking.three_values import three_values
from xlbudget.model import Cell, Finding, Severity, StoredCell
from xlbudget.model.words import shown

TITLE = "公式被改动或被数值覆盖"
SEVERITY = Severity.BLOCKING
READS_FORMULAS = True
_FEW = 3  # more neighbouring cells than this were pasted over in one go


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each changed formula cell, one for each longer run of them."""
    for run in _runs(evidence):
        if len(run) <= _FEW:
            for cell in run:
                yield _finding(evidence, cell, "")
        else:
            wrong = (cell for cell in run if not _right(evidence, cell))
            yield _finding(evidence, next(wrong, run[0]), f"同列连续 {len(run)} 格都被覆盖。")


def _right(evidence: Evidence, cell: Cell) -> bool:
    """Whether the value that stands there happens to be the right one."""
    stored = evidence.submission.stored.get(cell)
    return evidence.agree(cell, stored.value if stored else None)


def _runs(evidence: Evidence) -> Iterator[list[Cell]]:
    run: list[Cell] = []
    for cell in sorted(changed_cells(evidence), key=lambda cell: (cell.table, cell.column, cell.row)):
        if run and (cell.table, cell.column, cell.row - 1) != (run[-1].table, run[-1].column, run[-1].row):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run


def _finding(evidence: Evidence, cell: Cell, extent: str) -> Finding:
    stored = evidence.submission.stored.get(cell, StoredCell("blank", ""))
    expected, money = evidence.recalculated(cell), evidence.money(cell)
    value = evidence.comparable(cell, stored.value)
    same = evidence.agree(cell, stored.value)
    what = "公式被数值覆盖" if stored.formula is None else "公式被改写"
    finding = evidence.finding(
        "changed_formula",
        Severity.EXPLAIN if same else SEVERITY,
        cell,
        "",
        stored=value,
        expected=expected,
    )
    gap = _gap(finding, money) if not same else "数值目前与重新计算一致"
    should = f"按录入数计算应为 {shown(expected, money)}"
    message = (
        f"{finding.place}：{what}，现为 {shown(value, money)}，{should}，{gap}"
        f"{three_values(evidence, cell)}。"
        f"{extent}请恢复原公式（从原模板复制该单元格），需要调整的金额在录入表中修改。"
    )
    return evidence.with_message(finding, message)


def _gap(finding: Finding, money: str) -> str:
    if not isinstance(finding.stored, Decimal) or not isinstance(finding.expected, Decimal):
        return "两者不同"
    cause = likely_slip(finding.stored, finding.expected)
    return f"相差 {shown(finding.difference, money)}" + (f"，{cause}" if cause else "")
