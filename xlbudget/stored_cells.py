"""The cells of our tables as a file holds them, looked up where they are wanted, judged row by row.

What can be said of a row of a sheet by itself — which entry cells are filled in, whose formula is no longer
ours, whose stored result is not that of the blank workbook — is said once and kept with the row
(:class:`~xlbudget.ooxml.SheetRow`), since units return the same template thousands of times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlbudget.formula_texts import normal
from xlbudget.model import Cell, Column, StoredCell
from xlbudget.ooxml import Position, SheetCells, SheetRow
from xlbudget.recalculation import Plan

BLANK = StoredCell("blank", "")


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """What our tables have in one row of a sheet: formulas, entry cells, fixed texts of entry tables."""

    formulas: tuple[tuple[Position, Cell, str], ...]
    entries: tuple[tuple[Position, Cell, Column], ...]
    constants: tuple[tuple[Position, Cell, str | int], ...]


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What can be said of one row of a returned sheet by itself.

    ``typed`` are the entry cells that hold something; ``misplaced`` those whose fixed text is another;
    ``changed`` the formula cells whose formula is gone or another one; ``differing`` those whose stored
    result is not that of the blank workbook; ``formulas`` and ``results`` count what stands there.
    """

    typed: tuple[tuple[Cell, Column, StoredCell], ...]
    misplaced: tuple[Cell, ...]
    changed: tuple[Cell, ...]
    differing: tuple[Cell, ...]
    formulas: int
    results: int


class StoredCells(Mapping[Cell, StoredCell]):
    """The cells of our tables, code lists left out, by sheet as the template names it."""

    __slots__ = ("_plan", "_sheets")

    def __init__(self, plan: Plan, sheets: Mapping[str, SheetCells]) -> None:
        self._plan = plan
        self._sheets = {name: sheets[name] for name in plan.layout.cells_by_sheet if name in sheets}

    def __getitem__(self, cell: Cell) -> StoredCell:
        """Return what the file holds at a cell of ours; KeyError if nothing."""
        placed = self._plan.layout.tables[cell.table]
        row, column = placed.first_row + cell.row + 1, placed.columns[cell.column] + 1
        return self._sheets[placed.sheet].rows[row].cells[row, column]

    def __iter__(self) -> Iterator[Cell]:
        """Yield the cells of ours that hold something, sheet by sheet."""
        for name, cells in self._sheets.items():
            ours = self._plan.layout.cells_by_sheet[name]
            for row, column in cells:
                cell = ours.get((row - 1, column - 1))
                if cell is not None:
                    yield cell

    def __len__(self) -> int:
        """Return how many cells of ours hold something."""
        return sum(1 for _ in self)

    def rows(self, sheet: str) -> Iterator[RowFacts]:
        """Yield what can be said of each of our rows on a sheet, in order; nothing if the file lacks it."""
        cells = self._sheets.get(sheet)
        if cells is not None:
            for number, expected in expected_rows(self._plan, sheet).items():
                yield _facts(self._plan, sheet, expected, cells.rows.get(number) or SheetRow(number, {}))

    def all_rows(self) -> Iterator[RowFacts]:
        """Yield what can be said of each of our rows, sheet by sheet."""
        for sheet in self._sheets:
            yield from self.rows(sheet)

    def lacking(self) -> Iterator[Cell]:
        """Yield the formula cells on sheets that the file does not have."""
        for sheet in self._plan.layout.cells_by_sheet.keys() - self._sheets.keys():
            for expected in expected_rows(self._plan, sheet).values():
                yield from (cell for _, cell, _ in expected.formulas)


def expected_rows(plan: Plan, sheet: str) -> Mapping[int, ExpectedRow]:
    """Return what our tables have on a sheet, by row number from 1, in order."""
    known = plan.notes.get(("expected", sheet))
    if known is None:
        known = plan.notes["expected", sheet] = _expected(plan, sheet)
    return known


def _expected(plan: Plan, sheet: str) -> dict[int, ExpectedRow]:
    blueprint, layout = plan.blueprint, plan.layout
    entries = {entry.id for entry in layout.template.entries}
    rows: dict[int, tuple[list[Any], list[Any], list[Any]]] = {}
    for (row, column), cell in sorted(layout.cells_by_sheet.get(sheet, {}).items()):
        formulas, typed, constants = rows.setdefault(row + 1, ([], [], []))
        place = row + 1, column + 1
        if cell in blueprint.formulas:
            formulas.append((place, cell, blueprint.formulas[cell]))
        if cell.table in entries:
            definition = layout.column(cell.table, cell.column)
            if definition is not None and definition.entry:
                typed.append((place, cell, definition))
            if cell in blueprint.constants:
                constants.append((place, cell, blueprint.constants[cell]))
    return {row: ExpectedRow(*map(tuple, parts)) for row, parts in rows.items()}


def _facts(plan: Plan, sheet: str, expected: ExpectedRow, row: SheetRow) -> RowFacts:
    memo = plan, sheet
    known = row.notes.get(memo)
    if known is None:
        known = row.notes[memo] = _judged(plan, expected, row.cells)
    return known


def _judged(plan: Plan, expected: ExpectedRow, cells: Mapping[Position, StoredCell]) -> RowFacts:
    changed, differing = [], []
    formulas = results = 0
    for place, cell, ours in expected.formulas:
        stored = cells.get(place)
        theirs = stored.formula if stored is not None else None
        if theirs is None or (theirs != ours and normal(theirs) != normal(ours)):
            changed.append(cell)
        if stored is not None and not plan.plainly(plan.blank, cell, stored):
            differing.append(cell)
    for stored in cells.values():
        if stored.formula is not None:
            formulas += 1
            results += stored.kind != "blank"
    return RowFacts(
        typed=tuple(_typed(expected, cells)),
        misplaced=tuple(
            cell for place, cell, ours in expected.constants if not _stands(cells.get(place, BLANK), ours)
        ),
        changed=tuple(changed),
        differing=tuple(differing),
        formulas=formulas,
        results=results,
    )


def _typed(
    expected: ExpectedRow, cells: Mapping[Position, StoredCell]
) -> Iterable[tuple[Cell, Column, StoredCell]]:
    for place, cell, column in expected.entries:
        stored = cells.get(place)
        if stored is not None and (stored.kind != "blank" or stored.formula is not None):
            yield cell, column, stored


def _stands(stored: StoredCell, ours: str | int) -> bool:
    theirs = stored.value
    return theirs == ours if isinstance(ours, int) else str(theirs).strip() == ours
