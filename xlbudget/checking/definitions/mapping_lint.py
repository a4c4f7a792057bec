"""Finding mistakes in how exports of other systems are read: entries, columns, lines, translations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from xlbudget.definitions.export_mappings import mapping_files, read_mapping
from xlbudget.definitions.toml_items import Problems
from xlbudget.model import ColumnKind, EntrySheet, ExportMapping, ExportTable, WorkbookTemplate
from xlbudget.model.words import nearest


def lint_mappings(template: WorkbookTemplate, problems: Problems) -> None:
    """Add what is wrong with the mappings of a template; most templates need not have any."""
    for path in mapping_files(template).values():
        _mapping(template, read_mapping(path, template, problems), problems)


def _mapping(template: WorkbookTemplate, mapping: ExportMapping, problems: Problems) -> None:
    entries = {entry.id: entry for entry in template.entries if not entry.prefilled}
    names = Counter(table.name for table in mapping.tables)
    for table in mapping.tables:
        if names[table.name] > 1:
            problems.add(table.source, f"导出表名“{table.name}”重复")
        if not table.codes and not table.titles:
            problems.add(table.source, "要写明凭表号（codes）或标题（titles）认出是哪张工作表")
        if table.money and table.money not in template.moneys:
            hint = nearest(table.money, template.moneys)
            problems.add(table.source, f"没有金额单位“{table.money}”{hint}")
        if table.entry in entries:
            _TableLinter(template, table, entries[table.entry], problems).run()
        else:
            hint = nearest(table.entry, entries)
            problems.add(table.source, f"entry“{table.entry}”不是单位填写的录入表{hint}")


class _TableLinter:
    """Judges one table of a mapping."""

    def __init__(
        self, template: WorkbookTemplate, table: ExportTable, entry: EntrySheet, problems: Problems
    ) -> None:
        self.template, self.table, self.entry, self.problems = template, table, entry, problems
        self.typed = {column.key: column for column in entry.columns if column.entry}

    def run(self) -> None:
        table = self.table
        self.known("columns", table.columns, self.typed, "填写的栏")
        self.known("fixed", table.fixed, self.typed, "填写的栏")
        self.known("values", table.values, table.columns, "对照的栏")
        self.known("repeat", table.repeat, table.columns, "对照的栏")
        for key, text in table.fixed.items():
            self.allowed(key, [text])
        for key, texts in table.values.items():
            self.allowed(key, texts.values())
        for key in table.fixed:
            if key in table.columns:
                self.say(f"“{key}”既在 columns 又在 fixed")
        if self.entry.is_ledger:
            self.ledger()
        else:
            self.lines()

    def say(self, message: str) -> None:
        self.problems.add(self.table.source, f"导出表“{self.table.name}”：{message}")

    def known(self, key: str, names: Iterable[str], those: Iterable[str], what: str) -> None:
        there = list(those)
        for name in names:
            if name not in there:
                self.say(f"{key} 里的“{name}”不是“{self.entry.id}”{what}{nearest(name, there)}")

    def allowed(self, key: str, texts: Iterable[str]) -> None:
        column = self.typed.get(key)
        accepted = self.template.allowed_values(column) if column is not None else []
        for text in texts if accepted else ():
            if text not in accepted:
                self.say(f"“{key}”不能填“{text}”{nearest(text, accepted)}")

    def ledger(self) -> None:
        table = self.table
        for key in ("label", "lines", "sums"):
            if getattr(table, key):
                self.say(f"“{self.entry.id}”没有固定行，不能写 {key}")
        if bool(table.across) != bool(table.into):
            self.say("across（栏目是哪一栏的编码）和 into（填进哪一栏）要一起写")
        if table.across:
            self.known("across", [table.across], self.typed, "填写的栏")
            column = self.typed.get(table.across)
            coded = column is not None and self.template.allowed_values(column)
            if column is not None and (table.across in table.columns or not coded):
                self.say(f"across“{table.across}”应是凭代码表填写、不在 columns 里的一栏")
            self.amount_column(table.into)
        for column in self.entry.columns:
            if column.required and column.key not in {*table.columns, *table.fixed, table.across}:
                self.say(f"没有写必填的“{column.key}”在哪一栏（columns），或是什么（fixed）")

    def amount_column(self, key: str) -> None:
        column = self.typed.get(key)
        if column is None or column.kind is not ColumnKind.AMOUNT:
            self.say(f"into“{key}”不是“{self.entry.id}”填写的金额栏{nearest(key, self.typed)}")

    def lines(self) -> None:
        table, keys = self.table, [line.key for line in self.entry.lines]
        self.known("lines", table.lines, keys, "的行")
        self.known("sums", table.sums, keys, "的行")
        if not table.lines and not table.sums:
            self.say(f"“{self.entry.id}”是固定行的表，要写 lines（凭行名）或 sums（凭栏目）")
        if bool(table.lines) != bool(table.label):
            self.say("lines 和 label（行名在哪一栏）要一起写")
        if bool(table.lines) != bool(table.columns):
            self.say("lines 和 columns（取哪几栏）要一起写")
        if bool(table.sums) != bool(table.into):
            self.say("sums 和 into（填进哪一栏）要一起写")
        if table.across:
            self.say(f"“{self.entry.id}”是固定行的表，不能写 across")
        if table.into:
            self.amount_column(table.into)
        seen: set[str] = set()
        for text in (text for texts in table.lines.values() for text in texts):
            if text in seen:
                self.say(f"lines 里的“{text}”写了两次")
            seen.add(text)
