"""Finding every mistake in the definitions before any workbook is made or read.

The shape of the files (attributes, types, CSV headings) is judged while loading; here, what
they mean: names, formulas, code trees, rules, sheets, cycles. Each mistake has a file and a
line, and the nearest valid name where there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xlbudget.checking.definitions.cases import lint_cases
from xlbudget.checking.definitions.document_lint import lint_document
from xlbudget.checking.definitions.lint_shapes import lint_shapes
from xlbudget.checking.definitions.mapping_lint import lint_mappings
from xlbudget.checking.definitions.plausibility_lint import lint_plausibility
from xlbudget.definitions.catalogues import listed_in
from xlbudget.definitions.folders import template_folders
from xlbudget.definitions.loading import load_with_problems
from xlbudget.definitions.toml_items import SYNTAX, Problems
from xlbudget.model import (
    Catalogue,
    Column,
    ColumnKind,
    EntrySheet,
    Form,
    Formula,
    Line,
    OpenRows,
    Panel,
    Problem,
    Rule,
    RuleScope,
    Source,
    WorkbookTemplate,
    Working,
    WorkingChart,
)
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.words import nearest
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.order import FormulaCycle, in_order, layout_rows
from xlbudget.workbook.language import (
    COMPARISONS,
    Call,
    ColumnRange,
    FormulaSyntaxError,
    LineCells,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    walk,
)
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import Context, Names, UnknownName, names_of
from xlbudget.workbook.two_year_names import last_year, leaves, two_year_names

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
    for problem in loading:
        problems.add(problem.source, problem.message)
    broken = any(problem.message.startswith(SYNTAX) for problem in loading)
    if template is not None and not broken:  # a file that cannot be read would be missed everywhere
        _Linter(template, problems).run()
        for problem in lint_cases(template) if not problems.found else ():
            problems.add(problem.source, problem.message)
    ordered = sorted(problems.found, key=lambda problem: (problem.source.file, problem.source.line))
    return list(_folded(ordered)), template


def _folded(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield problems; of many with one reason the first few, the last saying how many more."""
    reasons = [problem.message.partition("”：")[2] for problem in problems]
    left, seen = Counter(reasons), Counter[str]()
    for problem, reason in zip(problems, reasons, strict=True):
        seen[reason] += 1
        more = left[reason] - _SAME
        if not reason or more <= 0 or seen[reason] < _SAME:
            yield problem
        elif seen[reason] == _SAME:
            yield replace(problem, message=f"{problem.message}（另有 {more} 处是同一个问题，改好这里再看）")


class _Linter:
    """Judges one template; every method adds the problems of its subject."""

    def __init__(self, template: WorkbookTemplate, problems: Problems) -> None:
        self.template = template
        self.problems = problems
        self.names: Names = names_of(template)
        self.main = Source(f"{template.id}/template.toml", 1)

    def run(self) -> None:
        before = len(self.problems.found)
        self.unique_names()
        self.sheets()
        for catalogue in self.template.catalogues:
            self.catalogue(catalogue)
        for entry in self.template.entries:
            self.entry(entry)
        for working in self.template.workings:
            self.working(working)
        for form in self.template.forms:
            self.form(form)
        for rule in self.template.rules:
            self.rule(rule)
        self.prior_year()
        self.sections()
        lint_shapes(self.template, self.problems)
        lint_document(self.template, self.names, self.problems)
        lint_mappings(self.template, self.problems)
        if len(self.problems.found) == before:
            self.cycles()

    # ------------------------------------------------------------- formulas

    def formula(self, formula: Formula, context: Context, column: str = "") -> Node | None:
        """Bind a formula; a mistake in it is a problem at its line."""
        try:
            node = self.names.bind(formula.text.replace("{column}", column), context)
        except (FormulaSyntaxError, UnknownName) as error:
            self.problems.add(formula.source, f"公式“{_short(formula.text)}”：{error}")
            return None
        for problem in self.questionable(node, context):
            self.problems.add(formula.source, f"公式“{_short(formula.text)}”：{problem}")
        return node

    def questionable(self, node: Node, context: Context) -> Iterator[str]:
        """Yield what is grammatical but not computed alike by all engines, and unknown codes."""
        for part in walk(node):
            if isinstance(part, Call) and part.function == "MATCH" and _zero(part.arguments[2]) is False:
                yield "MATCH 的第三个参数只能是 0（精确查找）"
            if isinstance(part, Call) and part.function in {"SUMIFS", "COUNTIF"}:
                yield from self.criteria(part)
            if (
                isinstance(part, Operation)
                and self.floats_compared(part)
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

    def floats_compared(self, node: Operation) -> bool:
        """Whether two amounts are compared by “=” (rules over lines are, but in exact decimals)."""
        return node.operator == "=" and all(
            isinstance(side, RowCell) and side.column in self.names.tables[side.table].amounts
            for side in (node.left, node.right)
        )

    def criteria(self, call: Call) -> Iterator[str]:
        """Yield codes in criteria that their catalogue does not have."""
        pairs = call.arguments if call.function == "COUNTIF" else call.arguments[1:]
        for column, wanted in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(column, ColumnRange) and isinstance(wanted, Text):
                known = self.codes_of(column)
                if known and wanted.value not in known:
                    yield f"代码表里没有“{wanted.value}”{nearest(wanted.value, known)}"

    def codes_of(self, node: ColumnRange) -> list[str]:
        """Return the values that a column can hold, if a catalogue or a list of choices says so."""
        for catalogue in self.template.catalogues:
            if catalogue.id == node.table:
                return sorted({row[node.column] for row in catalogue.rows})
        for entry in self.template.entries:
            if entry.id == node.table:
                return [
                    v for column in entry.columns if column.key == node.column for v in self.allowed(column)
                ]
        return []

    def allowed(self, column: Column) -> list[str]:
        try:
            return self.template.allowed_values(column)
        except KeyError:
            return []

    # ---------------------------------------------------------------- names

    def unique_names(self) -> None:
        template = self.template
        tables = [
            *((part.id, part.source) for part in template.catalogues),
            *((part.id, part.source) for part in template.entries),
            *((part.id, part.source) for part in template.workings),
            *((panel.id, panel.source) for _, panel in template.form_tables),
        ]
        self.twice(tables, "表名")
        self.twice(((form.id, form.source) for form in template.forms), "表的编号 id ")
        self.twice(((str(form.number), form.source) for form in template.forms), "表号")
        stated = [(rule.id, rule.source) for rule in (*template.rules, *template.prior_rules)]
        stated += [(listing.id, listing.source) for listing in template.prior_listings]
        self.twice(stated, "规则编号")
        self.twice(((entry.csv, entry.source) for entry in template.entries if entry.csv), "CSV 文件名")
        for name, source in tables:
            if name in template.constants:
                self.problems.add(source, f"表名“{name}”与常数同名")

    def twice(self, named: Iterable[tuple[str, Source]], what: str) -> None:
        pairs = list(named)
        counts = Counter(name for name, _ in pairs)
        seen: set[str] = set()
        for name, source in pairs:
            if counts[name] > 1 and name in seen:
                self.problems.add(source, f"{what}“{name}”重复")
            seen.add(name)

    def sheets(self) -> None:
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

    def sections(self) -> None:
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
        self.explanations()
        self.transfers()
        self.figures()
        self.text_tables()
        lint_plausibility(self.template, self.problems, lambda formula: self.formula(formula, Context()))
        self.controls()
        columns = {column.key for entry in template.entries for column in entry.columns if column.entry}
        for key in template.fiscal:
            if key not in columns:
                self.problems.add(self.main, f"[fiscal] 的“{key}”不是录入表的栏{nearest(key, columns)}")
        if not template.kinds:
            self.problems.add(self.main, "kinds（单位性质）不能为空")
        if template.money_factor < 1 or min(template.entry_decimals, template.form_decimals) < 0:
            self.problems.add(self.main, "[money] 的 factor 应不小于 1，小数位数不小于 0")

    def controls(self) -> None:
        """A control total binds one amount of a form; its id and column are its own."""
        seen = {part.roster_column for part in self.template.catalogues}
        rules = {rule.id for rule in self.template.rules}
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

    def text_tables(self) -> None:
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

    def explanations(self) -> None:
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

    def transfers(self) -> None:
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

    def figures(self) -> None:
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

    def column_exists(self, table: str, column: str, source: Source) -> None:
        columns = self.names.tables[table].columns
        if column not in columns:
            self.problems.add(source, f"“{table}”没有“{column}”列{nearest(column, columns)}")

    # --------------------------------------------------------------- tables

    def catalogue(self, catalogue: Catalogue) -> None:
        seen: dict[str, int] = {}
        for name, column in (("parent", catalogue.parent), ("kinds", catalogue.kinds)):
            if column and column not in catalogue.columns:
                hint = nearest(column, catalogue.columns)
                self.problems.add(
                    catalogue.source, f"{name} 指的“{column}”不是代码表“{catalogue.id}”的列{hint}"
                )
        for row, line in zip(catalogue.rows, catalogue.lines, strict=True):
            code, source = row[catalogue.key], Source(catalogue.file, line)
            if not code or re.search(r"\s", code):
                self.problems.add(source, f"编码“{code}”为空或含有空格")
            if code in seen:
                self.problems.add(source, f"编码“{code}”重复（第 {seen[code]} 行已有）")
            seen.setdefault(code, line)
        if catalogue.others and catalogue.others not in seen:
            hint = nearest(catalogue.others, seen)
            self.problems.add(catalogue.source, f"others 写的编码“{catalogue.others}”不在代码表中{hint}")
        for row, line in zip(catalogue.rows, catalogue.lines, strict=True):
            source = Source(catalogue.file, line)
            if catalogue.parent in row:
                self.parent(catalogue, row[catalogue.key], row[catalogue.parent], seen, source)
            for kind in listed_in(row.get(catalogue.kinds, "")):
                if kind not in self.template.kinds:
                    hint = nearest(kind, self.template.kinds)
                    self.problems.add(source, f"“{catalogue.kinds}”没有“{kind}”这种单位性质{hint}")
            for column, other in catalogue.refers.items():
                self.reference(row.get(column, ""), other, source)

    def parent(
        self, catalogue: Catalogue, code: str, above: str, known: Iterable[str], source: Source
    ) -> None:
        if above and above not in known:
            self.problems.add(source, f"“{code}”的上级“{above}”不在代码表中{nearest(above, known)}")
        elif above and not code.startswith(above):
            self.problems.add(source, f"“{code}”应以上级编码“{above}”开头")

    def reference(self, code: str, other: str, source: Source) -> None:
        try:
            target = self.template.catalogue(other)
        except KeyError:
            self.problems.add(self.main, f"refers 指向的代码表“{other}”不存在")
            return
        codes = {row[target.key] for row in target.rows}
        if code and code not in codes:
            self.problems.add(source, f"“{code}”不在“{other}”中{nearest(code, codes)}")

    def columns(self, columns: Iterable[Column], *, headings: bool) -> None:
        columns = list(columns)
        self.twice(((column.key, column.source) for column in columns), "列")
        for column in columns:
            if headings and not column.hidden and not column.heading:
                self.problems.add(column.source, f"列“{column.key}”没有表头（heading）")

    def entry(self, entry: EntrySheet) -> None:
        self.columns(entry.columns, headings=True)
        self.twice(((line.key, line.source) for line in entry.lines), "行")
        for column in entry.columns:
            if column.formula is not None:
                self.formula(column.formula, Context(entry.id, "", column.key))
            if column.catalogue:
                self.drop_down(column)
        for name in entry.department_only:
            if name not in {column.key for column in entry.columns}:
                self.problems.add(entry.source, f"department_only 里的“{name}”不是列")
        for line in entry.lines:
            self.cells(line, entry.columns)
        self.prior_entries(entry)

    def prior_entries(self, entry: EntrySheet) -> None:
        """What is taken over from last year fills entry columns, and reads last year's workbook alone."""
        ledgers = [part.id for part in self.template.entries if part.is_ledger]
        if entry.prior_rows and (entry.prior_rows not in ledgers or not entry.is_ledger):
            hint = nearest(entry.prior_rows, ledgers)
            message = f"prior_rows“{entry.prior_rows}”和本表都应是没有固定行的录入表{hint}"
            self.problems.add(entry.source, message)
            return
        own, columns = self.names, {column.key for column in entry.columns if column.entry}
        stated = [(key, formula, "") for line in entry.lines for key, formula in line.prior.items()]
        stated += [
            (column.key, column.prior, last_year(entry.prior_rows))
            for column in entry.columns
            if column.prior
        ]
        self.names = two_year_names(own, own)
        for key, formula, table in stated:
            if key not in columns or (table and not entry.prior_rows):
                self.problems.add(formula.source, f"“{key}”不能取上年数：不是录入的栏，或没有写 prior_rows")
                continue
            node = self.formula(formula, Context(table))
            if node is not None and leaves(node)[0]:
                self.problems.add(
                    formula.source, f"公式“{_short(formula.text)}”：这里只能用上年的数，写作“上年.…”"
                )
        self.names = own

    def drop_down(self, column: Column) -> None:
        known = [catalogue.id for catalogue in self.template.catalogues]
        if column.catalogue not in known:
            hint = nearest(column.catalogue, known)
            self.problems.add(column.source, f"没有名为“{column.catalogue}”的代码表{hint}")
            return
        catalogue = self.template.catalogue(column.catalogue)
        for key, values in column.only.items():
            if key not in catalogue.columns:
                hint = nearest(key, catalogue.columns)
                self.problems.add(column.source, f"only 里的“{key}”不是“{catalogue.id}”的列{hint}")
                continue
            present = {row[key] for row in catalogue.rows}
            for value in values:
                if value not in present:
                    hint = nearest(value, present)
                    self.problems.add(column.source, f"“{catalogue.id}”的“{key}”列没有“{value}”{hint}")

    def cells(self, line: Line, columns: Iterable[Column]) -> None:
        keys = [column.key for column in columns]
        for key in line.cells:
            if key not in keys:
                self.problems.add(line.source, f"行“{line.key}”的“{key}”不是列{nearest(key, keys)}")

    def working(self, working: Working) -> None:
        self.columns(working.columns, headings=False)
        if working.chart is not None:
            self.chart(working, working.chart)
        if not working.rows and working.rows_of not in self.names.tables:
            hint = nearest(working.rows_of, self.names.tables)
            self.problems.add(working.source, f"rows_of 指的“{working.rows_of}”不是表{hint}")
            return
        catalogue = next((part for part in self.template.catalogues if part.id == working.rows_of), None)
        for column in working.columns:
            if column.formula is None:
                self.problems.add(column.source, f"列“{column.key}”没有公式")
                continue
            for text in sorted(self.row_texts(column.formula, catalogue)):
                self.formula(Formula(text, column.formula.source), Context(working.id, "", column.key))

    def chart(self, working: Working, chart: WorkingChart) -> None:
        """A chart draws columns of its working; what readers see has headings."""
        for key in (chart.names, chart.amounts, chart.shares):
            self.column_exists(working.id, key, chart.source)
        for column in working.columns:
            if not (column.hidden or column.heading):
                self.problems.add(column.source, f"列“{column.key}”没有表头（heading）")
        if all(column.hidden for column in working.columns):
            self.problems.add(working.source, "有图的计算表至少要有一栏给人看（不写 hidden）")

    def row_texts(self, formula: Formula, catalogue: Catalogue | None) -> set[str]:
        """Return the formula as it stands in each kind of row, ``{…}`` replaced by the row's attribute."""
        names = re.findall(r"\{(\w+)\}", formula.text)
        columns = catalogue.columns if catalogue else ()
        for name in names:
            if name not in columns:
                self.problems.add(formula.source, f"“{{{name}}}”不是代码表的列{nearest(name, columns)}")
                return set()
        if catalogue is None or not names:
            return {formula.text}
        texts = set()
        for row in catalogue.rows:
            text = formula.text
            for name in names:
                text = text.replace("{" + name + "}", row[name])
            texts.add(text)
        return texts

    # ---------------------------------------------------------------- forms

    def form(self, form: Form) -> None:
        if not form.panels:
            self.problems.add(form.source, "没有定义表格（[[panel]]）")
        lines = [(line.key, line.source) for panel in form.panels for line in panel.lines if line.key]
        self.twice(lines, "行")
        self.formula(form.empty_when, Context("", form.id))
        for panel in form.panels:
            self.panel(form, panel)

    def panel(self, form: Form, panel: Panel) -> None:
        self.columns(panel.columns, headings=True)
        keys = [column.key for column in panel.columns]
        for role in (panel.key, panel.level, panel.parent):
            if role and role not in keys:
                self.problems.add(panel.source, f"“{role}”不是列{nearest(role, keys)}")
        for name in re.findall(r"\{(\w+)\}", panel.line_name):
            if name != "position" and name not in keys:
                self.problems.add(panel.source, f"line_name 里的“{name}”不是列{nearest(name, keys)}")
        for segment in panel.body:
            if isinstance(segment, OpenRows):
                self.open_rows(form, panel, segment)
            elif segment.key:
                self.line(form, panel, segment)

    def line(self, form: Form, panel: Panel, line: Line) -> None:
        self.cells(line, panel.columns)
        for column in panel.columns:
            value = line.cells.get(column.key)
            if isinstance(value, str) or line.numbering:
                continue
            formula = value or Blueprint.formula_of(line, column)
            if formula is not None:
                self.formula(formula, Context(panel.id, form.id, column.key), column.key)

    def open_rows(self, form: Form, panel: Panel, rows: OpenRows) -> None:
        context = Context(panel.id, form.id)
        self.formula(rows.listed, context)
        if rows.bold_when is not None:
            self.formula(rows.bold_when, context)
        if isinstance(rows.capacity, tuple):
            known = [entry.id for entry in self.template.entries]
            for name in rows.capacity:
                if name not in known:
                    self.problems.add(rows.source, f"capacity 里的“{name}”不是录入表{nearest(name, known)}")
        keys = [column.key for column in panel.columns]
        for source in rows.sources:
            if source.table not in self.names.tables:
                hint = nearest(source.table, self.names.tables)
                self.problems.add(source.source, f"open 指的“{source.table}”不是表{hint}")
                continue
            self.column_exists(source.table, source.rank, source.source)
            for key, formula in source.cells.items():
                if key not in keys:
                    self.problems.add(source.source, f"cells 里的“{key}”不是列{nearest(key, keys)}")
                self.formula(formula, Context(source.table, "", key), key)
        for column in panel.columns:
            if column.formula is not None and column.kind is ColumnKind.AMOUNT:
                self.formula(column.formula, Context(panel.id, form.id, column.key), column.key)

    # ---------------------------------------------------------------- rules

    def rule(self, rule: Rule) -> None:
        panels = {panel.id: panel for _, panel in self.template.panels}
        if rule.when is not None:
            self.formula(rule.when, Context())
        for kind in rule.kinds:
            if kind not in self.template.kinds:
                hint = nearest(kind, self.template.kinds)
                self.problems.add(rule.source, f"规则 {rule.id}：没有“{kind}”这种单位性质{hint}")
        ids = [other.id for other in (*self.template.rules, *self.template.prior_rules)]
        for name in rule.follows:
            if name not in ids:
                self.problems.add(
                    rule.source, f"规则 {rule.id}：follows 里没有规则“{name}”{nearest(name, ids)}"
                )
        self.applicability(rule)
        needs_panel = rule.scope in {RuleScope.LINES, RuleScope.TREE}
        ledgers = {entry.id for entry in self.template.entries if entry.is_ledger and entry.key}
        of_ledger = rule.scope is RuleScope.LINES and rule.over in ledgers
        if of_ledger and rule.level:
            self.problems.add(rule.source, f"规则 {rule.id}：“{rule.over}”没有级次列，不能用 level")
        if needs_panel and not of_ledger and rule.over not in panels:
            hint = nearest(rule.over, [*panels, *(ledgers if rule.scope is RuleScope.LINES else ())])
            self.problems.add(rule.source, f"规则 {rule.id}：over 指的“{rule.over}”不是表格{hint}")
            return
        if needs_panel and not of_ledger:
            self.over(rule, panels[rule.over])
        if rule.scope is RuleScope.TREE:
            return
        if rule.statement is None:
            self.problems.add(rule.source, f"规则 {rule.id}：缺少 statement，没有说明什么应当成立")
            return
        self.statement(rule, rule.statement)

    def applicability(self, rule: Rule) -> None:
        forms = [form.id for form in self.template.forms]
        for name in rule.unless_empty:
            if name not in forms:
                hint = nearest(name, forms)
                self.problems.add(rule.source, f"规则 {rule.id}：unless_empty 里的“{name}”不是公开表{hint}")
        if rule.until and rule.since > rule.until:
            self.problems.add(rule.source, f"规则 {rule.id}：since（{rule.since}）晚于 until（{rule.until}）")
        order = [(version.number, version.date) for version in rule.versions]
        if order != sorted(set(order)):
            self.problems.add(rule.source, f"规则 {rule.id}：versions 应按编号和日期从早到晚排列，不重复")

    def prior_year(self) -> None:
        """Rules between years are read as if last year's template were this one."""
        own = self.names
        self.names = two_year_names(own, own)
        for rule in self.template.prior_rules:
            if rule.scope is RuleScope.TREE:
                self.problems.add(rule.source, f"规则 {rule.id}：与上年比较的规则不能用 tree")
            else:
                self.rule(rule)
        self.names = own
        for listing in self.template.prior_listings:
            ledgers = [entry.id for entry in self.template.entries if entry.is_ledger]
            if listing.table not in ledgers:
                hint = nearest(listing.table, ledgers)
                message = f"{listing.id}：table“{listing.table}”不是没有固定行的录入表{hint}"
                self.problems.add(listing.source, message)
                continue
            for column in filter(None, (listing.key, listing.name, *listing.amounts)):
                self.column_exists(listing.table, column, listing.source)

    def over(self, rule: Rule, panel: Panel) -> None:
        if rule.level and not panel.level:
            self.problems.add(rule.source, f"规则 {rule.id}：“{panel.id}”没有级次列，不能用 level")
        if rule.scope is RuleScope.TREE:
            for role in ("key", "level", "parent"):
                if not getattr(panel, role):
                    self.problems.add(
                        rule.source, f"规则 {rule.id}：“{panel.id}”没有 {role} 列，不能作科目树"
                    )
            lines = [line.key for part in panel.tables for line in part.lines if not line.note]
            if rule.total not in lines:
                hint = nearest(rule.total, lines)
                self.problems.add(rule.source, f"规则 {rule.id}：total 指的“{rule.total}”不是行{hint}")
            for column in rule.columns:
                self.column_exists(panel.id, column, rule.source)

    def statement(self, rule: Rule, statement: Formula) -> None:
        for column in rule.columns or ("",):
            context = Context(table=rule.over, column=column, keyed=rule.scope is RuleScope.LINES)
            node = self.formula(statement, context, column)
            if node is None:
                return
            if not isinstance(node, Operation) or node.operator not in set(COMPARISONS) - {"<>"}:
                message = f"规则 {rule.id}：应写成“左 = 右”（或 <=、>=）"
                self.problems.add(statement.source, message)
                return

    # --------------------------------------------------------------- cycles

    def cycles(self) -> None:
        """Order all formulas once; a cycle is named with its tables and columns."""
        try:
            layout = Layout(self.template)
            for _ in in_order(Blueprint(layout).groups, layout_rows(layout)):
                pass
        except FormulaCycle as cycle:
            self.problems.add(self.source_of(cycle.places), str(cycle))
        except (ValueError, KeyError) as error:
            self.problems.add(self.main, str(error))

    def source_of(self, places: Iterable[tuple[str, str]]) -> Source:
        """Return where the first of some columns is defined: at the line of its formula, where it has one."""
        tables = {part.id: part.columns for part in self.template.entries}
        tables |= {part.id: part.columns for part in self.template.workings}
        tables |= {panel.id: panel.columns for _, panel in self.template.form_tables}
        for table, key in places:
            for column in tables.get(table, ()):
                if column.key == key:
                    return column.formula.source if column.formula is not None else column.source
        return self.main


def _zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def _short(text: str) -> str:
    return text if len(text) <= 48 else text[:45] + "…"
