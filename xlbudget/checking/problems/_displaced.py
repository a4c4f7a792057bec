"""Forms whose rows or columns were moved: what they show stands, a row or a column from where it should.

Formulas follow a row that is inserted or deleted, so they tell little. What the cells show does: if nearly
all of it is found one row off, from some row on, the row before was inserted or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.moves import Moved
from xlbudget.model import Cell, CellValue, Form, StoredCell
from xlbudget.returns.aligned_lines import line_text
from xlbudget.returns.stored_cells import StoredCells
from xlbudget.workbook.reserved_names import ORDINAL

_MOST_OFF = 3  # rows or columns inserted or deleted in one go
_MOST_ROWS_OFF = 30  # empty rows
_FEWEST_HEADINGS = 2
_ENOUGH = 5  # cells that show something, from the place on
_NEARLY_ALL = 0.8

Position = tuple[int, int]
"""Row and column of a cell, from 1."""


def displaced(evidence: Evidence, sheets: Iterable[str]) -> dict[str, Moved]:
    """Return which of the given sheets of forms have moved, by their name in the template."""
    stored = evidence.submission.stored
    if not isinstance(stored, StoredCells):
        return {}
    forms = {form.sheet: form for form in evidence.template.forms}
    found = {
        sheet: _by_headings(evidence, stored, forms[sheet]) or _move(evidence, stored, sheet)
        for sheet in sheets
        if sheet in forms
    }
    return {sheet: move for sheet, move in found.items() if move is not None}


def _move(evidence: Evidence, stored: StoredCells, sheet: str) -> Moved | None:
    ours = dict(_shown(evidence, sheet))
    theirs = stored.on_sheet(sheet)
    wrong = [place for place, (cell, _) in ours.items() if not _same(evidence, cell, theirs, place)]
    if not wrong:
        return _by_ordinals(evidence, stored, sheet)
    for columns in (False, True):
        axis = int(columns)
        at = min(place[axis] for place in wrong)
        below = {place: cell for place, (cell, _) in ours.items() if place[axis] >= at}
        for by in (step * sign for step in range(1, _MOST_OFF + 1) for sign in (1, -1)):
            looked_at = [place for place in below if place[axis] + by >= at]
            if len(looked_at) < _ENOUGH:
                continue
            right = sum(
                _same(evidence, below[place], theirs, _moved(place, by, columns=columns))
                for place in looked_at
            )
            if right >= _NEARLY_ALL * len(looked_at):
                return Moved(at, by, columns)
    return None


def _by_headings(evidence: Evidence, stored: StoredCells, form: Form) -> Moved | None:
    """Return by how many columns the headings of a form have moved, all of them from one on."""
    ours = {(row + 1, column + 1): text for row, column, text in evidence.layout.form_headings(form)}
    theirs = stored.on_sheet(form.sheet)

    def found(place: Position, text: str) -> bool:
        return place in theirs and line_text(theirs[place]) == line_text(StoredCell("s", text))

    wrong = [place[1] for place, text in ours.items() if not found(place, text)]
    for by in (step * sign for step in range(1, _MOST_OFF + 1) for sign in (1, -1) if wrong):
        at = min(wrong)
        behind = {place: text for place, text in ours.items() if place[1] >= at and place[1] + by >= at}
        there = (found(_moved(place, by, columns=True), text) for place, text in behind.items())
        if len(behind) >= _FEWEST_HEADINGS and all(there):
            return Moved(at, by, columns=True)
    return None


def _by_ordinals(evidence: Evidence, stored: StoredCells, sheet: str) -> Moved | None:
    """Return which rows without contents were inserted or deleted: hidden ordinals tell."""
    tables, theirs = evidence.layout.tables, stored.on_sheet(sheet)
    ours = {
        evidence.layout.position(*cell)[0] + 1: (evidence.layout.position(*cell)[1] + 1, ordinal)
        for cell, ordinal in evidence.blueprint.constants.items()
        if cell.column == ORDINAL and tables[cell.table].sheet == sheet
    }

    def found(row: int, column: int, ordinal: object) -> bool:
        held = theirs.get((row, column))
        return held is not None and held.value == ordinal

    wrong = [row for row, (column, ordinal) in ours.items() if not found(row, column, ordinal)]
    for by in (step * sign for step in range(1, _MOST_ROWS_OFF + 1) for sign in (1, -1) if wrong):
        at = min(wrong)
        behind = [(row, *rest) for row, rest in ours.items() if row >= at and row + by >= at]
        right = sum(found(row + by, column, ordinal) for row, column, ordinal in behind)
        if len(behind) >= _ENOUGH and right >= _NEARLY_ALL * len(behind):
            return Moved(at, by, columns=False, seen=False)
    return None


def _moved(place: Position, by: int, *, columns: bool) -> Position:
    row, column = place
    return (row, column + by) if columns else (row + by, column)


def _shown(evidence: Evidence, sheet: str) -> Iterator[tuple[Position, tuple[Cell, CellValue | int]]]:
    """Yield the cells of a sheet that show something to people, with what they should show."""
    for (row, column), cell in evidence.layout.cells_by_sheet[sheet].items():
        if not evidence.is_inner(cell):
            value: CellValue | int = evidence.blueprint.constants.get(cell)
            if value is None and cell in evidence.blueprint.formulas:
                value = evidence.recalculated(cell)
            if value not in (None, "", 0):
                yield (row + 1, column + 1), (cell, value)


def _same(evidence: Evidence, cell: Cell, theirs: Mapping[Position, StoredCell], place: Position) -> bool:
    stored = theirs.get(place)
    if stored is None:
        return False
    if cell in evidence.blueprint.constants:
        return str(stored.value).strip() == str(evidence.blueprint.constants[cell]).strip()
    return evidence.agree(cell, stored.value)
