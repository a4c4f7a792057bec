"""Code lists, entry sheets, workings and forms: columns, codes, drop-downs, formulas in their rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xlbudget.checking.definitions.formula_lint import FormulaLint
from xlbudget.definitions.catalogues import listed_in
from xlbudget.definitions.linked_templates import linked_templates
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
    Source,
    Working,
    WorkingChart,
)
from xlbudget.model.words import nearest
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.language import FormulaSyntaxError
from xlbudget.workbook.linked_names import behind, leaves, rows_source
from xlbudget.workbook.names import Context, UnknownName


class TableLint(FormulaLint):
    """Judges code lists, entry sheets, workings and forms; every method adds the problems of its subject."""

    def run(self) -> None:
        """Judge all tables."""
        for catalogue in self.template.catalogues:
            self._catalogue(catalogue)
        for entry in self.template.entries:
            self._entry(entry)
        for working in self.template.workings:
            self._working(working)
        for form in self.template.forms:
            self._form(form)

    def _catalogue(self, catalogue: Catalogue) -> None:
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
                self._parent(catalogue, row[catalogue.key], row[catalogue.parent], seen, source)
            for kind in listed_in(row.get(catalogue.kinds, "")):
                if kind not in self.template.kinds:
                    hint = nearest(kind, self.template.kinds)
                    self.problems.add(source, f"“{catalogue.kinds}”没有“{kind}”这种单位性质{hint}")
            for column, other in catalogue.refers.items():
                self._reference(row.get(column, ""), other, source)

    def _parent(
        self, catalogue: Catalogue, code: str, above: str, known: Iterable[str], source: Source
    ) -> None:
        if above and above not in known:
            self.problems.add(source, f"“{code}”的上级“{above}”不在代码表中{nearest(above, known)}")
        elif above and not code.startswith(above):
            self.problems.add(source, f"“{code}”应以上级编码“{above}”开头")

    def _reference(self, code: str, other: str, source: Source) -> None:
        try:
            target = self.template.catalogue(other)
        except KeyError:
            self.problems.add(self.main, f"refers 指向的代码表“{other}”不存在")
            return
        codes = {row[target.key] for row in target.rows}
        if code and code not in codes:
            self.problems.add(source, f"“{code}”不在“{other}”中{nearest(code, codes)}")

    def _columns(self, columns: Iterable[Column], *, headings: bool) -> None:
        columns = list(columns)
        self.twice(((column.key, column.source) for column in columns), "列")
        for column in columns:
            if headings and not column.hidden and not column.heading:
                self.problems.add(column.source, f"列“{column.key}”没有表头（heading）")

    def _entry(self, entry: EntrySheet) -> None:
        self._columns(entry.columns, headings=True)
        self.twice(((line.key, line.source) for line in entry.lines), "行")
        for column in entry.columns:
            if column.formula is not None:
                self.formula(column.formula, Context(entry.id, "", column.key))
            if column.catalogue:
                self._drop_down(column)
        for name in entry.department_only:
            if name not in {column.key for column in entry.columns}:
                self.problems.add(entry.source, f"department_only 里的“{name}”不是列")
        for line in entry.lines:
            self._cells(line, entry.columns)
        self._prior_entries(entry)

    def _prior_entries(self, entry: EntrySheet) -> None:
        """What is taken over from linked workbooks fills entry columns, and reads one of them alone."""
        link, ledger = rows_source(entry.prior_rows)
        ledgers = self._ledgers_of(link)
        if entry.prior_rows and (ledger not in ledgers or not entry.is_ledger):
            hint = nearest(ledger, ledgers)
            message = f"prior_rows“{entry.prior_rows}”和本表都应是没有固定行的录入表{hint}"
            self.problems.add(entry.source, message)
            return
        own, columns = self.names, {column.key for column in entry.columns if column.entry}
        stated = [(key, formula, "") for line in entry.lines for key, formula in line.prior.items()]
        stated += [
            (column.key, column.prior, behind(link, ledger)) for column in entry.columns if column.prior
        ]
        self.names = self.linked_names()
        for key, formula, table in stated:
            if key not in columns or (table and not entry.prior_rows):
                self.problems.add(formula.source, f"“{key}”不能取上年数：不是录入的栏，或没有写 prior_rows")
                continue
            node = self.formula(formula, Context(table))
            if node is not None and (len(read := leaves(node)) != 1 or "" in read):
                links = self.template.link_names
                written = "、".join(f"“{link}.…”" for link in links)
                alone = "，一个公式只用其中一种" if len(links) > 1 else ""
                self.wrong(formula, f"这里只能用{'、'.join(links)}的数，写作{written}{alone}")
        self.names = own

    def _ledgers_of(self, link: str) -> list[str]:
        template = linked_templates(self.template).get(link)
        return [part.id for part in template.entries if part.is_ledger] if template is not None else []

    def _drop_down(self, column: Column) -> None:
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

    def _cells(self, line: Line, columns: Iterable[Column]) -> None:
        keys = [column.key for column in columns]
        for key in line.cells:
            if key not in keys:
                self.problems.add(line.source, f"行“{line.key}”的“{key}”不是列{nearest(key, keys)}")

    def _working(self, working: Working) -> None:
        self._columns(working.columns, headings=False)
        if working.chart is not None:
            self._chart(working, working.chart)
        if not working.rows and working.rows_of not in self.names.tables:
            hint = nearest(working.rows_of, self.names.tables)
            self.problems.add(working.source, f"rows_of 指的“{working.rows_of}”不是表{hint}")
            return
        catalogue = next((part for part in self.template.catalogues if part.id == working.rows_of), None)
        for column in working.columns:
            if column.formula is None:
                self.problems.add(column.source, f"列“{column.key}”没有公式")
                continue
            context = Context(working.id, "", column.key)
            texts = self._row_texts(column.formula, catalogue)
            wrong = {
                text: at for text, at in texts.items() if at is not None and not self._binds(text, context)
            }
            if wrong and len(wrong) < len(texts) and catalogue is not None:
                for at in wrong.values():
                    self._row(catalogue, at or 0, column.formula)
                texts = {text: at for text, at in texts.items() if text not in wrong}
            for text in sorted(texts):
                self.formula(Formula(text, column.formula.source), context)

    def _chart(self, working: Working, chart: WorkingChart) -> None:
        """A chart draws columns of its working; what readers see has headings."""
        for key in (chart.names, chart.amounts, chart.shares):
            self.column_exists(working.id, key, chart.source)
        for column in working.columns:
            if not (column.hidden or column.heading):
                self.problems.add(column.source, f"列“{column.key}”没有表头（heading）")
        if all(column.hidden for column in working.columns):
            self.problems.add(working.source, "有图的计算表至少要有一栏给人看（不写 hidden）")

    def _binds(self, text: str, context: Context) -> bool:
        try:
            self.names.bind(text, context)
        except (FormulaSyntaxError, UnknownName):
            return False
        return True

    def _row(self, catalogue: Catalogue, at: int, formula: Formula) -> None:
        """Note a row of a code list for which a formula that holds for others makes no sense."""
        names = re.findall(r"\{(\w+)\}", formula.text)
        row, source = catalogue.rows[at], Source(catalogue.file, catalogue.lines[at])
        said = "、".join(f"“{name}”写的是“{row[name]}”" if row[name] else f"“{name}”是空的" for name in names)
        self.problems.add(source, f"“{row[catalogue.key]}”的{said}，计算表按它取不到数")

    def _row_texts(self, formula: Formula, catalogue: Catalogue | None) -> dict[str, int | None]:
        """Return the formula as it stands in each kind of row, ``{…}`` replaced by the row's attribute.

        With each stands the first row of the code list that makes it so.
        """
        names = re.findall(r"\{(\w+)\}", formula.text)
        columns = catalogue.columns if catalogue else ()
        for name in names:
            if name not in columns:
                self.problems.add(formula.source, f"“{{{name}}}”不是代码表的列{nearest(name, columns)}")
                return {}
        if catalogue is None or not names:
            return {formula.text: None}
        texts: dict[str, int | None] = {}
        for at, row in enumerate(catalogue.rows):
            text = formula.text
            for name in names:
                text = text.replace("{" + name + "}", row[name])
            texts.setdefault(text, at)
        return texts

    def _form(self, form: Form) -> None:
        if not form.panels:
            self.problems.add(form.source, "没有定义表格（[[panel]]）")
        lines = [(line.key, line.source) for panel in form.panels for line in panel.lines if line.key]
        self.twice(lines, "行")
        self.formula(form.empty_when, Context("", form.id))
        for panel in form.panels:
            self._panel(form, panel)

    def _panel(self, form: Form, panel: Panel) -> None:
        self._columns(panel.columns, headings=True)
        keys = [column.key for column in panel.columns]
        for role in (panel.key, panel.level, panel.parent):
            if role and role not in keys:
                self.problems.add(panel.source, f"“{role}”不是列{nearest(role, keys)}")
        for name in re.findall(r"\{(\w+)\}", panel.line_name):
            if name != "position" and name not in keys:
                self.problems.add(panel.source, f"line_name 里的“{name}”不是列{nearest(name, keys)}")
        for segment in panel.body:
            if isinstance(segment, OpenRows):
                self._open_rows(form, panel, segment)
            elif segment.key:
                self._line(form, panel, segment)
        for line in panel.closing.lines if panel.closing is not None else ():
            if line.key and not line.note:
                self._line(form, panel.closing or panel, line)

    def _line(self, form: Form, panel: Panel, line: Line) -> None:
        self._cells(line, panel.columns)
        for column in panel.columns:
            value = line.cells.get(column.key)
            if isinstance(value, str) or line.numbering:
                continue
            formula = value or Blueprint.formula_of(line, column)
            if formula is not None:
                self.formula(formula, Context(panel.id, form.id, column.key), column.key)

    def _open_rows(self, form: Form, panel: Panel, rows: OpenRows) -> None:
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
