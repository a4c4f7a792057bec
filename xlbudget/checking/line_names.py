"""What people call a line of a form or of an entry sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.model import Cell, CellValue, Line, Panel, WorkbookTemplate
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.reserved_names import CLOSING_POSITION


@dataclass(frozen=True, slots=True)
class LineNames:
    """Names of the lines of one workbook; ``value`` gives our value of a cell."""

    template: WorkbookTemplate
    layout: Layout
    value: Callable[[Cell], CellValue]

    def name(self, panel: Panel, row: int) -> str:
        """Return what outputs call a row of a form: the panel's ``line_name`` with its cells put in.

        ``{position}`` counts the body rows from 1, the numbering row included.
        """
        closing = self.closing(panel, row)
        if closing is not None:
            return "" if closing.note else panel.label(closing)
        text = panel.line_name.replace("{position}", str(row + 1))
        for column in panel.columns:
            if "{" + column.key + "}" in text:
                value = self.value(Cell(panel.id, row, column.key))
                text = text.replace("{" + column.key + "}", "" if value is None else str(value))
        return text.strip() or self.layout.line_of(panel.id, row)

    def closing(self, panel: Panel, row: int) -> Line | None:
        """Return the closing line or note that a row of open rows shows, if any."""
        blocks = self.layout.open_blocks[panel.id]
        if panel.closing is None or not blocks or row < blocks[0].start:
            return None
        at = self.value(Cell(panel.id, row, CLOSING_POSITION))
        return list(panel.closing.lines)[int(at) - 1] if isinstance(at, Decimal) and at else None

    def where(self, cell: Cell) -> str:
        """Return the words for a cell's line: a form's line, a fixed line, or «第 n 行» of a ledger."""
        for _, panel in self.template.form_tables:
            if panel.id == cell.table:
                return self.name(panel, cell.row)
        line = self.layout.line_of(cell.table, cell.row)
        of_entry = any(entry.id == cell.table for entry in self.template.entries)
        return line or (f"第 {cell.row + 1} 行" if of_entry else "")
