"""What stands in which cell: every constant and every formula of a workbook, once.

Generation writes the blueprint, recalculation evaluates it, reading compares a returned
file with it. A :class:`FormulaGroup` is one formula that fills several rows of a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from xlbudget.definitions.closing_lines import widest_words
from xlbudget.model import (
    Catalogue,
    Cell,
    Column,
    ColumnKind,
    EntrySheet,
    Form,
    Formula,
    Line,
    Memos,
    OpenRows,
    OpenSource,
    Panel,
    WorkbookTemplate,
    Working,
)
from xlbudget.workbook.check_formulas import CheckFormulas
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.formula_texts import FormulaTexts
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    transform,
)
from xlbudget.workbook.layout import Layout, OpenBlock
from xlbudget.workbook.names import Context, Names, names_of
from xlbudget.workbook.reserved_names import (
    EMPTY_NOTE,
    ORDINAL,
    POSITION,
    UNIT_NAME,
    entry_totals,
    form_foot,
    form_head,
)

_ZERO = Number(Decimal(0))
_ONE = Number(Decimal(1))
_EMPTY = Text("")


Constant = str | int


class Blueprint:
    """All constants and formulas of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.template: WorkbookTemplate = layout.template
        self.names: Names = names_of(layout.template)
        self.constants: dict[Cell, Constant] = {}
        self.memos: Memos = {}
        """What others work out from the blueprint alone."""
        self.groups: tuple[FormulaGroup, ...] = tuple(self._all_groups())

    def _all_groups(self) -> Iterator[FormulaGroup]:
        for catalogue in self.template.catalogues:
            self._catalogue(catalogue)
        for entry in self.template.entries:
            yield from self._entry(entry)
        for working in self.template.workings:
            yield from self._working(working)
        for form in self.template.forms:
            yield self._form_head(form)
            if form_foot(form) in self.layout.tables:
                yield from self._form_foot(form)
            for panel in form.tables:
                yield from self._panel(form, panel)
        checks = CheckFormulas(self.layout, self.names)
        yield from checks.checks()
        yield checks.verdict()
        self.constants.update(checks.constants)

    @cached_property
    def formulas(self) -> FormulaTexts:
        """Excel text (without the leading =) of every formula cell."""
        return FormulaTexts(self.layout, self.groups)

    def context_of(self, panel: Panel) -> Context:
        """Return the context in which a panel's own formulas are written."""
        form = next(form.id for form, part in self.template.form_tables if part.id == panel.id)
        return Context(panel.id, form)

    # ---------------------------------------------------------- simple tables

    def _catalogue(self, catalogue: Catalogue) -> None:
        for at, row in enumerate(catalogue.rows):
            for key, text in row.items():
                if text:
                    self.constants[Cell(catalogue.id, at, key)] = text

    def _entry(self, entry: EntrySheet) -> Iterator[FormulaGroup]:
        rows = tuple(range(self.layout.capacity[entry.id]))
        for at, line in enumerate(entry.lines):
            for key, value in line.cells.items():
                if isinstance(value, str):
                    self.constants[Cell(entry.id, at, key)] = value
        for column in entry.columns:
            if column.formula is not None:
                node = self.names.bind(column.formula.text, Context(entry.id, "", column.key))
                yield FormulaGroup(entry.id, column.key, rows, node)
            elif is_ordinal(column):
                self.constants.update({Cell(entry.id, row, column.key): row + 1 for row in rows})
            if column.kind is ColumnKind.AMOUNT and entry_totals(entry.id) in self.layout.tables:
                total = Call("SUM", (ColumnRange(entry.id, column.key),))
                yield FormulaGroup(entry_totals(entry.id), column.key, (0,), total)

    def _working(self, working: Working) -> Iterator[FormulaGroup]:
        count = self.layout.tables[working.id].rows
        for column in working.columns:
            if column.formula is None:
                continue
            texts: dict[str, list[int]] = {}
            for row in range(count):
                texts.setdefault(self._row_text(working, column.formula.text, row), []).append(row)
            for text, rows in texts.items():
                node = self.names.bind(text, Context(working.id, "", column.key))
                yield FormulaGroup(working.id, column.key, tuple(rows), node)

    def _row_text(self, working: Working, text: str, row: int) -> str:
        """Put the catalogue row's own attributes in place of ``{…}``."""
        if "{" not in text:
            return text
        for key, value in self.template.catalogue(working.rows_of).rows[row].items():
            text = text.replace("{" + key + "}", value)
        return text

    # ------------------------------------------------------------------ forms

    def _panel(self, form: Form, panel: Panel) -> Iterator[FormulaGroup]:
        by_formula: dict[tuple[str, Node], list[int]] = {}
        row = 0
        for segment in panel.body:
            if isinstance(segment, Line):
                for column, node in self._line(form, panel, segment, row):
                    by_formula.setdefault((column, node), []).append(row)
                row += 1
        for (column, node), rows in by_formula.items():
            yield FormulaGroup(panel.id, column, tuple(rows), node)
        for block in self.layout.open_blocks[panel.id]:
            yield from self._open(form, panel, block)

    def _line(self, form: Form, panel: Panel, line: Line, row: int) -> Iterator[tuple[str, Node]]:
        if not line.key:
            return
        for column in panel.columns:
            value = line.cells.get(column.key)
            if isinstance(value, str):
                self.constants[Cell(panel.id, row, column.key)] = value
                continue
            formula = value or self.formula_of(line, column)
            if formula is not None and not line.numbering:
                yield column.key, self._bind(formula, form, panel, column)

    @staticmethod
    def formula_of(line: Line, column: Column) -> Formula | None:
        """Return the formula of an amount cell, chosen between line and column.

        A line formula that speaks of ``{column}`` is not meant for columns that are derived.
        """
        if column.kind is not ColumnKind.AMOUNT or line.formula is None:
            return column.formula
        if "{column}" in line.formula.text and column.formula is not None and not column.each_line:
            return column.formula
        return line.formula

    def _bind(self, formula: Formula, form: Form, panel: Panel, column: Column) -> Node:
        text = formula.text.replace("{column}", column.key)
        return self.names.bind(text, Context(panel.id, form.id, column.key))

    def _open(self, form: Form, panel: Panel, block: OpenBlock) -> Iterator[FormulaGroup]:
        rows = tuple(range(block.start, block.stop))
        for ordinal, row in enumerate(rows, 1):
            self.constants[Cell(panel.id, row, ORDINAL)] = ordinal
        for number, source in enumerate(block.segment.every_source, 1):
            match = Call("MATCH", (RowCell(panel.id, ORDINAL), ColumnRange(source.table, source.rank), _ZERO))
            yield FormulaGroup(panel.id, f"{POSITION}{number}", rows, Call("IFERROR", (match, _ZERO)))
        note = "" if form.has_closing else note_column(form, panel)
        for column in panel.columns:
            node = self._open_cell(form, panel, block.segment, column)
            if node is None:
                continue
            if column.key == note:
                node = self._with_note(form, panel, node)
            yield FormulaGroup(panel.id, column.key, rows, node)

    def _open_cell(self, form: Form, panel: Panel, segment: OpenRows, column: Column) -> Node | None:
        """Return IF(first position > 0, first source's cell, IF(second …, empty))."""
        listed = any(column.key in source.cells for source in segment.sources)
        own = self._bind(column.formula, form, panel, column) if column.formula and not listed else None
        if segment.closing is None and not listed:
            return own
        node: Node = _ZERO if column.kind is ColumnKind.AMOUNT and not column.zeros else _EMPTY
        sources = segment.every_source
        for number in range(len(sources), 0, -1):
            source = sources[number - 1]
            formula = source.cells.get(column.key)
            if formula is None and own is not None and source is not segment.closing:
                position = RowCell(panel.id, f"{POSITION}{number}")
                node = Call("IF", (Operation(">", position, _ZERO), own, node))
            elif formula is not None:
                position = RowCell(panel.id, f"{POSITION}{number}")
                value = self._fetched(formula, source, column, position)
                node = Call("IF", (Operation(">", position, _ZERO), value, node))
        return node

    def _fetched(self, formula: Formula, source: OpenSource, column: Column, position: RowCell) -> Node:
        """Read the source's row through its position: ``T[@x]`` becomes ``INDEX(T[x], position)``."""
        text = formula.text.replace("{column}", column.key)
        node = self.names.bind(text, Context(source.table, "", column.key))

        def fetch(part: Node) -> Node | None:
            if isinstance(part, RowCell):
                return Call("INDEX", (ColumnRange(part.table, part.column), position))
            return None

        fetched = transform(node, fetch)
        if column.kind is not ColumnKind.AMOUNT and not isinstance(fetched, Text):
            return Operation("&", fetched, _EMPTY)
        return fetched

    def _with_note(self, form: Form, panel: Panel, node: Node) -> Node:
        """Let the first open row say that the form is empty when it is."""
        empty = self.names.bind(form.empty_when.text, Context(panel.id, form.id))
        first = Operation("=", RowCell(panel.id, ORDINAL), _ONE)
        note = self.names.bind(form.empty_note.text, Context())
        says = Call("IF", (Call("AND", (first, empty)), note, _EMPTY))
        return _replace_last_else(node, says)

    def _form_head(self, form: Form) -> FormulaGroup:
        return FormulaGroup(form_head(form), UNIT_NAME, (0,), self.names.bind(form.left.text, Context()))

    def _form_foot(self, form: Form) -> Iterator[FormulaGroup]:
        """Say below a form without open rows what always stands there, and that it is empty when it is."""
        for row, text in enumerate(form.notes):
            node = self.names.bind(text.text, Context())
            yield FormulaGroup(form_foot(form), EMPTY_NOTE, (row,), node)
        empty = self.names.bind(form.empty_when.text, Context("", form.id))
        says = Call("IF", (empty, self.names.bind(form.empty_note.text, Context()), _EMPTY))
        yield FormulaGroup(form_foot(form), EMPTY_NOTE, (len(form.notes),), says)

    @cached_property
    def allowed(self) -> Mapping[tuple[str, str], Mapping[str, None]]:
        """What limited entry columns accept: (entry sheet, column) → texts in order."""
        limited = {
            (entry.id, column.key): dict.fromkeys(self.template.allowed_values(column))
            for entry in self.template.entries
            for column in entry.columns
            if column.entry
        }
        return {place: texts for place, texts in limited.items() if texts}

    @cached_property
    def template_quantum(self) -> Decimal:
        """The smallest difference between two exact amounts, in the largest unit of money in use."""
        moneys = {
            column.money for _, panel in self.template.panels for column in panel.columns if column.money
        }
        return min(map(self.template.quantum, {self.template.form_money, *moneys}))

    def quantum(self, table: str, column: str) -> Decimal:
        """Return the smallest difference between two exact amounts of a column."""
        if table not in self._form_tables:
            return self.template_quantum
        found = self.layout.column(table, column)
        return self.template.quantum(found.money) if found and found.money else self.template_quantum

    @cached_property
    def _form_tables(self) -> frozenset[str]:
        return frozenset(panel.id for _, panel in self.template.form_tables)


def is_ordinal(column: Column) -> bool:
    """Whether a column of a ledger just numbers its rows."""
    return column.kind is ColumnKind.COUNT and column.formula is None and not column.entry


def note_column(form: Form, panel: Panel) -> str:
    """Return the column whose first open row carries the form's empty note: the widest text column.

    A neighbour that holds a formula clips an overflowing text, so the widest column is taken;
    only the first panel with open rows carries the note.
    """
    first = next((part for part in form.panels if any(isinstance(row, OpenRows) for row in part.body)), None)
    if first is not panel:
        return ""
    return widest_words(panel)


def _replace_last_else(node: Node, says: Node) -> Node:
    if isinstance(node, Call) and node.function == "IF":
        condition, value, otherwise = node.arguments
        return Call("IF", (condition, value, _replace_last_else(otherwise, says)))
    return says
