"""What every sheet writer needs: the book, its styles, the plan, and the values to store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlbudget.files.xlsx_writer import Book, Sheet, Style
from xlbudget.model import AllowedCodes, Cell, CellValue, Cover, WorkbookTemplate
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.plan import Values
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.sheets.styles import Styles


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an amount is shown with what it is made of: sheet and address."""

    sheet: str
    address: str


@dataclass(slots=True)
class Canvas:
    """The workbook being written."""

    book: Book
    blueprint: Blueprint
    values: Values
    entered: dict[Cell, CellValue]
    department: bool
    locked_facts: bool
    styles: Styles
    remarks: tuple[str, ...] = ()
    codes: AllowedCodes = field(default_factory=dict)
    kind: str = ""
    sheets: dict[str, Sheet] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    origins: Mapping[Cell, Origin] = field(default_factory=dict)
    printed_rows: Mapping[str, int] = field(default_factory=dict)
    """How many rows of a sheet are printed, where that is known when it is written: nobody fills it in."""
    _led: frozenset[tuple[str, str]] = field(init=False)
    """Columns with cells that lead elsewhere."""

    def __post_init__(self) -> None:
        self._led = frozenset((cell.table, cell.column) for cell in self.origins)

    @property
    def layout(self) -> Layout:
        """The places of all tables."""
        return self.blueprint.layout

    @property
    def template(self) -> WorkbookTemplate:
        """The template being written."""
        return self.blueprint.template

    @property
    def cover(self) -> Cover:
        """What the cover says."""
        cover = self.template.cover
        return cover.of_department() if self.department else cover

    def add_sheet(self, name: str, tab: str, kind: str = "", title: str = "") -> Sheet:
        """Add a sheet; ``kind`` and ``title`` list it in the contents."""
        sheet = self.book.add_worksheet(name)
        sheet.set_tab_color(tab)
        self.sheets[name] = sheet
        if kind:
            self.links.append((kind, name, title))
        return sheet

    def let_go(self, name: str) -> None:
        """Let the cells of a sheet go to which nothing more is written: a department has half a million."""
        if self.department:
            self.sheets[name].finish()

    def write(self, sheet: Sheet, cell: Cell, style: Style) -> None:
        """Write what the blueprint or the entries hold for ``cell``; an empty cell gets its style only."""
        row, column = self.layout.position(cell.table, cell.row, cell.column)
        formulas = self.blueprint.formulas
        if cell in self.origins:
            origin = self.origins[cell]
            link(sheet, (row, column), origin, style, f"各单位的数见“{origin.sheet}”")
        if cell in formulas:
            sheet.write_formula(row, column, formulas[cell], style, stored(self.values.raw(cell)))
            return
        value = self.entered.get(cell, self.blueprint.constants.get(cell))
        if value is None or value == "":
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            sheet.write_number(row, column, float(value), style)
        else:
            sheet.write_string(row, column, str(value), style)

    def write_column(self, sheet: Sheet, table: str, key: str, rows: range, style: Style) -> None:
        """Write some rows of a column in one style, as :meth:`write` does cell by cell."""
        if (table, key) in self._led:
            for row in rows:
                self.write(sheet, Cell(table, row, key), style)
            return
        first, column = self.layout.position(table, 0, key)
        formulas, results = self.blueprint.formulas, self.values.columns.get((table, key), ())
        for row, formula in zip(rows, formulas.column(table, key, rows), strict=True):
            if formula is None:
                self.write(sheet, Cell(table, row, key), style)
            else:
                sheet.write_formula(first + row, column, formula, style, stored(results[row]))


def link(
    sheet: Sheet, place: tuple[int, int], target: Origin, style: Style, tip: str, text: str = ""
) -> None:
    """Make a cell lead to another; what is written to it afterwards, a formula too, keeps the link."""
    sheet.write_url(*place, f"internal:'{target.sheet}'!{target.address}", style, text or target.sheet, tip)


def stored(value: Any) -> Any:
    """Return a result as programs store it: whole numbers without a point, nothing as the empty text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value


def protect(sheet: Sheet) -> None:
    """Lock a sheet without a password: against slips of the hand, not against people."""
    sheet.protect(
        "", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False, "objects": True}
    )
