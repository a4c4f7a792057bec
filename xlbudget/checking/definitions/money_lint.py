"""Units of money that formulas and rules mix: an amount in 元 that stands in a column of 千元 as it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import Column, ColumnKind, Formula, OpenRows, Panel, Rule, RuleScope, WorkbookTemplate
from xlbudget.workbook.amount_units import Unscaled, sizes_of
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.check_rows import statements
from xlbudget.workbook.language import Node
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import Context, Names, names_of


def lint_money(template: WorkbookTemplate, problems: Problems) -> None:
    """Add the formulas and rules whose amounts are in other units of money than they should be.

    The names of the definitions must be clean.
    """
    linter = _MoneyLinter(template, problems)
    for formula, context, column in linter.formulas():
        linter.formula(formula, context, column)
    for rule in template.rules:
        if rule.scope is not RuleScope.TREE:
            linter.rule(rule)


class _MoneyLinter:
    def __init__(self, template: WorkbookTemplate, problems: Problems) -> None:
        self.template = template
        self.problems = problems
        self.names: Names = names_of(template)
        self.layout = Layout(template)

    def formulas(self) -> Iterator[tuple[Formula, Context, Column]]:
        """Yield the formulas of columns of amounts, each with the column that it fills."""
        for entry in self.template.entries:
            for column in entry.columns:
                if column.formula is not None:
                    yield column.formula, Context(entry.id, "", column.key), column
        for form in self.template.forms:
            for panel in form.tables:
                yield from self._panel(form.id, panel)

    def _panel(self, form: str, panel: Panel) -> Iterator[tuple[Formula, Context, Column]]:
        for column in panel.columns:
            if column.kind is not ColumnKind.AMOUNT:
                continue
            if column.formula is not None:
                yield column.formula, Context(panel.id, form, column.key), column
            for part in panel.body:
                if isinstance(part, OpenRows):
                    for source in part.sources:
                        if column.key in source.cells:
                            yield source.cells[column.key], Context(source.table, "", column.key), column
                    continue
                value = part.cells.get(column.key) or Blueprint.formula_of(part, column)
                if isinstance(value, Formula) and not part.note:
                    yield value, Context(panel.id, form, column.key), column

    def formula(self, formula: Formula, context: Context, column: Column) -> None:
        """Judge one formula by the unit of the column that it fills."""
        if column.kind is not ColumnKind.AMOUNT:
            return
        node = self.names.bind(formula.text.replace("{column}", column.key), context)
        sizes = self._sizes(node)
        wanted = Fraction(self.template.moneys[column.money or self.template.form_money])
        if len(sizes) > 1:
            self.problems.add(formula.source, f"公式“{formula.text}”把{self._named(sizes)}的数加在一起")
        elif sizes and sizes != {wanted}:
            [size] = sizes
            how = f"除以 {wanted / size}" if wanted > size else f"乘以 {size / wanted}"
            message = f"取来的数是{self._named(sizes)}，“{column.name}”一栏是{column.money}：要{how}"
            self.problems.add(formula.source, f"公式“{formula.text}”{message}", message)

    def rule(self, rule: Rule) -> None:
        """Judge a rule: both sides are in one unit."""
        for statement in statements(rule, self.names):
            left, right = self._sizes(statement.left), self._sizes(statement.right)
            if left and right and left != right:
                self.problems.add(
                    rule.source,
                    f"规则 {rule.id}：左边是{self._named(left)}，右边是{self._named(right)}，要换成同一单位",
                )

    def _sizes(self, node: Node) -> set[Fraction]:
        """Return the units of a formula; none where it takes shares of amounts: those are no other units."""
        try:
            sizes = sizes_of(node, self.layout)
        except Unscaled:
            return set()
        return sizes if all(map(_power_of_ten, sizes)) else set()

    def _named(self, sizes: set[Fraction]) -> str:
        names = {Fraction(size): name for name, size in self.template.moneys.items()}
        return "、".join(names.get(size, f"每 {size} {self.template.entry_money}") for size in sorted(sizes))


def _power_of_ten(size: Fraction) -> bool:
    return any(set(str(part).rstrip("0")) == {"1"} for part in (size, 1 / size) if part.denominator == 1)
