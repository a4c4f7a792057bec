"""Finding every mistake in the definitions before any workbook is made or read.

The shape of the files (attributes, types, CSV headings) is judged while loading; here, what
they mean: names, formulas, code trees, rules, sheets, cycles. Each mistake has a file and a
line, and the nearest valid name where there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from xlbudget.checking.definitions.cases import lint_cases
from xlbudget.checking.definitions.document_lint import lint_document
from xlbudget.checking.definitions.formula_lint import FormulaLint
from xlbudget.checking.definitions.lint_shapes import lint_shapes
from xlbudget.checking.definitions.mapping_lint import lint_mappings
from xlbudget.checking.definitions.money_lint import lint_money
from xlbudget.checking.definitions.published_lint import lint_published
from xlbudget.checking.definitions.rule_lint import RuleLint
from xlbudget.checking.definitions.section_lint import SectionLint
from xlbudget.checking.definitions.table_lint import TableLint
from xlbudget.checking.rules.bound import columns_read
from xlbudget.definitions.folders import template_folders
from xlbudget.definitions.loading import load_with_problems
from xlbudget.definitions.rosters import roster_with_problems
from xlbudget.definitions.toml_items import Problems
from xlbudget.model import (
    Formula,
    Problem,
    Source,
    WorkbookTemplate,
)
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.words import nearest
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.order import FormulaCycle, in_order, layout_rows
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import Context

_OWN_TABLE = re.compile(r"\b_(\w+合计行)")  # what the program calls the closing lines of a panel
_DEMO, _DEMO_ROSTER = "demo", "units.csv"
_SAME = 3  # formulas with the same mistake that are told one by one
_SHEET_NAME = 31  # characters that Excel allows
_FORBIDDEN_IN_SHEETS = re.compile(r"[\[\]:*?/\\']")


def lint(folder: Path) -> list[Problem]:
    """Return every mistake in the template in ``folder``, or in all templates below it."""
    found = template_folders(folder) if folder.is_dir() else {}
    if not found:
        return [Problem(Source(folder.as_posix(), 1), "这里没有模板；模板文件夹里应有 template.toml")]
    problems: list[Problem] = []
    for path in found.values():
        problems += lint_template(path, folder)[0]
    return problems


def lint_template(folder: Path, root: Path | None = None) -> tuple[list[Problem], WorkbookTemplate | None]:
    """Return the mistakes of one template, by file and line, and the template if it could be built."""
    template, loading = load_with_problems(folder, root)
    problems = Problems()
    problems.found += loading
    broken = any(problem.unreadable for problem in loading)
    if template is not None and not broken:  # a file that cannot be read would be missed everywhere
        _Linter(template, problems).run()
        for problem in (*lint_cases(template), *_demo_roster(template)) if not problems.found else ():
            problems.add(problem.source, problem.message)
    ordered = sorted(problems.found, key=lambda problem: (problem.source.file, problem.source.line))
    return list(_folded(ordered)), template


def _demo_roster(template: WorkbookTemplate) -> Iterator[Problem]:
    """Yield what is wrong with the roster of the demonstration: ``demo`` begins with it."""
    path = template.folder / _DEMO / _DEMO_ROSTER
    for problem in roster_with_problems(path, template)[1] if path.is_file() else ():
        yield replace(problem, source=Source(f"{template.id}/{_DEMO}/{_DEMO_ROSTER}", problem.source.line))


def _folded(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield problems; of many with one reason the first few, the last saying how many more."""
    reasons = [problem.reason for problem in problems]
    left, seen = Counter(reasons), Counter[str]()
    for problem, reason in zip(problems, reasons, strict=True):
        seen[reason] += 1
        more = left[reason] - _SAME
        if not reason or more <= 0 or seen[reason] < _SAME:
            yield problem
        elif seen[reason] == _SAME:
            yield replace(problem, message=f"{problem.message}（另有 {more} 处是同一个问题，改好这里再看）")


class _Linter(FormulaLint):
    """Judges one template as a whole."""

    def run(self) -> None:
        before = len(self.problems.found)
        self._unique_names()
        self._sheets()
        for subject in (TableLint, RuleLint, SectionLint):
            subject(self.template, self.problems).run()
        lint_shapes(self.template, self.problems)
        lint_document(self.template, self.names, self.problems)
        lint_mappings(self.template, self.problems)
        lint_published(self.template, self.problems)
        if len(self.problems.found) == before:
            self._cycles()
        if not self.problems.found:  # a unit of money that nobody knows has no size
            lint_money(self.template, self.problems)

    def _unique_names(self) -> None:
        template = self.template
        tables = [
            *((part.id, part.source) for part in template.catalogues),
            *((part.id, part.source) for part in template.entries),
            *((part.id, part.source) for part in template.workings),
            *((form.id, form.source) for form in template.forms),
            *((panel.id, panel.source) for form, panel in template.form_tables if panel.id != form.id),
        ]
        self.twice([*tables, *((page.id, page.source) for page in template.pages)], "编号或表名")
        self.twice(((str(form.number), form.source) for form in template.forms), "表号")
        stated = [(rule.id, rule.source) for rule in template.every_rule]
        stated += [(listing.id, listing.source) for listing in template.prior_listings]
        self.twice(stated, "规则编号")
        self.twice(((entry.csv, entry.source) for entry in template.entries if entry.csv), "CSV 文件名")
        for name, source in tables:
            if name in template.constants:
                self.problems.add(source, f"表名“{name}”与常数同名")

    def _sheets(self) -> None:
        template = self.template
        special = (template.cover.sheet, template.contents_sheet, template.check_sheet.sheet)
        own = {page.id: (page.sheet, page.source) for page in template.pages}
        own |= {entry.id: (entry.sheet, entry.source) for entry in template.entries}
        own |= {form.id: (form.sheet, form.source) for form in template.forms}
        own |= {catalogue.id: (catalogue.sheet, catalogue.source) for catalogue in template.catalogues}
        own |= {part.id: (part.sheet, part.source) for part in template.workings if part.chart is not None}
        elsewhere = {template.unit_facts.table, CONTROLS}  # on the cover, behind the check sheet
        for name in template.sheets:
            if name not in own and name not in special:
                self.problems.add(self.main, f"sheets 里的“{name}”不是任何表、页或代码表{nearest(name, own)}")
        for name, (_, source) in own.items():
            if name not in template.sheets and name not in elsewhere:
                self.problems.add(source, f"“{name}”没有列在 template.toml 的 sheets 里")
        named = [(sheet, source) for name, (sheet, source) in own.items() if name not in elsewhere]
        named += [(part.sheet, part.source) for part in template.workings if part.chart is None]
        named += [(sheet, self.main) for sheet in special]
        self.twice(named, "工作表名")
        for sheet, source in named:
            if not sheet or len(sheet) > _SHEET_NAME or _FORBIDDEN_IN_SHEETS.search(sheet):
                message = f"工作表名“{sheet}”不合要求：1 到 {_SHEET_NAME} 个字，不含 [ ] : * ? / \\ '"
                self.problems.add(source, message)

    def _cycles(self) -> None:
        """Order all formulas once; a cycle is named with its tables and columns."""
        try:
            layout = Layout(self.template)
            for _ in in_order(Blueprint(layout).groups, layout_rows(layout)):
                pass
        except FormulaCycle as cycle:
            self.problems.add(self._source_of(cycle.places), _OWN_TABLE.sub(r"\1", str(cycle)))
        except (ValueError, KeyError) as error:
            self.problems.add(self.main, str(error))

    def _source_of(self, places: Sequence[tuple[str, str]]) -> Source:
        """Return where a cycle is stated: at the line of a formula that reads the next of its columns."""
        for (table, column), after in pairwise(places):
            for formula, context in self._formulas_of(table, column):
                try:
                    node = self.names.bind(formula.text.replace("{column}", column), context)
                except ValueError:
                    continue
                if after in columns_read(node):
                    return formula.source
        return self.main

    def _formulas_of(self, table: str, key: str) -> Iterator[tuple[Formula, Context]]:
        """Yield the formulas that fill a column of a table, those of its lines first."""
        forms = {panel.id: form.id for form, panel in self.template.form_tables}
        context = Context(table, forms.get(table, ""), key)
        parts = [(part.columns, part.lines) for part in self.template.entries if part.id == table]
        parts += [
            (panel.columns, tuple(panel.lines)) for _, panel in self.template.form_tables if panel.id == table
        ]
        parts += [(part.columns, ()) for part in self.template.workings if part.id == table]
        for columns, lines in parts:
            for column in columns:
                if column.key != key:
                    continue
                for line in lines:
                    value = line.cells.get(key) or Blueprint.formula_of(line, column)
                    if isinstance(value, Formula):
                        yield value, context
                if column.formula is not None:
                    yield column.formula, context
