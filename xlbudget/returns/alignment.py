"""Entry sheets whose rows or columns were moved, with their cells where ours are.

Columns are found by their headings, fixed lines by their names, rows of ledgers by their place below the
headings: each of those is whole by itself. What is found twice over, with contents in both places, has two
readings, and then nothing of the sheet is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from xlbudget.files.addresses import cell_address, column_letters
from xlbudget.files.xlsx import RawSheet, SheetCells
from xlbudget.model import Cell, Displacement, EntrySheet, Irregularity, StoredCell, Trouble
from xlbudget.returns.aligned_lines import Found, TwoReadings, aligned, line_text
from xlbudget.returns.aligned_rows import RowsFound, fixed_rows, ledger_rows
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.layout import Layout, heading_depth

_FARTHEST = 12  # rows by which headings may have moved down
_BETWEEN_HEADINGS = 2  # rows put between headings
_MOST_COLUMNS = 40  # inserted beside ours; farther away nobody continues a table


@dataclass(frozen=True, slots=True)
class AlignedSheet:
    """A sheet of entries with its cells where ours are.

    ``displacement`` says where they stand in the file (None: in place), ``irregularities`` what
    moved, what is gone and what was put between; ``lost`` are entry cells that the sheet no longer has.
    ``readable`` is false where it can be read in two ways.
    """

    sheet: RawSheet
    displacement: Displacement | None = None
    irregularities: tuple[Irregularity, ...] = ()
    lost: frozenset[Cell] = frozenset()
    readable: bool = True


def align(plan: Plan, entry: EntrySheet, sheet: RawSheet) -> AlignedSheet:
    """Return an entry sheet with its cells in their places."""
    try:
        return _Alignment(plan, entry, sheet).result()
    except TwoReadings as readings:
        kind = Trouble.MOVED_ROWS if readings.rows else Trouble.MOVED_COLUMNS
        note = Irregularity(kind, entry.sheet, text=str(readings), address=readings.address)
        return AlignedSheet(sheet, None, (note,), readable=False)


def headed(layout: Layout, entry: EntrySheet, cells: SheetCells) -> bool:
    """Whether every heading of an entry sheet stands where ours does."""
    for row, column, text in layout.headings(entry):
        known = cells.rows.get(row + 1)
        held = known.cells.get((row + 1, column + 1)) if known is not None else None
        if held is None or held.text.strip() != text:
            return False
    return True


def _plain(text: str) -> str:
    return line_text(StoredCell("s", text))


class _Alignment:
    """One sheet being aligned. Rows and columns count from 0, as in the layout."""

    def __init__(self, plan: Plan, entry: EntrySheet, sheet: RawSheet) -> None:
        self.plan, self.entry, self.sheet = plan, entry, sheet
        self.placed = plan.layout.tables[entry.id]
        self.texts = {
            (row - 1, column - 1): text
            for (row, column), cell in sheet.cells.items()
            if (text := line_text(cell))
        }
        self.depth = heading_depth(entry.columns)
        self.headed = bool(list(plan.layout.headings(entry)))

    def result(self) -> AlignedSheet:
        top = self._top()
        columns = self._columns(top)
        rows = self._rows(top, columns)
        moved = Displacement(
            {ours: theirs for ours, theirs in rows.at.items() if theirs is not None},
            {ours: theirs for ours, theirs in columns.at.items() if theirs is not None},
        )
        told = [*rows.told, *columns.told]
        notes = self._told(told, columns, rows) + self._between(columns, rows)
        if moved.nothing:
            return AlignedSheet(self.sheet, None, tuple(notes))
        return AlignedSheet(_moved(self.sheet, moved), moved, tuple(notes), self._lost(columns, rows))

    # ------------------------------------------------------------- columns

    def _top(self) -> int:
        """Return the row of the first heading in the file: where most of our headings are.

        Rows may have been put between headings too: ``depth`` is how many rows they take up there.
        """
        ours, depth = self._our_top(), self.depth
        if not self.headed:
            return ours
        wanted = {text for column in self.entry.columns for text in map(_plain, column.heading)}

        heads = [row for (row, _), text in self.texts.items() if text in wanted]

        def score(window: tuple[int, int]) -> tuple[int, int, int]:
            lines = range(window[0], sum(window))
            return sum(row in lines for row in heads), -window[1], -abs(window[0] - ours)

        spread = range(depth, depth + _BETWEEN_HEADINGS + 1) if depth > 1 else (depth,)
        windows = [(row, rows) for row in range(ours + _FARTHEST) for rows in spread]
        top, self.depth = max(windows, key=score)
        return top

    def _columns(self, top: int) -> Found:
        if not self.headed:
            return Found({column: column for column in self.placed.columns.values()}, (), ())
        ours = [(column.heading[-1], column.heading[0]) for column in self.entry.columns]
        width = max(self.placed.columns.values()) + 1 + _MOST_COLUMNS
        below = range(top, top + self.depth)
        used = [column for (row, column) in self.texts if row in below and column < width]
        theirs, group = [], ""
        for column in range(max(used, default=0) + 1):
            group = self.texts.get((top, column), group)
            lowest = next((text for row in reversed(below) if (text := self.texts.get((row, column)))), "")
            theirs.append((lowest, group))

        def filled(column: int) -> int:
            first = top + self.depth
            rows = range(first, first + self.placed.rows + 1)
            return sum(at == column and row in rows for row, at in self.texts)

        found = aligned(ours, theirs, filled)
        if found.doubtful is not None:
            name, places = found.doubtful
            where = "、".join(f"{column_letters(place)} 列" for place in places)
            address = cell_address(top + self.depth - 1, places[0])
            raise TwoReadings(f"“{name}”可以是 {where}", address, rows=False)
        return Found(found.at, found.inserted, self._column_words(found, top))

    def _column_words(self, found: Found, top: int) -> tuple[tuple[str, str], ...]:
        row = top + self.depth - 1
        words: list[tuple[str, str]] = []
        for first, last in _runs(found.inserted):
            count = last - first + 1
            words.append((f"{column_letters(first)} 列前插入了 {count} 列", cell_address(row, first)))
        gone = [at for at, theirs in found.at.items() if theirs is None]
        for first, last in _runs(gone):
            names = "、".join(f"“{self.entry.columns[at].name}”" for at in range(first, last + 1))
            after = max(
                (theirs for at, theirs in found.at.items() if theirs is not None and at < first), default=-1
            )
            how_many = "一" if first == last else f" {last - first + 1} "
            words.append((f"{names}{how_many}列被删去", cell_address(row, after + 1)))
        for ours, theirs in _out_of_order(found.at):
            name = self.entry.columns[ours].name
            words.append((f"“{name}”一列移到了 {column_letters(theirs)} 列", cell_address(row, theirs)))
        return tuple(words)

    # ---------------------------------------------------------------- rows

    def _rows(self, top: int, columns: Found) -> RowsFound:
        first = top + self.depth if self.headed else self.placed.first_row
        typed = {
            columns.at[self.placed.columns[column.key]]: column.key
            for column in self.entry.columns
            if column.entry
        }
        filled = {row for row, column in self.texts if column in typed}
        keys = self._key_column()
        names = (
            {}
            if keys is None
            else {row: text for (row, at), text in self.texts.items() if at == columns.at[keys]}
        )
        find = ledger_rows if self.entry.is_ledger else fixed_rows
        found = find(self._ours(keys), names, filled, first, self.placed.first_row)
        shift = first - self.placed.first_row
        if not shift:
            return found
        between = top == self._our_top()
        how = f"表头{'里' if between else '上面'}{'插入' if shift > 0 else '删去'}了 {abs(shift)} 行"
        at = self._our_top() + (1 if between else min(shift, 0))
        return found._replace(told=((how, cell_address(at, 0)), *found.told))

    def _our_top(self) -> int:
        return self.placed.first_row - heading_depth(self.entry.columns)

    def _key_column(self) -> int | None:
        """Return the column whose fixed texts tell our rows apart."""
        constants = self._constants()
        columns = sorted(
            {column for _, column in constants},
            key=lambda at: -len({text for (_, column), text in constants.items() if column == at}),
        )
        return columns[0] if columns else None

    def _ours(self, column: int | None) -> list[str]:
        constants = self._constants()
        first = self.placed.first_row
        return [constants.get((first + row, column or 0), "") for row in range(self.placed.rows)]

    def _constants(self) -> Mapping[tuple[int, int], str]:
        return {
            self.plan.layout.position(*cell): _plain(str(text))
            for cell, text in self.plan.blueprint.constants.items()
            if cell.table == self.entry.id
        }

    # -------------------------------------------------------------- results

    def _told(self, told: list[tuple[str, str]], columns: Found, rows: RowsFound) -> list[Irregularity]:
        """Return what moved, in one: where it begins."""
        if not told:
            return []
        lost = self._lost(columns, rows)
        kind = Trouble.LINES_SORTED if rows.sorted else Trouble.CELLS_MOVED
        kind = Trouble.CELLS_GONE if lost else kind
        text = "；".join(words for words, _ in told)
        return [Irregularity(kind, self.entry.sheet, text=text, address=told[0][1])]

    def _between(self, columns: Found, rows: RowsFound) -> list[Irregularity]:
        """Return numbers in rows and columns that were put between ours: they are not read."""
        typed = {columns.at[self.placed.columns[column.key]] for column in self.entry.columns if column.entry}
        body = {theirs for theirs in rows.at.values() if theirs is not None}
        found = []
        for (row, column), cell in sorted(self.sheet.cells.items()):
            at, held = (row - 1, column - 1), cell.kind == "n" and cell.formula is None and cell.value != 0
            beside = at[0] in body and at[1] in columns.inserted
            between = at[0] in rows.inserted and at[1] in typed
            if held and (beside or between):
                where = "列间" if beside else "行间"
                found.append(
                    Irregularity(
                        Trouble.OUTSIDE_TABLE, self.entry.sheet, None, where, cell.text, cell_address(*at)
                    )
                )
        return found

    def _lost(self, columns: Found, rows: RowsFound) -> frozenset[Cell]:
        """Return the entry cells whose column or fixed line is gone."""
        gone = {at for at, theirs in columns.at.items() if theirs is None}
        lines = {row for row in range(self.placed.rows) if rows.at.get(self.placed.first_row + row) is None}
        if self.entry.is_ledger:
            lines = set()
        return frozenset(
            Cell(self.entry.id, row, column.key)
            for column in self.entry.columns
            for row in range(self.placed.rows)
            if column.entry
            and column.key not in self.entry.department_only
            and (row in lines or self.placed.columns[column.key] in gone)
        )


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs


def _out_of_order(at: Mapping[int, int | None]) -> list[tuple[int, int]]:
    """Return the fewest of ours that stand before or behind those which they should not."""
    places = [(ours, theirs) for ours, theirs in sorted(at.items()) if theirs is not None]
    longest: list[list[tuple[int, int]]] = [[]]
    for place in places:
        before = [chain for chain in longest if not chain or chain[-1][1] < place[1]]
        longest.append([*max(before, key=len), place])
    kept = max(longest, key=len)
    return [place for place in places if place not in kept]


def _moved(sheet: RawSheet, moved: Displacement) -> RawSheet:
    """Return a sheet with its cells where ours are, without what was put between them."""
    cells = {
        (ours[0] + 1, ours[1] + 1): cell
        for (row, column), cell in sheet.cells.items()
        if (ours := moved.ours(row - 1, column - 1)) is not None
    }
    first = min(moved.columns.values(), default=0)
    rows = (moved.ours(row - 1, first) for row in sheet.hidden_rows)
    top = min(moved.rows.values(), default=0)
    hidden = (
        moved.ours(top, column - 1)
        for start, last in sheet.hidden_columns
        for column in range(start, min(last, start + _MOST_COLUMNS) + 1)
    )
    return replace(
        sheet,
        cells=SheetCells.grouped(cells),
        hidden_rows=frozenset(ours[0] + 1 for ours in rows if ours is not None),
        hidden_columns=tuple((ours[1] + 1, ours[1] + 1) for ours in hidden if ours is not None),
    )
