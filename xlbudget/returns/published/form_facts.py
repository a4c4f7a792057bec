"""What the definition of a form says of it as it is printed: lines, totals, unit of money, units listed."""

from __future__ import annotations

from xlbudget.model import Column, ColumnKind, Form, Line, Panel
from xlbudget.returns.published.sources import shapes_of
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.language import ColumnRange, LineCells, walk
from xlbudget.workbook.names import Context


def lists_units(form: Form, blueprint: Blueprint) -> bool:
    """Whether all open rows of a form are units."""
    shapes = [
        shape
        for panel in form.panels
        for block in blueprint.layout.open_blocks[panel.id]
        for shape in shapes_of(block.segment, panel, blueprint)
    ]
    return bool(shapes) and all(shape.names_units for shape in shapes)


def is_total(line: Line, panel: Panel, form: Form, blueprint: Blueprint) -> bool:
    """Whether a line is made of other lines of its form: then nothing is known of it when it is left out."""
    if line.bold:
        return True
    own = {part.id for part in form.tables}
    return any(
        isinstance(part, LineCells | ColumnRange) and part.table in own
        for column in panel.columns
        if (formula := _line_formula(line, column)) is not None
        for part in walk(
            blueprint.names.bind(
                formula.replace("{column}", column.key), Context(panel.id, form.id, column.key)
            )
        )
    )


def money_of_form(form: Form) -> str:
    """Return the unit of money of a form whose columns have only one, else an empty text."""
    found = {column.money for panel in form.panels for column in panel.columns if column.money}
    return found.pop() if len(found) == 1 else ""


def all_lines(panel: Panel) -> list[Line]:
    """Return the lines of a panel that can be found on a sheet, closing lines included."""
    return [
        line
        for part in panel.tables
        for line in part.lines
        if line.key and not line.numbering and not line.note and not line.key.startswith("_")
    ]


def _line_formula(line: Line, column: Column) -> str | None:
    formula = line.formula if column.kind is ColumnKind.AMOUNT else None
    return formula.text if formula else None
