"""Where every table stands in a workbook: the only module that knows sheet addresses.

A :class:`Layout` is computed from a template and the capacities of its tables. Rows and
columns count from 0 here and become addresses (``C12``) only on the way out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from xlbudget.definitions.closing_lines import RANK
from xlbudget.files.addresses import cell_address, column_letters
from xlbudget.model import (
    Cell,
    Column,
    ColumnKind,
    EntrySheet,
    Form,
    Line,
    OpenRows,
    Panel,
    Place,
    WorkbookTemplate,
)
from xlbudget.model.control_lines import CONTROLS
from xlbudget.workbook.check_rows import CheckRow, check_rows
from xlbudget.workbook.names import CHECK_COLUMNS, CHECKS
from xlbudget.workbook.reserved_names import (
    COVER,
    EMPTY_NOTE,
    OPTIONS_SHEET,
    ORDINAL,
    STAMP_SHEET,
    UNIT_NAME,
    VERDICT,
    auxiliary,
    entry_totals,
    form_foot,
    form_head,
)

_FORM_HEADING_ROW = 3
_ENTRY_HEADING_ROW = 3
_CATALOGUE_FIRST_ROW = 2
_WORKING_FIRST_ROW = 1
_CHARTED_FIRST_ROW = 3
_CHECKS_FIRST_ROW = 4
_COVER_FACTS_ROW = 8
COVER_FACTS = 5
"""How many lines of the unit's facts have room on the cover, above the verdict."""
_COVER_COLUMN = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A table in its place: sheet, first body row, number of rows, column positions, rows of its lines."""

    name: str
    sheet: str
    first_row: int
    rows: int
    columns: Mapping[str, int]
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """Open rows in their place: rows ``start`` to ``stop`` (not included) of a panel's body."""

    segment: OpenRows
    start: int
    stop: int


def heading_depth(columns: Iterator[Column] | tuple[Column, ...]) -> int:
    """Return how many heading rows the visible columns need."""
    return max((len(column.heading) for column in columns if not column.hidden), default=1)


class Layout:
    """The places of all tables of one template for given capacities (rows by table id)."""

    def __init__(self, template: WorkbookTemplate, capacity: Mapping[str, int] | None = None) -> None:
        self.template = template
        self.capacity = self._capacities(capacity or {})
        self.check_rows: tuple[CheckRow, ...] = check_rows(template)
        self.open_blocks: dict[str, tuple[OpenBlock, ...]] = {}
        self.tables: dict[str, Placed] = {}
        for form in template.forms:
            self._place_form(form)
        for entry in template.entries:
            self._place_entry(entry)
        for catalogue in template.catalogues:
            columns = {key: at for at, key in enumerate(catalogue.columns)}
            self._place(catalogue.id, catalogue.sheet, _CATALOGUE_FIRST_ROW, len(catalogue.rows), columns)
        for working in template.workings:
            columns = {column.key: at for at, column in enumerate(working.columns)}
            rows = working.rows or self.tables[working.rows_of].rows
            first_row = _WORKING_FIRST_ROW if working.chart is None else _CHARTED_FIRST_ROW
            self._place(working.id, working.sheet, first_row, rows, columns)
        for form in template.forms:
            self._place(form_head(form), form.sheet, _FORM_HEADING_ROW - 1, 1, {UNIT_NAME: 0})
            if not any(self.open_blocks[panel.id] for panel in form.panels):
                bottom = max(
                    self.tables[panel.id].first_row + self.tables[panel.id].rows for panel in form.panels
                )
                self._place(form_foot(form), form.sheet, bottom, len(form.notes) + 1, {EMPTY_NOTE: 0})
        checks = {key: at for at, key in enumerate(CHECK_COLUMNS)}
        self._place(CHECKS, template.check_sheet.sheet, _CHECKS_FIRST_ROW, len(self.check_rows), checks)
        verdict_row = _COVER_FACTS_ROW + COVER_FACTS + 1
        self._place(COVER, template.cover.sheet, verdict_row, 1, {VERDICT: _COVER_COLUMN + 1})

    # ------------------------------------------------------------ capacities

    def _capacities(self, given: Mapping[str, int]) -> dict[str, int]:
        result = {}
        for entry in self.template.entries:
            default = len(entry.lines) if entry.lines else entry.capacity
            result[entry.id] = default if entry.lines else given.get(entry.id, default)
        for _, panel in self.template.panels:
            for segment in panel.body:
                if isinstance(segment, OpenRows) and segment.sources:
                    result[panel.id] = given.get(panel.id, self._open_rows(segment, result))
        return result

    @staticmethod
    def _open_rows(segment: OpenRows, known: Mapping[str, int]) -> int:
        if isinstance(segment.capacity, int):
            return segment.capacity
        return sum(known[name] for name in segment.capacity)

    # ---------------------------------------------------------------- places

    def _place(
        self,
        name: str,
        sheet: str,
        first_row: int,
        rows: int,
        columns: Mapping[str, int],
        lines: Mapping[str, int] | None = None,
    ) -> None:
        self.tables[name] = Placed(name, sheet, first_row, rows, columns, lines or {})

    def _place_form(self, form: Form) -> None:
        first_row = _FORM_HEADING_ROW + form_heading_depth(form)
        at = 0
        visible: dict[str, dict[str, int]] = {panel.id: {} for panel in form.panels}
        for panel in form.panels:
            for column in panel.columns:
                if not column.hidden:
                    visible[panel.id][column.key] = at
                    at += 1
        for panel in form.panels:
            for key in (*(column.key for column in panel.columns if column.hidden), *auxiliary(panel)):
                visible[panel.id][key] = at
                at += 1
        deepest = max(map(self._depth, form.panels))
        for panel in form.panels:
            rows, lines = self._body(panel, deepest)
            self._place(panel.id, form.sheet, first_row, rows, visible[panel.id], lines)
        for panel in form.panels:
            if panel.closing is not None:
                rows, lines = self._body(panel.closing, 0)
                columns = {**visible[panel.id], RANK: visible[panel.id][ORDINAL]}
                below = (
                    first_row + deepest + max(len(part.closing.body) for part in form.panels if part.closing)
                )
                self._place(panel.closing.id, form.sheet, below, rows, columns, lines)

    def _depth(self, panel: Panel) -> int:
        """Return how many rows a panel has at most before its closing lines."""
        return sum(1 if isinstance(part, Line) else self.capacity.get(panel.id, 0) for part in panel.body)

    def _body(self, panel: Panel, deepest: int) -> tuple[int, dict[str, int]]:
        """Return the number of rows of a panel and the rows of its lines.

        Closing lines may be shown in any row of the block, and below the ``deepest`` panel of the form.
        """
        row, lines, blocks = 0, {}, []
        for segment in panel.body:
            if isinstance(segment, Line):
                if segment.key:
                    lines[segment.key] = row
                row += 1
            else:
                stop = row + self.capacity.get(panel.id, 0)
                if panel.closing is not None:
                    stop = deepest + len(panel.closing.body)
                blocks.append(OpenBlock(segment, row, stop))
                row = stop
        self.open_blocks[panel.id] = tuple(blocks)
        return row, lines

    def _place_entry(self, entry: EntrySheet) -> None:
        lines = {line.key: at for at, line in enumerate(entry.lines)}
        if entry.sheet == self.template.cover.sheet:
            columns = {column.key: _COVER_COLUMN + at for at, column in enumerate(entry.columns)}
            self._place(entry.id, entry.sheet, _COVER_FACTS_ROW, len(lines), columns, lines)
            return
        if entry.id == CONTROLS:
            columns = {column.key: len(CHECK_COLUMNS) + at for at, column in enumerate(entry.columns)}
            row = _CHECKS_FIRST_ROW + len(self.check_rows) - len(lines)
            self._place(entry.id, entry.sheet, row, len(lines), columns, lines)
            return
        columns = {column.key: at for at, column in enumerate(entry.columns)}
        first_row = _ENTRY_HEADING_ROW + heading_depth(entry.columns)
        self._place(entry.id, entry.sheet, first_row, self.capacity[entry.id], columns, lines)
        if not entry.totals:
            return
        amounts = {
            column.key: columns[column.key] for column in entry.columns if column.kind is ColumnKind.AMOUNT
        }
        self._place(entry_totals(entry.id), entry.sheet, _ENTRY_HEADING_ROW - 1, 1, amounts)

    # ------------------------------------------------------------- addresses

    def position(self, table: str, row: int, column: str) -> tuple[int, int]:
        """Return (row, column) on the sheet, from 0, of row ``row`` of a table."""
        placed = self.tables[table]
        return placed.first_row + row, placed.columns[column]

    def headings(self, entry: EntrySheet) -> Iterator[tuple[int, int, str]]:
        """Yield where the lowest heading of each column of an entry sheet stands: row, column, text."""
        if entry.id not in (self.template.unit_facts.table, CONTROLS):
            for column in entry.columns:
                row = _ENTRY_HEADING_ROW + len(column.heading) - 1
                yield row, self.tables[entry.id].columns[column.key], column.heading[-1]

    def form_headings(self, form: Form) -> Iterator[tuple[int, int, str]]:
        """Yield where the lowest heading of each visible column of a form stands: row, column, text."""
        for panel in form.panels:
            for column in panel.columns:
                if not column.hidden:
                    row = _FORM_HEADING_ROW + len(column.heading) - 1
                    yield row, self.tables[panel.id].columns[column.key], column.heading[-1]

    def address(self, table: str, row: int, column: str) -> str:
        """Return the address of a cell, such as ``C12``."""
        at_row, at_column = self.position(table, row, column)
        return cell_address(at_row, at_column)

    def range_text(self, table: str, column: str, first: int = 0, last: int | None = None) -> str:
        """Return the absolute address of rows ``first`` to ``last`` of a column, without its sheet."""
        placed = self.tables[table]
        letters = column_letters(placed.columns[column])
        last = placed.rows - 1 if last is None else last
        start, stop = placed.first_row + first + 1, placed.first_row + last + 1
        one = f"${letters}${start}"
        return one if first == last else f"{one}:${letters}${stop}"

    # ------------------------------------------------------------- for people

    def place(self, cell: Cell) -> Place:
        """Return a cell as people find it; the line's own words are added by those who know values."""
        placed = self.tables[cell.table]
        column = self.column_name(cell.table, cell.column)
        address = self.address(cell.table, cell.row, cell.column)
        return Place(self.title_of(cell.table), "", column, placed.sheet, address)

    @cached_property
    def _titles(self) -> dict[str, str]:
        titles = {CHECKS: self.template.check_sheet.title, COVER: self.template.cover.title}
        titles |= {panel.id: form.title for form, panel in self.template.form_tables}
        titles |= {form_head(form): form.title for form in self.template.forms}
        titles |= {form_foot(form): form.title for form in self.template.forms}
        titles |= {entry_totals(entry.id): entry.title for entry in self.template.entries}
        return titles | {entry.id: entry.title for entry in self.template.entries}

    def title_of(self, table: str) -> str:
        """Return the title of the form or sheet that a table belongs to."""
        return self._titles.get(table, table)

    def sheet_title(self, table: str) -> str:
        """Return the title printed on the sheet of a table; a sheet that nobody sees has its name."""
        sheet = self.tables[table].sheet
        department = self.template.is_department
        return self.template.titles(department=department).get(sheet, sheet)

    @cached_property
    def _columns(self) -> dict[tuple[str, str], Column]:
        found = {
            (panel.id, column.key): column
            for _, panel in self.template.form_tables
            for column in panel.columns
        }
        for entry in self.template.entries:
            found |= {(entry.id, column.key): column for column in entry.columns}
        for working in self.template.workings:
            found |= {(working.id, column.key): column for column in working.columns}
        return found

    def column(self, table: str, key: str) -> Column | None:
        """Return the definition of a column of a form, an entry sheet or a working, or None."""
        return self._columns.get((table, key))

    def money(self, table: str, key: str) -> str:
        """Return in which unit of money the amounts of a column are."""
        column = self.column(table, key)
        return column.money if column and column.money else self.template.form_money

    def decimals(self, table: str, key: str) -> int:
        """Return with how many decimals an amount of a column prints."""
        column = self.column(table, key)
        return column.decimals if column else self.template.form_decimals

    def column_name(self, table: str, key: str) -> str:
        """Return what outputs call a column."""
        column = self.column(table, key)
        return column.name if column else key

    def line_of(self, table: str, row: int) -> str:
        """Return the key of the fixed line at a row, or an empty text."""
        return next((key for key, at in self.tables[table].lines.items() if at == row), "")

    own_sheets = (STAMP_SHEET, OPTIONS_SHEET)
    """Technical sheets that every workbook of ours carries."""

    @cached_property
    def cells_by_sheet(self) -> dict[str, dict[tuple[int, int], Cell]]:
        """Every cell of our tables, except code lists, by sheet and position (from 0)."""
        found: dict[str, dict[tuple[int, int], Cell]] = {}
        lists = {catalogue.id for catalogue in self.template.catalogues}
        for placed in self.tables.values():
            if placed.name in lists:
                continue
            cells = found.setdefault(placed.sheet, {})
            for key, at in placed.columns.items():
                for row in range(placed.rows):
                    cells[placed.first_row + row, at] = Cell(placed.name, row, key)
        return found

    @cached_property
    def cells_by_address(self) -> dict[str, dict[str, Cell]]:
        """The same by sheet and address."""
        return {
            sheet: {f"{column_letters(column)}{row + 1}": cell for (row, column), cell in cells.items()}
            for sheet, cells in self.cells_by_sheet.items()
        }


def form_heading_depth(form: Form) -> int:
    """Return how many heading rows a form has."""
    return max(heading_depth(panel.columns) for panel in form.panels)
