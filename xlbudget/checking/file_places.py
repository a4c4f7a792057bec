"""Where cells of ours stand in a file, and which of ours a place is: sheets are renamed, cells moved."""

from __future__ import annotations

from collections.abc import Mapping

from xlbudget.files.addresses import cell_address
from xlbudget.model import Cell, Place, Submission
from xlbudget.workbook.layout import Layout


def in_file(submission: Submission, layout: Layout, cell: Cell) -> tuple[str, str]:
    """Return the sheet, as the file names it, and the address of a cell of ours."""
    sheet = layout.tables[cell.table].sheet
    at = layout.position(*cell)
    moved = submission.displaced.get(sheet)
    return submission.renamed.get(sheet, sheet), cell_address(*(at if moved is None else moved.theirs(*at)))


def cell_at(submission: Submission, layout: Layout, place: Place) -> Cell | None:
    """Return the cell of ours at a place of the file, or None if there is none."""
    names = {theirs: ours for ours, theirs in submission.renamed.items()}
    return _cells(submission, layout, names.get(place.sheet, place.sheet)).get(place.address)


def _cells(submission: Submission, layout: Layout, sheet: str) -> Mapping[str, Cell]:
    moved = submission.displaced.get(sheet)
    if moved is None:
        return layout.cells_by_address.get(sheet, {})
    return {cell_address(*moved.theirs(*at)): cell for at, cell in layout.cells_by_sheet[sheet].items()}
