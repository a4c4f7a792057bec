"""The cells of our tables as a file holds them, looked up where they are wanted, judged row by row.

What can be said of a row of a sheet by itself — which entry cells are filled in, whose formula is no longer
ours, whose stored result is not that of the blank workbook — is said once and kept with the row
(:class:`~xlbudget.files.xlsx.SheetRow`), or with its shape if no value matters, since units return the same
template thousands of times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from xlbudget.files.xlsx import DeferredCells, Position, RowShape, ShapeCell, SheetCells, SheetRow
from xlbudget.files.xlsx.formula_spelling import normal
from xlbudget.model import UNSEEN, Cell, Column, Memo, Memos, StoredCell
from xlbudget.workbook.calculation.formula_reads import Key
from xlbudget.workbook.calculation.plan import Plan

BLANK = StoredCell("blank", "")


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """What our tables have in one row of a sheet: formulas, entry cells, fixed texts of entry tables."""

    formulas: tuple[tuple[Position, Cell, str], ...]
    entries: tuple[tuple[Position, Cell, Column], ...]
    constants: tuple[tuple[Position, Cell, str | int], ...]


class Result(NamedTuple):
    """A formula cell of ours in a file: number of its column, row, where it stands."""

    column: int
    row: int
    part: ShapeCell


Stored = tuple[int, int, float | str | None]
"""A stored result: the number of its column, its row, and the value where it is beyond doubt."""


@dataclass(frozen=True, slots=True)
class _Results:
    """The results in rows of one shape that may not be those of the blank workbook.

    ``unlike`` never are; each of the others is where its text is not the one that the blank workbook's
    value has.
    """

    unlike: tuple[Result, ...]
    others: tuple[Result, ...]
    slots: tuple[int, ...]
    texts: tuple[str | None, ...]

    def differing(self, values: Sequence[str | None]) -> list[Stored]:
        """Return those in a row with these values."""
        found = self.unlike
        if self.slots:
            written = map(values.__getitem__, self.slots)
            found += tuple(
                result
                for result, text, known in zip(self.others, written, self.texts, strict=True)
                if text != known
            )
        return [_stored(result, values) for result in found]


@dataclass(slots=True)
class RowFacts:
    """What can be said of one row of a returned sheet by itself.

    ``typed`` are the entry cells that hold something; ``misplaced`` those whose fixed text is another;
    ``changed`` the formula cells whose formula is gone or another one; ``formulas`` says whether there are
    any. Under ``memos`` others keep what they concluded from it.
    """

    typed: tuple[tuple[Cell, Column, StoredCell], ...]
    misplaced: tuple[Cell, ...]
    changed: tuple[Cell, ...]
    formulas: tuple[ShapeCell, ...]
    _row: SheetRow
    _results: _Results
    _differing: list[Stored] | None = None
    memos: Memos = field(default_factory=dict)

    @property
    def results(self) -> bool:
        """Whether any formula has a stored result; an empty text alone is none (``<v></v>`` everywhere)."""
        return any(self._row.stored(part).text for part in self.formulas)

    def stored(self) -> Sequence[Stored]:
        """Return the results that may not be those of the blank workbook."""
        if self._differing is None:
            self._differing = self._results.differing(self._row.values)
        return self._differing


def _stored(result: Result, values: Sequence[str | None]) -> Stored:
    column, row, (_, kind, _, _, slot, text) = result
    written = values[slot] if slot >= 0 else text
    if kind == "s":
        return column, row, written
    if kind == "n" and written is not None:
        try:
            return column, row, float(written)
        except ValueError:
            pass
    return column, row, None


def _results(results: Sequence[tuple[Result, Any]]) -> _Results:
    """Sort results, each with the blank workbook's value, by whether they can be that value."""
    unlike: list[Result] = []
    others: list[tuple[Result, int, str | None]] = []
    for result, blank in results:
        _, _, (_, kind, _, _, slot, _) = result
        if slot < 0:
            if kind != "blank" or blank not in _EMPTY:
                unlike.append(result)
        elif kind == "n" and type(blank) is float:
            others.append((result, slot, str(int(blank)) if blank.is_integer() else repr(blank)))
        elif kind == "s" and type(blank) is str:
            others.append((result, slot, blank))
        elif blank in _EMPTY:
            others.append((result, slot, None))
        else:
            unlike.append(result)
    parts = tuple(zip(*others, strict=True)) or ((), (), ())
    return _Results(tuple(unlike), *parts)


_EMPTY = (None, "", 0.0)
"""Values that a formula without a stored result agrees with."""


@dataclass(frozen=True, slots=True)
class _ShapeFacts:
    """What can be said of all rows of one shape, and where to look in each of them."""

    typed: tuple[tuple[Cell, Column, ShapeCell], ...]
    constants: tuple[tuple[Cell, str | int, ShapeCell | None], ...]
    changed: tuple[Cell, ...]
    results: _Results
    formulas: tuple[ShapeCell, ...]


_OF_SHAPE = Memo[_ShapeFacts]()
_OF_ROW = Memo[RowFacts]()
_OF_SHEET = Memo[list[RowFacts]]()
_EXPECTED = Memo[Mapping[int, ExpectedRow]]()
_NUMBERS = Memo[Mapping[Key, int]]()
_COUNTS = Memo[Counter[str]]()


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

    def rows(self, sheet: str) -> Sequence[RowFacts]:
        """Return what can be said of each of our rows on a sheet, in order; nothing if the file lacks it."""
        cells = self._sheets.get(sheet)
        if cells is None:
            return ()
        return _OF_SHEET.of(cells.memos, (self._plan, sheet), partial(_sheet_facts, self._plan, sheet, cells))

    def on_sheet(self, sheet: str) -> Mapping[Position, StoredCell]:
        """Return all cells of a sheet as the file has them, by row and column from 1."""
        return self._sheets.get(sheet, {})

    def shown_rows(self) -> Iterator[RowFacts]:
        """Yield what all_rows does, without sheets of intermediate results that nobody has looked at.

        Such a sheet has as many formulas as ours; which they are, is not known.
        """
        unseen = self.unseen
        for sheet in self._sheets:
            if sheet not in unseen:
                yield from self.rows(sheet)

    @property
    def unseen(self) -> Collection[str]:
        """The sheets that :meth:`shown_rows` leaves out."""
        return [
            name
            for name, cells in self._sheets.items()
            if isinstance(cells, DeferredCells) and cells.formulas == formula_count(self._plan, name)
        ]

    def all_rows(self) -> Iterator[RowFacts]:
        """Yield what can be said of each of our rows, sheet by sheet."""
        for sheet in self._sheets:
            yield from self.rows(sheet)

    def lacking(self) -> Iterator[Cell]:
        """Yield the formula cells on sheets that the file does not have."""
        for sheet in self._plan.layout.cells_by_sheet.keys() - self._sheets.keys():
            for expected in expected_rows(self._plan, sheet).values():
                yield from (cell for _, cell, _ in expected.formulas)


def column_numbers(plan: Plan) -> Mapping[Key, int]:
    """Return a number for each column of our tables."""
    return _NUMBERS.of(plan.memos, None, lambda: {key: at for at, key in enumerate(plan.blank.columns)})


def formula_count(plan: Plan, sheet: str) -> int:
    """Return how many formula cells our tables have on a sheet."""
    return _COUNTS.of(plan.memos, None, partial(_formula_counts, plan))[sheet]


def _formula_counts(plan: Plan) -> Counter[str]:
    found = Counter[str]()
    for group in plan.steps:
        found[plan.layout.tables[group.table].sheet] += len(group.rows)
    return found


def expected_rows(plan: Plan, sheet: str) -> Mapping[int, ExpectedRow]:
    """Return what our tables have on a sheet, by row number from 1, in order."""
    return _EXPECTED.of(plan.memos, sheet, partial(_expected, plan, sheet))


def _expected(plan: Plan, sheet: str) -> dict[int, ExpectedRow]:
    blueprint, layout = plan.blueprint, plan.layout
    entries = {entry.id for entry in layout.template.entries}
    lists = {catalogue.id for catalogue in layout.template.catalogues}
    columns = [
        (at, key, placed)
        for name, placed in layout.tables.items()
        if placed.sheet == sheet and name not in lists
        for key, at in placed.columns.items()
    ]
    rows: dict[int, tuple[list[Any], list[Any], list[Any]]] = {}
    for at, key, placed in sorted(columns, key=itemgetter(0)):
        every, table = range(placed.rows), placed.name
        definition = layout.column(table, key) if table in entries else None
        for row, formula in zip(every, blueprint.formulas.column(table, key, every), strict=True):
            cell, place = Cell(table, row, key), (placed.first_row + row + 1, at + 1)
            formulas, typed, constants = rows.setdefault(place[0], ([], [], []))
            if formula is not None:
                formulas.append((place, cell, formula))
            if definition is not None and definition.entry:
                typed.append((place, cell, definition))
            if table in entries and cell in blueprint.constants:
                constants.append((place, cell, blueprint.constants[cell]))
    return {row: ExpectedRow(*map(tuple, parts)) for row, parts in sorted(rows.items())}


def _sheet_facts(plan: Plan, sheet: str, cells: SheetCells) -> list[RowFacts]:
    return [
        _facts(plan, sheet, expected, cells.rows.get(number) or SheetRow(RowShape(number, ()), ()))
        for number, expected in expected_rows(plan, sheet).items()
    ]


def _facts(plan: Plan, sheet: str, expected: ExpectedRow, row: SheetRow) -> RowFacts:
    about, shape = (plan, sheet), row.shape

    def conclude() -> RowFacts:
        return _of_row(_OF_SHAPE.of(shape.memos, about, partial(_of_shape, plan, expected, shape)), row)

    return _OF_ROW.of(row.memos, about, conclude)


def _of_shape(plan: Plan, expected: ExpectedRow, shape: RowShape) -> _ShapeFacts:
    cells = {cell.place: cell for cell in shape.cells}
    changed, results, blank, numbers = [], [], plan.blank.columns, column_numbers(plan)
    for place, cell, ours in expected.formulas:
        stored = cells.get(place)
        theirs = stored.formula if stored is not None else None
        if theirs is None or (theirs not in (ours, UNSEEN) and normal(theirs) != normal(ours)):
            changed.append(cell)
        if stored is not None:
            key = cell.table, cell.column
            results.append((Result(numbers[key], cell.row, stored), blank[key][cell.row]))
    return _ShapeFacts(
        typed=tuple(
            (cell, column, cells[place]) for place, cell, column in expected.entries if place in cells
        ),
        constants=tuple((cell, ours, cells.get(place)) for place, cell, ours in expected.constants),
        changed=tuple(changed),
        results=_results(results),
        formulas=tuple(cell for cell in shape.cells if cell.formula is not None),
    )


def _of_row(facts: _ShapeFacts, row: SheetRow) -> RowFacts:
    return RowFacts(
        typed=tuple(_typed(facts, row)) if facts.typed else (),
        misplaced=tuple(
            cell
            for cell, ours, part in facts.constants
            if not _stands(BLANK if part is None else row.stored(part), ours)
        )
        if facts.constants
        else (),
        changed=facts.changed,
        formulas=facts.formulas,
        _row=row,
        _results=facts.results,
    )


def _typed(facts: _ShapeFacts, row: SheetRow) -> Iterator[tuple[Cell, Column, StoredCell]]:
    values = row.values
    for cell, column, part in facts.typed:
        if part.formula is not None or (values[part.slot] is not None if part.slot >= 0 else part.text):
            stored = row.stored(part)
            if stored.kind != "blank" or stored.formula is not None:
                yield cell, column, stored


def _stands(stored: StoredCell, ours: str | int) -> bool:
    theirs = stored.value
    return theirs == ours if isinstance(ours, int) else str(theirs).strip() == ours
