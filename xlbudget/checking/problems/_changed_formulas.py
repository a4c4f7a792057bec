"""Our formula cells whose formula in the file is gone or another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from xlbudget.checking.evidence import Evidence
from xlbudget.files.xlsx.formula_spelling import normal
from xlbudget.model import UNSEEN, Cell
from xlbudget.returns.stored_cells import StoredCells
from xlbudget.workbook.language import ColumnRange, LineCells, RowCell, walk


def changed_cells(evidence: Evidence) -> frozenset[Cell]:
    """Return our formula cells whose formula in the file is gone or another one."""
    if evidence.changed is None:
        evidence.changed = frozenset(_changed(evidence))
    return evidence.changed


def _looking_at(evidence: Evidence, tables: frozenset[str]) -> frozenset[Cell]:
    """Return the cells whose formulas look at the given tables: programs rewrite those by themselves."""
    return frozenset(
        Cell(group.table, row, group.column)
        for group in evidence.blueprint.groups
        if any(
            isinstance(part, RowCell | ColumnRange | LineCells) and part.table in tables
            for part in walk(group.node)
        )
        for row in group.rows
    )


def _changed(evidence: Evidence) -> Iterator[Cell]:
    submission, formulas = evidence.submission, evidence.blueprint.formulas
    lost = submission.unreadable_tables
    upset = _looking_at(evidence, lost) if lost else frozenset()
    for cell in _suspects(evidence):
        if cell.table in lost or cell in upset:
            continue
        ours, stored = formulas[cell], submission.stored.get(cell)
        theirs = stored.formula if stored is not None else None
        if theirs in (ours, UNSEEN):
            continue
        if theirs is None or normal(theirs, submission.renamed) != normal(ours):
            yield cell


def _suspects(evidence: Evidence) -> Iterable[Cell]:
    """Return the formula cells whose formula in the file may not be ours."""
    stored = evidence.submission.stored
    if not isinstance(stored, StoredCells) or evidence.submission.renamed:
        return evidence.blueprint.formulas
    return chain((cell for row in stored.all_rows() for cell in row.changed), stored.lacking())
