"""What a text can say of a workbook: values of formulas, and the cells that they are read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, Tag, TextTable
from xlbudget.publication.narrative.figures import amount_text
from xlbudget.workbook.amount_units import money_of
from xlbudget.workbook.language import ColumnRange, LineCells, Node, RowCell, walk
from xlbudget.workbook.names import Context


class SpokenValues:
    """Values of formulas as a text speaks of them, and the cells behind them."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.template = evidence.template
        self.rules = evidence.evaluator
        self.entries = {entry.id for entry in self.template.entries}
        self.panels = {panel.id: panel for _, panel in self.template.panels}

    def converted(self, value: Decimal, formula: str, tag: Tag, line: Cell | None) -> Decimal:
        """Return an amount in the unit that the text names; as written where its own unit is not known."""
        sizes = self.template.moneys
        own = money_of(self.node(formula, line), self.evidence.layout)
        if not tag.money or own not in sizes:
            return value
        return value * sizes[own] / sizes[tag.money]

    def node(self, formula: str, line: Cell | None) -> Node:
        """Return a formula bound where it stands."""
        context = Context(table=line.table, keyed=True) if line else Context()
        return self.rules.names.bind(formula, context)

    def amount(self, formula: str, line: Cell | None) -> tuple[Decimal, tuple[Cell, ...]]:
        """Return the value of a formula and the cells that it reads."""
        node = self.node(formula, line)
        return self.rules.number(self.rules.value(node, line)), tuple(self.cells(node, line))

    def cells(self, node: Node, line: Cell | None) -> Iterator[Cell]:
        """Yield the cells that a bound formula reads."""
        tables = self.evidence.layout.tables
        for part in walk(node):
            if isinstance(part, LineCells):
                lines = tables[part.table].lines
                for row in range(lines[part.first], lines[part.last] + 1):
                    yield Cell(part.table, row, part.column)
            elif isinstance(part, RowCell) and line is not None and part.table == line.table:
                yield Cell(part.table, line.row, part.column)
            elif isinstance(part, ColumnRange) and part.table in tables:
                for row in range(tables[part.table].rows):
                    yield Cell(part.table, row, part.column)

    def lines(self, panel: str, formula: str) -> Iterator[Cell]:
        """Yield the lines of a form for which a formula holds, as cells of its first column."""
        key = self.panels[panel].columns[0].key
        for row in range(self.evidence.layout.tables[panel].rows):
            line = Cell(panel, row, key)
            if self.rules.value(self.node(formula, line), line) is True:
                yield line

    def form_amount(self, value: Decimal) -> str:
        """Return an amount as printed, in form money."""
        return amount_text(value, self.template.form_decimals)

    def is_text(self, cells: Sequence[Cell]) -> bool:
        """Whether a single cell is spoken of, of a column of texts."""
        column = self.evidence.layout.column(cells[0].table, cells[0].column) if len(cells) == 1 else None
        return column is not None and column.kind is not ColumnKind.AMOUNT

    def is_unfilled(self, cells: Iterable[Cell]) -> str:
        """Return the entry sheet of which the cells' column is empty throughout: nothing is known of it."""
        for table, column in dict.fromkeys((cell.table, cell.column) for cell in cells):
            rows = self.evidence.submission.entries.get(table, ())
            if table in self.entries and not any(row.values.get(column) is not None for row in rows):
                return table
        return ""


def texts_by_item(evidence: Evidence, table: TextTable) -> Iterator[tuple[str, list[str]]]:
    """Yield each item with its texts in order; in a summary only those of the department itself."""
    own = {None, "", evidence.submission.unit.code}
    units = evidence.template.unit_table.row_unit
    found: dict[str, list[str]] = {}
    for row in sorted(evidence.submission.entries.get(table.table, ()), key=lambda row: row.row):
        item, text = row.values.get(table.item), row.values.get(table.text)
        theirs = evidence.submission.department and row.values.get(units) not in own
        if isinstance(item, str) and isinstance(text, str) and text.strip() and not theirs:
            found.setdefault(item, []).append(text.strip())
    yield from found.items()
