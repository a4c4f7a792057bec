"""Forms whose rows or columns were moved: what they show stands, a row or a column from where it should.

Formulas follow a row that is inserted or deleted, so they tell little. What the cells show does: if nearly
all of it is found one row off, from some row on, the row before was inserted or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlbudget.checking.evidence import Evidence, Moved
from xlbudget.model import Cell, CellValue, StoredCell
from xlbudget.returns.stored_cells import StoredCells

_MOST_OFF = 3  # rows or columns inserted or deleted in one go
_ENOUGH = 5  # cells that show something, from the place on
_NEARLY_ALL = 0.8

Position = tuple[int, int]
"""Row and column of a cell, from 1."""


def displaced(evidence: Evidence, sheets: Iterable[str]) -> dict[str, Moved]:
    """Return which of the given sheets of forms have moved, by their name in the template."""
    stored = evidence.submission.stored
    if not isinstance(stored, StoredCells):
        return {}
    forms = {form.sheet for form in evidence.template.forms}
    found = {sheet: _move(evidence, stored, sheet) for sheet in sheets if sheet in forms}
    return {sheet: move for sheet, move in found.items() if move is not None}


def _move(evidence: Evidence, stored: StoredCells, sheet: str) -> Moved | None:
    ours = dict(_shown(evidence, sheet))
    theirs = stored.on_sheet(sheet)
    wrong = [place for place, (cell, _) in ours.items() if not _same(evidence, cell, theirs, place)]
    if not wrong:
        return None
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
