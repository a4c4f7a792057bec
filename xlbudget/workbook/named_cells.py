"""A definition that names cells of fixed lines: which cells those are."""

from __future__ import annotations

from xlbudget.model import Cell, Formula
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.language import LineCells
from xlbudget.workbook.names import Context, Names


def named_lines(names: Names, formula: Formula) -> LineCells | None:
    """Return the fixed lines that a reference by name means; None for anything else."""
    node = names.bind(formula.text, Context())
    return node if isinstance(node, LineCells) else None


def named_cells(blueprint: Blueprint, formula: Formula) -> tuple[Cell, ...]:
    """Return the cells that a reference by name means, one or a run of lines; none for anything else."""
    named = named_lines(blueprint.names, formula)
    if named is None:
        return ()
    lines = blueprint.layout.tables[named.table].lines
    return tuple(
        Cell(named.table, row, named.column) for row in range(lines[named.first], lines[named.last] + 1)
    )


def named_cell(blueprint: Blueprint, formula: Formula) -> Cell:
    """Return the one cell that a definition names; TypeError for anything else, which lint says."""
    cells = named_cells(blueprint, formula)
    if not cells:
        raise TypeError(formula.text)
    return cells[0]


def figure_cells(blueprint: Blueprint) -> tuple[Cell, ...]:
    """Return the form cell of each main figure that a department's summary lists of its units."""
    listed = blueprint.template.unit_figures
    cells = (named_cells(blueprint, part.cell) for part in (listed.figures if listed else ()))
    return tuple(found[0] for found in cells if found)
