"""Whatever rows and columns are put into any entry sheet of any template: every cell is found."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbudget import load_template
from xlbudget.files.xlsx import RawSheet, SheetCells
from xlbudget.model import EntrySheet, StoredCell, Trouble
from xlbudget.returns.alignment import align
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.sheets.headings import heading_cells

Cells = dict[tuple[int, int], StoredCell]
TEMPLATES = ("shanxi_provincial/2023", "shanghai_putuo/2025", "shanghai_putuo/2024_final_accounts")


@cache
def plan(name: str) -> Plan:
    template = load_template(name)
    small = {entry.id: 6 for entry in template.entries if entry.is_ledger}
    return plan_of(template, small)


def tables(name: str) -> list[EntrySheet]:
    """Entry sheets with headings, one table each."""
    every = plan(name).blueprint.template.entries
    sheets = [entry.sheet for entry in every]
    headed = (entry for entry in every if list(plan(name).layout.headings(entry)))
    return [entry for entry in headed if sheets.count(entry.sheet) == 1]


def filled(own: Plan, entry: EntrySheet) -> Cells:
    """A sheet by rows and columns from 1: headings, fixed texts, and another number in every entry cell."""
    layout, cells = own.layout, {}
    placed = layout.tables[entry.id]
    depth = max(len(column.heading) for column in entry.columns)
    for part in heading_cells([column.heading for column in entry.columns], depth):
        at = placed.first_row - depth + part.first_row + 1, part.first_column + 1
        cells[at] = StoredCell("s", part.text)
    for row in range(placed.rows):
        for column in entry.columns:
            at = placed.first_row + row + 1, placed.columns[column.key] + 1
            if column.entry:
                cells[at] = StoredCell("n", str(1000 * row + at[1] + 1))
    for cell, text in own.blueprint.constants.items():
        if cell.table == entry.id:
            row, column = layout.position(*cell)
            cells[row + 1, column + 1] = StoredCell("n" if isinstance(text, int) else "s", str(text))
    return cells


def put_between(cells: Cells, rows: list[int], columns: list[int]) -> Cells:
    """Insert empty rows and columns before the given ones."""

    def after(place: int, before: list[int]) -> int:
        return place + sum(one <= place for one in before)

    return {(after(row, rows), after(column, columns)): cell for (row, column), cell in cells.items()}


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_what_is_put_between_is_passed_over_and_all_else_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(TEMPLATES))
    entry = data.draw(st.sampled_from(tables(name)))
    own, placed = plan(name), plan(name).layout.tables[entry.id]
    ours = filled(own, entry)
    last = placed.first_row + placed.rows
    rows = data.draw(st.lists(st.integers(1, last), max_size=2))
    columns = data.draw(st.lists(st.integers(1, len(placed.columns)), max_size=3))
    found = align(
        own, entry, RawSheet(entry.sheet, "visible", SheetCells.grouped(put_between(ours, rows, columns)))
    )
    assert found.readable
    assert not found.lost
    body = {at: cell for at, cell in ours.items() if at[0] > placed.first_row}
    assert {at: cell for at, cell in found.sheet.cells.items() if at in body} == body
    assert {part.kind for part in found.irregularities} == (
        {Trouble.CELLS_MOVED} if rows or columns else set()
    )


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_column_that_is_gone_takes_no_other_with_it(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(TEMPLATES))
    entry = data.draw(st.sampled_from([entry for entry in tables(name) if len(entry.columns) > 2]))
    own = plan(name)
    typed = [at for at, column in enumerate(entry.columns) if column.entry]
    gone = data.draw(st.sampled_from(typed)) + 1
    ours = filled(own, entry)
    left = {(row, column - (column > gone)): cell for (row, column), cell in ours.items() if column != gone}
    found = align(own, entry, RawSheet(entry.sheet, "visible", SheetCells.grouped(left)))
    assert found.readable
    lost = {own.layout.position(*cell)[1] + 1 for cell in found.lost}
    assert lost <= {gone}
    first = own.layout.tables[entry.id].first_row
    body = {at: cell for at, cell in ours.items() if at[1] != gone and at[0] > first}
    assert {at: cell for at, cell in found.sheet.cells.items() if at in body} == body


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_sheet_in_place_is_returned_as_it_is(name: str) -> None:
    for entry in tables(name):
        ours = filled(plan(name), entry)
        found = align(plan(name), entry, RawSheet(entry.sheet, "visible", SheetCells.grouped(ours)))
        assert (found.displacement, found.irregularities, found.lost) == (None, (), frozenset())
