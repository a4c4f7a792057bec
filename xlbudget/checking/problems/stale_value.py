"""公式完好，但文件中保存的结果与按录入数重新计算的不一致。

Cells that a changed formula or a text amount explains are not reported again. Files that hold
no results at all (never calculated) are a remark of the report, not a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems._changed_formulas import changed_cells
from xlbudget.checking.stored_results import doubtful
from xlbudget.checking.three_values import three_values
from xlbudget.model import Cell, Finding, Severity
from xlbudget.model.words import apart, shown
from xlbudget.workbook.names import CHECKS

TITLE = "保存的计算结果过期"
SEVERITY = Severity.EXPLAIN
_MANY = 400  # stale cells from which on nobody asks which of them follow from others
_FEW = 3  # stale cells that do not follow from one another; more of them were not calculated at all


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each of a few cells gone stale by themselves, else one for all of them.

    A cell that only follows another stale one is no finding of its own. Many of them are one cause: a
    workbook that was not calculated again.
    """
    cells = list(_stale(evidence)) if evidence.submission.calculated else []
    if not cells:
        return
    roots = _roots(evidence, cells)
    if roots is None:
        yield _finding(evidence, _seen_first(evidence, cells), len(cells) - 1)
        return
    for cell in roots:
        yield _finding(evidence, cell, 0 if len(roots) > 1 else len(cells) - 1)


def _roots(evidence: Evidence, cells: list[Cell]) -> list[Cell] | None:
    """Return the stale cells from which the others follow, or None when they are more than a few."""
    if len(cells) > _MANY:
        return None
    order = {(group.table, group.column): at for at, group in enumerate(evidence.plan.steps)}
    left = sorted(cells, key=lambda cell: (order[cell.table, cell.column], cell.row))
    roots: list[Cell] = []
    while left:
        if len(roots) == _FEW:
            return None
        roots.append(left[0])
        stored = {cell: evidence.submission.stored[cell].as_float for cell in (*roots, *_changed(evidence))}
        shown_there = evidence.what_if(stored)
        known = evidence.submission.stored
        left = [
            cell
            for cell in left
            if cell not in roots and not evidence.agree(cell, known[cell].value, shown_there)
        ]
    return roots


def _changed(evidence: Evidence) -> list[Cell]:
    return [cell for cell in changed_cells(evidence) if cell in evidence.submission.stored]


def _seen_first(evidence: Evidence, cells: list[Cell]) -> Cell:
    order = {placed: at for at, placed in enumerate(evidence.layout.tables)}
    return min(cells, key=lambda cell: (evidence.is_helper(cell), order[cell.table], cell.row, cell.column))


def _stale(evidence: Evidence) -> Iterator[Cell]:
    changed = changed_cells(evidence)
    overrides = {cell: evidence.submission.stored[cell].as_float for cell in _changed(evidence)}
    shown_there = evidence.what_if(overrides) if overrides else evidence.values
    explained = evidence.text_dependents
    errors = {(cell.table, cell.column) for cell in evidence.text_errors}
    upset = evidence.upset | (evidence.plan.downstream(errors) if errors else set())
    # what is compared there differs wherever a text is left out
    compared = {CHECKS} if explained or upset else set()
    for cell in doubtful(evidence):
        stored = evidence.submission.stored.get(cell)
        if stored is None or evidence.plainly_agrees(cell, stored):
            continue
        if cell in changed or cell in explained or evidence.is_unknown(cell):
            continue
        if (cell.table, cell.column) in upset or cell.table in compared:
            continue
        if not evidence.agree(cell, stored.value) and not evidence.agree(cell, stored.value, shown_there):
            yield cell


def _finding(evidence: Evidence, cell: Cell, others: int) -> Finding:
    stored = evidence.comparable(cell, evidence.submission.stored[cell].value)
    expected, money = evidence.recalculated(cell), evidence.money(cell)
    finding = evidence.finding("stale_value", SEVERITY, cell, "", stored=stored, expected=expected)
    gap = f"，相差 {shown(finding.difference, money)}" if finding.difference is not None else ""
    more = f"另有 {others} 格同样过期。" if others else ""
    should = f"按录入数重新计算为 {shown(expected, money)}{apart(stored, expected)}"
    message = (
        f"{finding.place}：保存的结果为 {shown(stored, money)}，{should}{gap}{three_values(evidence, cell)}。"
        f"{more}请用 Excel 或 WPS 打开，按 F9 重新计算后保存再报送。"
    )
    return evidence.with_message(finding, message)
