"""Our formula cells whose formula in the file is gone or another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems._carried import carried
from xlbudget.checking.problems._displaced import displaced
from xlbudget.checking.stored_results import rows_in_question
from xlbudget.files.xlsx.formula_spelling import normal
from xlbudget.model import UNSEEN, Cell, Trouble
from xlbudget.returns.stored_cells import StoredCells
from xlbudget.workbook.language import ColumnRange, LineCells, RowCell, walk

_FEW = 3  # cells typed over one by one; of more it is asked whether the sheet has moved


def changed_cells(evidence: Evidence) -> frozenset[Cell]:
    """Return our formula cells whose formula in the file is gone or another one.

    Not those that moved with their rows or columns, nor those that look at such a sheet: these are
    ``evidence.upset`` then, and ``evidence.moved_forms`` and ``evidence.carried`` say what happened.
    """
    if evidence.changed is None:
        tables = evidence.layout.tables
        parted = evidence.irregular(
            Trouble.MISSING_LIST,
            Trouble.CHANGED_LIST,
            Trouble.CELLS_MOVED,
            Trouble.CELLS_GONE,
            Trouble.LINES_SORTED,
        )
        changed = _without(evidence, frozenset(_changed(evidence)), {part.sheet for part in parted})
        evidence.carried = carried(evidence, changed)
        changed = _without(evidence, changed, evidence.carried)
        sheets = Counter(tables[cell.table].sheet for cell in changed)
        evidence.moved_forms = displaced(evidence, [name for name, count in sheets.items() if count > _FEW])
        evidence.changed = _without(evidence, changed, evidence.moved_forms)
    return evidence.changed


def _without(evidence: Evidence, changed: frozenset[Cell], sheets: Collection[str]) -> frozenset[Cell]:
    """Leave out the cells of sheets, and formulas that look at them; what follows from them is upset."""
    tables = evidence.layout.tables
    lost = frozenset(name for name, placed in tables.items() if placed.sheet in sheets)
    if not lost:
        return changed
    evidence.upset |= evidence.plan.downstream((name, key) for name in lost for key in tables[name].columns)
    looking = _looking_at(evidence, lost)
    stored = evidence.submission.stored

    def typed(cell: Cell) -> bool:
        held = stored.get(cell)
        return held is not None and held.formula is None

    return frozenset(
        cell for cell in changed if cell.table not in lost and (cell not in looking or typed(cell))
    )


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
    return chain(
        (cell for row in rows_in_question(evidence, stored) for cell in row.changed), stored.lacking()
    )


def not_following(evidence: Evidence) -> Cell | None:
    """Return the first cell of the forms whose stored result is not what the entries make it."""
    if not evidence.submission.calculated:
        return None
    changed_cells(evidence)
    forms = {panel.id for _, panel in evidence.template.form_tables}
    stored = evidence.submission.stored
    for cell in evidence.blueprint.formulas:
        if cell.table in forms and (cell.table, cell.column) in evidence.upset:
            known = stored.get(cell)
            doubtful = evidence.is_inner(cell) or evidence.is_unknown(cell)
            if known is not None and not doubtful and not evidence.agree(cell, known.value):
                return cell
    return None
