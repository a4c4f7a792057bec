"""Sections of ``template.toml``: the tables and columns that they name."""

from __future__ import annotations

from xlbudget.checking.definitions.formula_lint import FormulaLint
from xlbudget.checking.definitions.pairing_lint import lint_pairings
from xlbudget.checking.definitions.plausibility_lint import lint_plausibility
from xlbudget.definitions.linked_templates import template_of_link
from xlbudget.model import ColumnKind, Formula, Source
from xlbudget.model.errors import DefinitionError, InputError
from xlbudget.model.words import nearest
from xlbudget.workbook.language import LineCells
from xlbudget.workbook.names import Context


class SectionLint(FormulaLint):
    """Judges the sections of template.toml; every method adds the problems of its subject."""

    def run(self) -> None:
        """Judge all sections."""
        template, facts, units = self.template, self.template.unit_facts, self.template.unit_table
        self.formula(template.cover.empty_when, Context())
        self.formula(Formula(units.kinds, self.main), Context())
        for table in (facts.table, units.table):
            if table not in self.names.tables:
                self.problems.add(self.main, f"没有名为“{table}”的录入表{nearest(table, self.names.tables)}")
        if facts.table in self.names.tables:
            lines = self.names.tables[facts.table].lines
            for line in (facts.code, facts.name, facts.kind, facts.superior):
                if line not in lines:
                    self.problems.add(self.main, f"“{facts.table}”没有“{line}”行{nearest(line, lines)}")
            self.column_exists(facts.table, facts.column, self.main)
        if units.table in self.names.tables:
            for column in (units.code, units.name, units.kind):
                self.column_exists(units.table, column, self.main)
        self._explanations()
        self._transfers()
        self._figures()
        self._text_tables()
        lint_plausibility(self.template, self.problems, lambda formula: self.formula(formula, Context()))
        lint_pairings(self.template, self.problems)
        self._controls()
        self._links()
        columns = {column.key for entry in template.entries for column in entry.columns if column.entry}
        for key in template.fiscal:
            if key not in columns:
                self.problems.add(self.main, f"[fiscal] 的“{key}”不是录入表的栏{nearest(key, columns)}")
        if not template.kinds:
            self.problems.add(self.main, "kinds（单位性质）不能为空")
        if template.money_factor < 1 or min(template.entry_decimals, template.form_decimals) < 0:
            self.problems.add(self.main, "[money] 的 factor 应不小于 1，小数位数不小于 0")

    def _links(self) -> None:
        """Linked workbooks have a template of their kind by which names are checked, and no table's name."""
        for link in self.template.linked:
            if link.name in self.names.tables:
                self.problems.add(link.source, f"链接的工作簿“{link.name}”与表同名")
            try:
                found = template_of_link(self.template, link)
            except (InputError, DefinitionError) as error:
                self.problems.add(link.source, f"链接的工作簿“{link.name}”的 template：{error}")
                continue
            if found.document_kind != link.kind:
                message = f"“{link.name}”写的是{link.kind}，模板“{found.id}”是{found.document_kind}"
                self.problems.add(link.source, message)

    def _controls(self) -> None:
        """A control total binds one amount of a form; its id and column are its own."""
        seen = {part.roster_column for part in self.template.catalogues}
        rules = {rule.id for rule in self.template.every_rule}
        for control in self.template.controls:
            for word in (control.id, control.column):
                if word in seen | rules:
                    self.problems.add(control.source, f"控制数的编号或名册列“{word}”已经用过")
                seen.add(word)
            node = self.formula(control.cell, Context())
            if node is not None and not (isinstance(node, LineCells) and node.first == node.last):
                self.problems.add(
                    control.cell.source, f"控制数约束的“{control.cell.text}”应是公开表的一个单元格"
                )

    def _text_tables(self) -> None:
        """What the checks of texts read are columns of entry sheets; classes are on the ledger's list."""
        part, prose = self.template.indicators, self.template.stated_amounts
        wanted: list[tuple[str, Source, tuple[str, ...]]] = []
        if part is not None:
            columns = (part.first, part.second, part.name, *part.values, *part.units)
            wanted.append((part.table, part.source, columns))
        if prose is not None:
            wanted.append((prose.table, prose.source, (*prose.texts, prose.name, *prose.amounts)))
        entries = {entry.id: entry for entry in self.template.entries}
        for table, source, keys in wanted:
            if table not in entries:
                hint = nearest(table, entries)
                self.problems.add(source, f"文字核对所用的表“{table}”不是录入表{hint}")
                continue
            for column in keys:
                self.column_exists(table, column, source)
        if part is not None and part.table in entries:
            columns_by_key = {column.key: column for column in entries[part.table].columns}
            second = columns_by_key.get(part.second)
            for name in {name for group in (*part.classes.values(), *part.words.values()) for name in group}:
                if second is not None and name not in second.choices:
                    hint = nearest(name, second.choices)
                    self.problems.add(
                        part.source, f"[indicators] 里的“{name}”不是“{part.second}”的一种{hint}"
                    )

    def _explanations(self) -> None:
        """Explanations stand in a ledger of this template, its columns there and texts."""
        table = self.template.explanations
        if table is None:
            return
        ledgers = {entry.id: entry for entry in self.template.entries if entry.is_ledger}
        if table.table not in ledgers:
            message = f"[explanations] 的 table“{table.table}”不是没有固定行的录入表"
            self.problems.add(self.main, message + nearest(table.table, ledgers))
            return
        for column in (table.rule, table.place, table.text):
            self.column_exists(table.table, column, self.main)
            for part in ledgers[table.table].columns:
                if part.key == column and not (part.entry and part.kind is ColumnKind.TEXT):
                    self.problems.add(part.source, f"列“{column}”用来写说明，应为单位填写的文字栏")

    def _transfers(self) -> None:
        """Transfers stand in a ledger and are taken out of ledgers that have the columns to say so."""
        part = self.template.transfers
        if part is None:
            return
        ledgers = {entry.id: entry for entry in self.template.entries if entry.is_ledger}
        columns = (part.kind, part.direction, part.counterparty, part.amount, part.eliminated)
        wanted: list[tuple[str, tuple[str, ...]]] = [(part.table, columns)]
        for each in part.expenditure:
            wanted.append((each.table, (each.column, part.mark, *each.match)))
            wanted.append((part.table, tuple(each.match.values())))
        for table, keys in wanted:
            if table not in ledgers:
                message = f"[transfers] 里的“{table}”不是没有固定行的录入表{nearest(table, ledgers)}"
                self.problems.add(part.source, message)
                continue
            for key in keys:
                self.column_exists(table, key, part.source)
        self.formula(part.revenue, Context())

    def _figures(self) -> None:
        """Figures of units and points of charts are amounts of fixed lines; charts of units show a figure."""
        listed = self.template.unit_figures
        known = [part.heading for part in listed.figures] if listed is not None else []
        for part in listed.figures if listed is not None else ():
            self.formula(part.cell, Context())
        for chart in self.template.charts.charts if self.template.charts is not None else ():
            for cell in chart.cells:
                self.formula(cell, Context())
            if not chart.cells and chart.figure not in known:
                hint = nearest(chart.figure, known)
                self.problems.add(chart.source, f"图“{chart.title}”的“{chart.figure}”不是各单位的指标{hint}")
