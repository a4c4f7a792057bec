"""公式完好，但文件中保存的结果与按录入数重新计算的不一致。

Cells that a changed formula or a text amount explains are not reported again. Files that hold
no results at all (never calculated) are a remark of the report, not a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlbudget.changed_formulas import changed_cells
from xlbudget.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity
from xlbudget.stored_cells import StoredCells
from xlbudget.wording import shown

TITLE = "保存的计算结果过期"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all stale results, at the first cell that people see: one cause, one finding."""
    cells = list(_stale(evidence)) if evidence.submission.calculated else []
    if cells:
        yield _finding(evidence, cells)


def _stale(evidence: Evidence) -> Iterator[Cell]:
    changed = changed_cells(evidence)
    overrides = {
        cell: evidence.submission.stored[cell].as_float
        for cell in changed
        if cell in evidence.submission.stored
    }
    shown_there = evidence.predicted(overrides) if overrides else evidence.values
    explained = evidence.text_dependents
    for cell in _doubtful(evidence):
        stored = evidence.submission.stored.get(cell)
        if stored is None or evidence.plainly_agrees(cell, stored):
            continue
        if cell in changed or cell in explained or evidence.is_unknown(cell):
            continue
        if not evidence.agree(cell, stored.value) and not evidence.agree(cell, stored.value, shown_there):
            yield cell


def _doubtful(evidence: Evidence) -> Iterable[Cell]:
    """Return the formula cells whose stored result may not be ours.

    Where both the result and our value are those of the blank workbook, they agree.
    """
    formulas, stored = evidence.blueprint.formulas, evidence.submission.stored
    if not isinstance(stored, StoredCells):
        return formulas
    cells = dict.fromkeys(cell for row in stored.all_rows() for cell in row.differing)
    return cells | dict.fromkeys(cell for cell in evidence.values.changed_cells if cell in formulas)


def _finding(evidence: Evidence, cells: list[Cell]) -> Finding:
    order = {placed: at for at, placed in enumerate(evidence.layout.tables)}
    cell = min(cells, key=lambda cell: (evidence.is_helper(cell), order[cell.table], cell.row, cell.column))
    stored = evidence.comparable(evidence.submission.stored[cell].value)
    expected, money = evidence.recalculated(cell), evidence.money(cell)
    finding = evidence.finding("stale_value", SEVERITY, cell, "", stored=stored, expected=expected)
    gap = f"，相差 {shown(finding.difference, money)}" if finding.difference is not None else ""
    others = f"另有 {len(cells) - 1} 格同样过期。" if len(cells) > 1 else ""
    should = f"按录入数重新计算为 {shown(expected, money)}"
    message = (
        f"{finding.place}：保存的结果为 {shown(stored, money)}，{should}{gap}。"
        f"{others}请用 Excel 或 WPS 打开，按 F9 重新计算后保存再报送。"
    )
    return evidence.with_message(finding, message)
