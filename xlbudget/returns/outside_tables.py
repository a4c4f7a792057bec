"""What stands just outside a table of an entry sheet: below it, beside it, between tables. It is not read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from xlbudget.files.addresses import cell_address
from xlbudget.files.xlsx import RowShape, ShapeCell, SheetCells
from xlbudget.model import Displacement, EntrySheet, Irregularity, Memo, StoredCell, Trouble
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.layout import Layout

_ROWS_BELOW, _COLUMNS_BESIDE = 30, 10  # farther away nobody continues a table
_CANDIDATES = Memo[tuple[ShapeCell, ...]]()


def outside(
    plan: Plan, entry: EntrySheet, cells: SheetCells, moved: Displacement | None = None
) -> Iterator[Irregularity]:
    """Yield typed numbers near the table of ``entry`` that are in no table, with address and ``value``.

    ``text`` says where: 下方 or 旁边. Formulas are the unit's own sums and no entries. ``moved`` says where
    the file has cells that stand elsewhere than ours.
    """
    layout, about = plan.layout, (plan, entry.id)
    if entry.sheet == layout.template.cover.sheet or len(_tables_on(layout, entry.sheet)) > 1:
        return
    last = layout.tables[entry.id].first_row + layout.tables[entry.id].rows
    for row in cells.rows.values():
        shape = row.shape
        for part in _CANDIDATES.of(shape.memos, about, partial(_candidates, layout, entry, shape)):
            cell = row.stored(part)
            if _is_number(cell):
                where = "下方" if row.number > last else "旁边"
                at = part.place[0] - 1, part.place[1] - 1
                address = cell_address(*(at if moved is None else moved.theirs(*at)))
                yield Irregularity(Trouble.OUTSIDE_TABLE, entry.sheet, None, where, cell.text, address)


def _candidates(layout: Layout, entry: EntrySheet, shape: RowShape) -> tuple[ShapeCell, ...]:
    """Return the cells of a row that are none of ours and near the table."""
    placed, ours = layout.tables[entry.id], layout.cells_by_sheet[entry.sheet]
    if not placed.first_row < shape.number <= placed.first_row + placed.rows + _ROWS_BELOW:
        return ()
    right = max(placed.columns.values()) + 1
    typed = {placed.columns[column.key] + 1 for column in entry.columns if column.entry}
    beside = range(right + 1, right + _COLUMNS_BESIDE + 1)
    return tuple(
        part
        for part in shape.cells
        if part.formula is None
        and (part.place[1] in typed or part.place[1] in beside)
        and (part.place[0] - 1, part.place[1] - 1) not in ours
    )


def _tables_on(layout: Layout, sheet: str) -> list[str]:
    return [entry.id for entry in layout.template.entries if layout.tables[entry.id].sheet == sheet]


def _is_number(cell: StoredCell) -> bool:
    return cell.kind == "n" and cell.text not in {"0", "0.0"}
