"""What identifies an open row, by the definitions: a code list's row, a unit, or a name of its own.

An open row of a form fetches its cells from a source. Where the source goes along a code list, the row
is that of the code list whose code (or name) is printed, and hidden columns (level, code above) follow
from it. Elsewhere the row names a unit or something that units name themselves (projects).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from xlbudget.model import Catalogue, OpenRows, OpenSource, Panel
from xlbudget.returns.published.texts import plain
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.language import ColumnRange, LineCells, Node, Operation, RowCell, Text, walk
from xlbudget.workbook.names import Context


@dataclass(frozen=True)
class SourceShape:
    """One source of open rows: constants and code list attributes by column, and whether it names units."""

    source: OpenSource
    constants: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    names_units: bool = False

    def formula(self, column: str) -> str:
        """Return the text of a column's formula, or an empty text."""
        formula = self.source.cells.get(column)
        return formula.text if formula else ""

    @cached_property
    def by_code(self) -> dict[str, int]:
        """Rows of the code list by code."""
        if self.catalogue is None:
            return {}
        return {row[self.catalogue.key]: at for at, row in enumerate(self.catalogue.rows)}

    def by_text(self, column: str) -> dict[str, list[int]]:
        """Return rows of the code list by the plain text that ``column`` of the form prints."""
        found: dict[str, list[int]] = {}
        if self.catalogue is not None and column in self.attributes:
            for at, row in enumerate(self.catalogue.rows):
                found.setdefault(plain(row.get(self.attributes[column], "")), []).append(at)
        return found

    def by_parts(self, columns: tuple[str, ...]) -> dict[tuple[str, ...], int]:
        """Return rows of the code list by the texts of columns that print its code in parts, zeros aside."""
        rows = self.catalogue.rows if self.catalogue is not None else ()
        return {
            tuple(row.get(self.attributes[key], "").lstrip("0") for key in columns): at
            for at, row in enumerate(rows)
        }

    def code(self, row: int) -> str:
        """Return the code of a row of the code list."""
        return self.catalogue.rows[row][self.catalogue.key] if self.catalogue else ""

    def above(self, row: int) -> str:
        """Return the code above a row of the code list."""
        if self.catalogue is None or not self.catalogue.parent:
            return ""
        return self.catalogue.rows[row].get(self.catalogue.parent, "")


def shape_of(source: OpenSource, panel: Panel, blueprint: Blueprint) -> SourceShape:
    """Return what identifies the rows of one source."""
    template = blueprint.template
    working = next((part for part in template.workings if part.id == source.table), None)
    lists = {catalogue.id: catalogue for catalogue in template.catalogues}
    catalogue = lists.get(working.rows_of if working else source.table)
    constants: dict[str, str] = {}
    attributes: dict[str, str] = {}
    names_units = False
    for column in panel.columns:
        formula = source.cells.get(column.key)
        if formula is None:
            continue
        text = formula.text.replace("{column}", column.key)
        node = blueprint.names.bind(text, Context(source.table, "", column.key))
        if isinstance(node, Operation) and node.operator == "&" and isinstance(node.right, RowCell):
            node = node.right  # an ordinal before a name is no part of it
        if isinstance(node, Text):
            constants[column.key] = node.value
        elif catalogue is not None and isinstance(node, RowCell) and node.table == catalogue.id:
            attributes[column.key] = node.column
        elif not column.hidden and not names_units:
            names_units = _names_a_unit(node, blueprint, frozenset())
    return SourceShape(source, constants, attributes, catalogue if attributes else None, names_units)


def shapes_of(segment: OpenRows, panel: Panel, blueprint: Blueprint) -> tuple[SourceShape, ...]:
    """Return what identifies the rows of each source of a block of open rows."""
    return tuple(shape_of(source, panel, blueprint) for source in segment.sources)


def _names_a_unit(node: Node, blueprint: Blueprint, seen: frozenset[tuple[str, str]]) -> bool:
    """Whether a formula fetches the name of a unit, through whatever workings."""
    template = blueprint.template
    for part in walk(node):
        if not isinstance(part, RowCell | ColumnRange | LineCells):
            continue
        if (part.table, part.column) == (template.unit_table.table, template.unit_table.name):
            return True
        working = next((one for one in template.workings if one.id == part.table), None)
        column = next((one for one in working.columns if one.key == part.column), None) if working else None
        if working is None or column is None or column.formula is None or (part.table, part.column) in seen:
            continue
        if "{" in column.formula.text:
            continue
        bound = blueprint.names.bind(column.formula.text, Context(working.id, "", column.key))
        if _names_a_unit(bound, blueprint, seen | {(part.table, part.column)}):
            return True
    return False
