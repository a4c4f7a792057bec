"""Room for the open rows that a document has: its blueprint, and where the lines found stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xlbudget.model import Cell, ColumnKind, Panel, WorkbookTemplate
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import Headings, is_figure
from xlbudget.returns.published.lines import FoundLine
from xlbudget.returns.published.sources import shapes_of
from xlbudget.returns.published.texts import plain
from xlbudget.returns.published.workbooks import ShownAmount
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.keeper import Keeper, identity
from xlbudget.workbook.layout import Layout

_blueprints: Keeper[Blueprint] = Keeper(16)


def blueprint_with(template: WorkbookTemplate, room: Iterable[tuple[str, int]]) -> Blueprint:
    """Return the blueprint for a template with room for that many open rows (kept: it costs a while)."""
    rows = tuple(sorted(room))
    return _blueprints.get((identity(template), rows), lambda: Blueprint(Layout(template, dict(rows))))


def room_needed(lines: Mapping[str, list[FoundLine]], capacity: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the panels that have more open rows than the template foresees, with enough room."""
    counts = {panel: sum(not line.line for line in found) for panel, found in lines.items()}
    return [
        (panel, -(-count // 100) * 100)
        for panel, count in counts.items()
        if panel in capacity and count > capacity[panel]
    ]


def row_of(line: FoundLine, layout: Layout) -> int:
    """Return the row of its panel at which a line found stands."""
    if line.line:
        return layout.tables[line.panel].lines[line.line]
    return layout.open_blocks[line.panel][0].start + line.ordinal


def under_headings(
    grid: Grid, headings: Headings, panel: Panel, lines: Sequence[FoundLine], layout: Layout
) -> set[Cell]:
    """Return the cells of a line in the row of the lowest headings in which a heading stands."""
    return {
        Cell(line.panel, row_of(line, layout), column.key)
        for line in lines
        if line.row in headings.rows
        for column in panel.columns
        if column.kind is ColumnKind.AMOUNT
        and (at := headings.columns.get((panel.id, column.key))) is not None
        and not is_figure(grid.text(line.row, at))
    }


def unit_lines_between(
    panel: Panel,
    lines: list[FoundLine],
    blueprint: Blueprint,
    amounts: Mapping[Cell, ShownAmount],
    unit: str,
) -> bool:
    """Whether lines of other units stand between the lines of a panel, so that its levels are not known."""
    shapes = [
        shape
        for block in blueprint.layout.open_blocks[panel.id]
        for shape in shapes_of(block.segment, panel, blueprint)
    ]
    naming = [shape for shape in shapes if shape.names_units]
    if not naming or len(naming) == len(shapes):
        return False
    said = [
        line
        for line in lines
        if not line.line
        and naming[0].constants.items() <= line.texts.items()
        and plain(unit) not in map(plain, line.texts.values())
    ]
    return bool(said) or twice_the_total(panel, lines, blueprint.layout, amounts)


def twice_the_total(
    panel: Panel, lines: list[FoundLine], layout: Layout, amounts: Mapping[Cell, ShownAmount]
) -> bool:
    """Whether the open rows add up to twice the first total: units and what they are made of."""
    total = next((line for line in lines if line.line), None)
    rows = [line for line in lines if not line.line]
    column = next(one.key for one in panel.columns if one.kind is ColumnKind.AMOUNT)
    if total is None or (whole := amounts.get(Cell(total.panel, row_of(total, layout), column))) is None:
        return False
    parts = [one for line in rows if (one := amounts.get(Cell(panel.id, row_of(line, layout), column)))]
    listed = {name for line in rows for name in line.texts.values()}
    slack = sum((one.interval.half for one in parts), 2 * whole.interval.half)
    twice = abs(sum((one.value for one in parts), -2 * whole.value)) <= slack
    return twice and whole.value != 0 and not listed & set(total.texts.values())
