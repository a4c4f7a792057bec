"""Formulas and names of a template: whether they are known, and computed alike by all programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from xlbudget.definitions.linked_templates import linked_templates
from xlbudget.definitions.toml_items import Problems
from xlbudget.model import LAST_YEAR, Column, Formula, Source, WorkbookTemplate
from xlbudget.model.words import nearest
from xlbudget.workbook.calculation.plan_limits import odd_criteria
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    FormulaSyntaxError,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    walk,
)
from xlbudget.workbook.linked_names import LinkedNames, linked_names, links_in
from xlbudget.workbook.names import Context, Names, UnknownName, names_of


class FormulaLint:
    """Judges formulas and names of one template; every method adds the problems of its subject."""

    def __init__(self, template: WorkbookTemplate, problems: Problems) -> None:
        self.template = template
        self.problems = problems
        self.names: Names = names_of(template)
        self.main = Source(f"{template.id}/template.toml", 1)

    def linked_names(self) -> LinkedNames:
        """Return the names of the template and of what it links to; last year's are its own."""
        found = linked_templates(self.template)
        own = {LAST_YEAR: names_of(self.template)}
        others = {link: names_of(one) for link, one in found.items() if link != LAST_YEAR}
        return linked_names(self.names, {**own, **others})

    def formula(self, formula: Formula, context: Context, column: str = "") -> Node | None:
        """Bind a formula; a mistake in it is a problem at its line.

        What reads linked workbooks whose template is not there was told at the link.
        """
        names, links = self.names, self.template.link_names
        if isinstance(names, LinkedNames) and links_in(formula.text, links) - {*names.links}:
            return None
        try:
            node = self.names.bind(formula.text.replace("{column}", column), context)
        except (FormulaSyntaxError, UnknownName) as error:
            self.wrong(formula, str(error))
            return None
        for problem in self._questionable(node, context):
            self.wrong(formula, problem)
        return node

    def wrong(self, formula: Formula, reason: str) -> None:
        """Note what is wrong with a formula."""
        self.problems.add(formula.source, f"公式“{_short(formula.text)}”：{reason}", reason)

    def _questionable(self, node: Node, context: Context) -> Iterator[str]:
        """Yield what is grammatical but not computed alike by all engines, and unknown codes."""
        for part in walk(node):
            if isinstance(part, Call) and part.function == "MATCH" and _zero(part.arguments[2]) is False:
                yield "MATCH 的第三个参数只能是 0（精确查找）"
            if isinstance(part, Call) and part.function in {"SUMIFS", "COUNTIF"}:
                yield from odd_criteria(part)
                yield from self._criteria(part)
            if (
                isinstance(part, Operation)
                and self._floats_compared(part)
                and not (part is node and context.keyed)
            ):
                yield "金额之间不要用“=”比较，各种软件结果不同；请比较差额的绝对值"
        prior = [part for part in walk(node) if isinstance(part, Call) and part.function == "PRIOR"]
        own = RowCell(context.table, context.column)
        first = node
        while isinstance(first, Operation) and first.operator == "+":
            first = first.left
        if prior and (len(prior) > 1 or prior[0].arguments != (own,) or first is not prior[0]):
            yield f"PRIOR 只能写成 PRIOR([@{context.column}])+…，放在最前面"

    def _floats_compared(self, node: Operation) -> bool:
        """Whether two amounts are compared by “=” (rules over lines are, but in exact decimals)."""
        return node.operator == "=" and all(
            isinstance(side, RowCell) and side.column in self.names.tables[side.table].amounts
            for side in (node.left, node.right)
        )

    def _criteria(self, call: Call) -> Iterator[str]:
        """Yield codes in criteria that their catalogue does not have."""
        pairs = call.arguments if call.function == "COUNTIF" else call.arguments[1:]
        for column, wanted in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(column, ColumnRange) and isinstance(wanted, Text):
                known = self._codes_of(column)
                if known and wanted.value not in known:
                    yield f"代码表里没有“{wanted.value}”{nearest(wanted.value, known)}"

    def _codes_of(self, node: ColumnRange) -> list[str]:
        """Return the values that a column can hold, if a catalogue or a list of choices says so."""
        for catalogue in self.template.catalogues:
            if catalogue.id == node.table:
                return sorted({row[node.column] for row in catalogue.rows})
        for entry in self.template.entries:
            if entry.id == node.table:
                return [
                    v for column in entry.columns if column.key == node.column for v in self._allowed(column)
                ]
        return []

    def _allowed(self, column: Column) -> list[str]:
        try:
            return self.template.allowed_values(column)
        except KeyError:
            return []

    def twice(self, named: Iterable[tuple[str, Source]], what: str) -> None:
        """Note what is named twice."""
        pairs = list(named)
        counts = Counter(name for name, _ in pairs)
        seen: set[str] = set()
        for name, source in pairs:
            if counts[name] > 1 and name in seen:
                self.problems.add(source, f"{what}“{name}”重复")
            seen.add(name)

    def column_exists(self, table: str, column: str, source: Source) -> None:
        """Note a column that a table does not have."""
        columns = self.names.tables[table].columns
        if column not in columns:
            self.problems.add(source, f"“{table}”没有“{column}”列{nearest(column, columns)}")


def _zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def _short(text: str) -> str:
    """Return a formula as messages show it."""
    return text if len(text) <= 48 else text[:45] + "…"
