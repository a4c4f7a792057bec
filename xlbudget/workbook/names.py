"""What the names in formulas stand for: tables, columns, lines and constants of one template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.model import ColumnKind, EntrySheet, Line, OpenRows, Panel, WorkbookTemplate, Working
from xlbudget.model.words import nearest
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    Reference,
    RowCell,
    Text,
    parse,
    transform,
)

CHECKS = "校验"
"""Table name of the live check sheet's rows."""
CHECK_COLUMNS = ("编号", "关系", "级别", "左值", "比较", "右值", "差额", "结论", "阻断", "说明")
CHECK_AMOUNTS = ("左值", "右值", "差额")
"""Columns of the check sheet that hold amounts."""


class UnknownName(ValueError):
    """A formula names something that the template does not have; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table by name: its columns, its fixed lines, and the table whose rows it shares."""

    name: str
    columns: tuple[str, ...]
    amounts: tuple[str, ...]
    lines: tuple[str, ...] = ()
    rows_of: str = ""
    open_rows: bool = False
    shown: str = ""
    """What people call it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", self.shown or self.name)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a formula stands: its table, its form (if any), the column being filled.

    ``keyed`` allows rows of other tables matched by key, as rules over lines do.
    """

    table: str = ""
    form: str = ""
    column: str = ""
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """All names of a template, and how references are bound to them."""

    tables: Mapping[str, NamedTable]
    forms: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Decimal]
    _cache: dict[tuple[str, Context], Node] = field(default_factory=dict, compare=False, repr=False)

    def bind(self, text: str, context: Context) -> Node:
        """Parse ``text`` and bind every reference; raises FormulaSyntaxError or UnknownName."""
        key = (text, context)
        if key not in self._cache:
            self._cache[key] = transform(parse(text), lambda node: self._bound(node, context))
        return self._cache[key]

    def _bound(self, node: Node, context: Context) -> Node | None:
        if isinstance(node, Call) and node.function == "CAPACITY":
            return self._capacity(node)
        if isinstance(node, Reference):
            return self.resolve(node, context)
        return None

    def _capacity(self, node: Call) -> Node:
        argument = node.arguments[0]
        name = argument.name if isinstance(argument, Reference) else ""
        if name not in self.tables or not self.tables[name].open_rows:
            raise UnknownName(f"CAPACITY 只能用于有可变行的表，“{name}”不是")
        return Call("CAPACITY", (Text(name),))

    def resolve(self, reference: Reference, context: Context) -> Node:
        """Return what one reference stands for; UnknownName with the nearest valid name otherwise."""
        if reference.row:
            return self._row_cell(reference, context)
        if reference.form:
            return self._line_of_form(reference, context)
        if reference.column and not reference.last and reference.name in self.tables:
            self._known_column(reference.name, reference.column)
            return ColumnRange(reference.name, reference.column)
        if not reference.column and not reference.last and reference.name in self.constants:
            return Number(self.constants[reference.name])
        return self._line(reference, self._own_tables(context), context)

    def _own_tables(self, context: Context) -> tuple[str, ...]:
        if context.form:
            return self.forms[context.form]
        return (context.table,) if context.table else ()

    def _known_column(self, table: str, column: str) -> None:
        columns = self.tables[table].columns
        if column not in columns:
            known = [name for name in columns if not name.startswith("_")]
            raise UnknownName(f"“{self.tables[table].shown}”没有“{column}”列{nearest(column, known)}")

    def _row_cell(self, reference: Reference, context: Context) -> RowCell:
        table = reference.name or context.table
        if table not in self.tables:
            raise UnknownName(f"没有名为“{table}”的表{nearest(table, self.tables)}")
        self._known_column(table, reference.column)
        if not context.keyed and not self.same_rows(table, context.table):
            raise UnknownName(f"“{table}”与“{context.table}”的行不是一一对应的，不能写“{table}[@…]”")
        return RowCell(table, reference.column)

    def same_rows(self, one: str, other: str) -> bool:
        """Whether two tables have the same rows (a working and the table that it goes along)."""
        return self._rows_root(one) == self._rows_root(other)

    def _rows_root(self, name: str) -> str:
        return self.tables[name].rows_of or name

    def _line_of_form(self, reference: Reference, context: Context) -> LineCells:
        if reference.form in self.forms:
            return self._line(reference, self.forms[reference.form], context)
        if reference.form in self.tables:
            return self._line(reference, (reference.form,), context)
        known = [name for name in (*self.forms, *self.tables) if not name.startswith("_")]
        raise UnknownName(f"没有名为“{reference.form}”的表{nearest(reference.form, known)}")

    def _line(self, reference: Reference, tables: tuple[str, ...], context: Context) -> LineCells:
        holder = next((table for table in tables if reference.name in self.tables[table].lines), "")
        if not holder:
            known = [line for table in tables for line in self.tables[table].lines]
            known += [*self.constants, *self.tables]
            known = [name for name in known if not name.startswith("_")]
            where = f"“{reference.form or context.form or context.table}”" if tables else "这里"
            raise UnknownName(f"{where}没有名为“{reference.name}”的行{nearest(reference.name, known)}")
        lines = self.tables[holder].lines
        last = reference.last or reference.name
        if last not in lines:
            raise UnknownName(f"“{holder}”没有名为“{last}”的行{nearest(last, lines)}")
        if lines.index(last) < lines.index(reference.name):
            raise UnknownName(f"“{reference.name}:{last}”的首尾次序颠倒")
        return LineCells(holder, reference.name, last, self._column_of(reference, holder, context))

    def _column_of(self, reference: Reference, holder: str, context: Context) -> str:
        if reference.column:
            self._known_column(holder, reference.column)
            return reference.column
        if context.column in self.tables[holder].columns:
            return context.column
        amounts = self.tables[holder].amounts
        if len(amounts) == 1:
            return amounts[0]
        raise UnknownName(f"“{reference.name}”没有写明列；可用的列：{'、'.join(amounts)}")


def names_of(template: WorkbookTemplate) -> Names:
    """Return the names that formulas of ``template`` may use."""
    tables: dict[str, NamedTable] = {
        CHECKS: NamedTable(CHECKS, CHECK_COLUMNS, CHECK_AMOUNTS, open_rows=False)
    }
    for catalogue in template.catalogues:
        tables[catalogue.id] = NamedTable(catalogue.id, catalogue.columns, ())
    for entry in template.entries:
        tables[entry.id] = _entry_table(entry)
    for working in template.workings:
        tables[working.id] = _working_table(working)
    for form in template.forms:
        for panel in form.panels:
            for part in panel.tables:
                tables[part.id] = replace(_panel_table(part), shown=panel.id)
    forms = {form.id: tuple(panel.id for panel in form.tables) for form in template.forms}
    return Names(tables, forms, template.constants)


def _entry_table(entry: EntrySheet) -> NamedTable:
    amounts = tuple(column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT)
    keys = tuple(column.key for column in entry.columns)
    return NamedTable(entry.id, keys, amounts, tuple(line.key for line in entry.lines))


def _working_table(working: Working) -> NamedTable:
    amounts = tuple(column.key for column in working.columns if column.kind is ColumnKind.AMOUNT)
    return NamedTable(
        working.id, tuple(column.key for column in working.columns), amounts, (), working.rows_of
    )


def _panel_table(panel: Panel) -> NamedTable:
    amounts = tuple(column.key for column in panel.columns if column.kind is ColumnKind.AMOUNT)
    lines = tuple(segment.key for segment in panel.body if isinstance(segment, Line) and segment.key)
    opened = any(isinstance(segment, OpenRows) and segment.sources for segment in panel.body)
    return NamedTable(panel.id, tuple(column.key for column in panel.columns), amounts, lines, "", opened)
