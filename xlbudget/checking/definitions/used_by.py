"""What a cell of the definitions reaches: formulas, rules, texts, charts, before somebody removes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xlbudget.checking.definitions.document_formulas import document_formulas
from xlbudget.checking.rules.bound import rule_reads
from xlbudget.definitions.linked_templates import linked_templates
from xlbudget.model import LAST_YEAR, EntrySheet, Formula, Panel, Source, WorkbookTemplate, Working
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.check_rows import statements
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import ColumnRange, LineCells, Node, RowCell, walk
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.linked_names import behind, linked_names, rows_source
from xlbudget.workbook.names import CHECKS, Context, names_of

EVERY = "全部"
"""Stands for every line of a table."""

Rows = dict[tuple[str, str], set[int]]


@dataclass(frozen=True, slots=True)
class UsedAt:
    """One use: what it is (a kind of thing, in Chinese), what it is called, where it is stated, and how near.

    ``direct`` uses name the cell itself; the others name something that is computed from it.
    """

    what: str
    name: str
    source: Source | None
    direct: bool


@dataclass
class Uses:
    """Finds what a cell of a template reaches."""

    template: WorkbookTemplate
    layout: Layout = field(init=False)
    blueprint: Blueprint = field(init=False)

    def __post_init__(self) -> None:
        self.layout = Layout(self.template)
        self.blueprint = Blueprint(self.layout)
        self.names = names_of(self.template)

    def of(self, table: str, line: str, column: str) -> list[UsedAt]:
        """Return all uses of a cell; a form, panel, entry sheet or working by any of its names.

        Raises InputError with the nearest name where one of the words is no name.
        """
        start = self._start(table, line, column)
        direct = self._step(start)
        reached = self.reached(table, line, column)
        found = list(self._formulas(direct, start, direct=True))
        far = {key: rows - direct.get(key, set()) - start.get(key, set()) for key, rows in reached.items()}
        found += self._formulas(far, start, direct=False)
        for is_direct, cells in ((True, start), (False, reached)):
            found += [
                UsedAt(what, name, source, is_direct)
                for what, name, source, nodes in self._readers()
                if any(self._touches(node, cells) for node in nodes)
            ]
            found += [
                UsedAt("勾稽关系", f"{rule.id} {rule.title}", rule.source, is_direct)
                for rule in self.template.rules
                if self._rule_touches(rule.id, cells)
            ]
        seen: set[tuple[str, str, Source | None]] = set()
        return [part for part in found if not _seen(part, seen)]

    def reached(self, table: str, line: str, column: str) -> Rows:
        """Return the rows of every column that is computed from a cell, the cell's own among them."""
        growing = self._start(table, line, column)
        reached: Rows = {}
        while growing:
            _join(reached, growing)
            growing = {
                key: more
                for key, rows in self._step(growing).items()
                if (more := rows - reached.get(key, set()))
            }
        return reached

    # -------------------------------------------------------------------- where

    def _start(self, words: str, line: str, column: str) -> Rows:
        tables = self._tables(words)
        columns = {
            name: part.key for table in tables for part in table.columns for name in (part.key, part.name)
        }
        if column not in columns:
            raise InputError(f"“{words}”没有“{column}”这一栏{nearest(column, columns)}。")
        key = columns[column]
        having = [table for table in tables if any(part.key == key for part in table.columns)]
        found: Rows = {}
        known: list[str] = []
        for table in having:
            for row in range(self.layout.tables[table.id].rows):
                said = self._line_names(table, row)
                known += said
                if line == EVERY or line in said:
                    found.setdefault((table.id, key), set()).add(row)
        if not found:
            raise InputError(f"“{words}”没有“{line}”这一行{nearest(line, known)}；各行都算的写 {EVERY}。")
        return found

    def _tables(self, words: str) -> list[Panel | EntrySheet | Working]:
        for form in self.template.forms:
            if words in (str(form.number), form.id, form.sheet, form.title, form.caption):
                return list(form.tables)
        named: dict[str, Panel | EntrySheet | Working] = {}
        for _, panel in self.template.form_tables:
            named[panel.id] = panel
        for entry in self.template.entries:
            named |= {entry.id: entry, entry.sheet: entry}
        for working in self.template.workings:
            named |= {working.id: working, working.sheet: working}
        if words not in named:
            forms = [name for form in self.template.forms for name in (form.id, form.sheet, form.title)]
            raise InputError(f"没有“{words}”这张表{nearest(words, [*forms, *named])}；公开表可用表号，如 1。")
        return [named[words]]

    def _line_names(self, table: Panel | EntrySheet | Working, row: int) -> list[str]:
        key = self.layout.line_of(table.id, row)
        lines = () if isinstance(table, Working) else table.lines
        texts = [text for line in lines if line.key == key for text in line.cells.values()]
        return [name for name in (key, *(text for text in texts if isinstance(text, str))) if name]

    # -------------------------------------------------------------------- reach

    def _step(self, cells: Rows) -> Rows:
        """Return the formula cells that read some of the cells."""
        found: Rows = {}
        for group in self.blueprint.groups:
            rows = self._reading(group, cells)
            if rows:
                found.setdefault((group.table, group.column), set()).update(rows)
        return found

    def _reading(self, group: FormulaGroup, cells: Rows) -> set[int]:
        rows: set[int] = set()
        for part in walk(group.node):
            if isinstance(part, RowCell) and (read := cells.get((part.table, part.column))):
                rows |= read.intersection(group.rows)
            elif isinstance(part, ColumnRange | LineCells) and self._touches(part, cells):
                return set(group.rows)
        return rows

    def _touches(self, node: Node, cells: Rows) -> bool:
        """Whether a node reads some of the cells; what is read line by line may be any line."""
        for part in walk(node):
            if not isinstance(part, RowCell | ColumnRange | LineCells):
                continue
            rows = cells.get((part.table, part.column))
            if not rows:
                continue
            if not isinstance(part, LineCells):
                return True
            lines = self.layout.tables[part.table].lines
            if any(lines[part.first] <= row <= lines[part.last] for row in rows):
                return True
        return False

    def _formulas(self, cells: Rows, start: Rows, *, direct: bool) -> Iterator[UsedAt]:
        for (table, column), rows in sorted(cells.items()):
            kept = sorted(rows - start.get((table, column), set()))
            if not kept or table == CHECKS:
                continue
            lines = list(dict.fromkeys(name for row in kept if (name := self.layout.line_of(table, row))))
            opened = sum(not self.layout.line_of(table, row) for row in kept)
            shown = "、".join(name.lstrip("_") for name in lines[:6]) + (
                f"等 {len(lines)} 行" if len(lines) > 6 else ""
            )
            more = f"可变行 {opened} 行" if opened and lines else f"{opened} 行" if opened else ""
            where = "；".join(filter(None, (shown, more)))
            sheet = self.layout.tables[table].sheet
            name = f"{sheet}·{self.layout.column_name(table, column)}（{where}）"
            yield UsedAt("公式", name, self._source(table, column, lines), direct)

    def _source(self, table: str, column: str, lines: Sequence[str]) -> Source | None:
        """Return where the formula of a column, or of a line in it, is stated."""
        tables: dict[str, Panel | EntrySheet | Working] = {
            panel.id: panel for _, panel in self.template.form_tables
        }
        tables |= {entry.id: entry for entry in self.template.entries}
        tables |= {working.id: working for working in self.template.workings}
        part = tables.get(table)
        if part is None:
            return None
        own = () if isinstance(part, Working) else part.lines
        for line in own:
            cell = line.cells.get(column)
            if line.key in lines and isinstance(cell, Formula):
                return cell.source
            if line.key in lines and line.formula is not None:
                return line.formula.source
        found = next((one for one in part.columns if one.key == column), None)
        if found is not None and found.formula is not None:
            return found.formula.source
        return part.source

    # ------------------------------------------------------------------ readers

    def _readers(self) -> Iterator[tuple[str, str, Source | None, list[Node]]]:
        """Yield everything but formulas and rules that reads cells: what it is, its name, source, nodes."""
        template = self.template
        for text, source, nodes in document_formulas(template, self.names):
            yield "公开文件的文字", text, source, nodes
        for control in template.controls:
            yield "控制数", f"{control.id} {control.title}", control.source, [self._bound(control.cell)]
        if template.unit_figures is not None:
            for figure in template.unit_figures.figures:
                yield "单位×表", figure.heading, figure.cell.source, [self._bound(figure.cell)]
        for chart in template.charts.charts if template.charts is not None else ():
            figures = template.unit_figures.figures if template.unit_figures is not None else ()
            cells = [*chart.cells, *(one.cell for one in figures if one.heading == chart.figure)]
            yield "图", chart.title, chart.source, [self._bound(cell) for cell in cells]
        for working in template.workings:
            if working.chart is not None:
                columns = (working.chart.names, working.chart.amounts, working.chart.shares)
                drawn: list[Node] = [ColumnRange(working.id, column) for column in columns]
                yield "图", working.chart.title, working.chart.source, drawn
        for form in template.forms:
            context = Context("", form.id)
            nodes = [self.names.bind(form.empty_when.text, context)]
            yield "空表的条件", form.title, form.empty_when.source, nodes
        yield "封面“尚未填报”", "empty_when", None, [self._bound(template.cover.empty_when)]
        if template.plausibility is not None:
            whole = template.plausibility.whole
            yield "合理性", "whole", whole.source, [self._bound(whole)]
        if template.transfers is not None:
            revenue = template.transfers.revenue
            yield "内部往来", "revenue", revenue.source, [self._bound(revenue)]
        yield from self._next_year()

    def _bound(self, formula: Formula) -> Node:
        return self.names.bind(formula.text, Context())

    def _next_year(self) -> Iterator[tuple[str, str, Source | None, list[Node]]]:
        """Yield what next year's workbooks take from this one, as the template takes it from last year's."""
        names = {link: names_of(one) for link, one in linked_templates(self.template).items()}
        both = linked_names(self.names, {**names, LAST_YEAR: self.names})
        own = {behind(LAST_YEAR, name): name for name in self.names.tables}

        def this_year(node: Node) -> list[Node]:
            found: list[Node] = []
            for part in walk(node):
                if isinstance(part, RowCell | ColumnRange) and part.table in own:
                    found.append(type(part)(own[part.table], part.column))
                elif isinstance(part, LineCells) and part.table in own:
                    found.append(LineCells(own[part.table], part.first, part.last, part.column))
            return found

        for entry in self.template.entries:
            formulas = [(column.key, column.prior) for column in entry.columns if column.prior is not None]
            formulas += [(line.key, part) for line in entry.lines for part in line.prior.values()]
            for name, formula in formulas:
                context = Context(behind(*rows_source(entry.prior_rows)), "", "", keyed=True)
                node = both.bind(formula.text, context)
                yield "下一年度带入", f"{entry.sheet}·{name}", formula.source, this_year(node)
        for rule in self.template.prior_rules:
            nodes = [side for part in statements(rule, both) for side in (part.left, part.right)]
            every = [*nodes, *(part for node in nodes for part in this_year(node))]
            kept = [node for node in every if not _of_both(node, own)]
            yield "与上年比较", f"{rule.id} {rule.title}", rule.source, kept

    def _rule_touches(self, rule_id: str, cells: Rows) -> bool:
        rule = next(part for part in self.template.rules if part.id == rule_id)
        lines = [side for part in statements(rule, self.names) for side in (part.left, part.right)]
        if any(self._touches(node, cells) for node in lines):
            return True
        parts = [part for node in lines for part in walk(node)]
        named = {(part.table, part.column) for part in parts if isinstance(part, LineCells)}
        return any(key in cells for key in rule_reads(rule, self.template, self.names) - named)


def _of_both(node: Node, own: dict[str, str]) -> bool:
    """Whether a node speaks of last year's tables too: its own parts are looked at by themselves."""
    return any(getattr(part, "table", "") in own for part in walk(node))


def _seen(part: UsedAt, seen: set[tuple[str, str, Source | None]]) -> bool:
    key = (part.what, part.name, part.source)
    if key in seen:
        return True
    seen.add(key)
    return False


def _join(cells: Rows, more: Rows) -> None:
    for key, rows in more.items():
        cells.setdefault(key, set()).update(rows)
