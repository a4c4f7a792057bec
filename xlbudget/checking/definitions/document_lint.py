"""Finding mistakes in the published document's text: names, items, pages, and money without its unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from xlbudget.definitions.document import INSERTS, TAGS, ArgumentPart
from xlbudget.definitions.toml_items import Problems
from xlbudget.model import (
    Column,
    ColumnKind,
    DocumentTemplate,
    Heading,
    Insert,
    Paragraph,
    Passage,
    Source,
    Tag,
    TextTable,
    WorkbookTemplate,
)
from xlbudget.model.words import nearest
from xlbudget.workbook.language import Call, ColumnRange, FormulaSyntaxError, Node, RowCell
from xlbudget.workbook.names import Context, Names, UnknownName

_SHOWN = 40


def lint_document(template: WorkbookTemplate, names: Names, problems: Problems) -> None:
    """Add what is wrong with the document of a template; one without a document has nothing wrong."""
    if template.texts is not None:
        _texts(template, template.texts, problems)
    if template.document is None:
        return
    if template.texts is None:
        source = Source(f"{template.id}/template.toml", 1)
        problems.add(source, "有公开文件的文字，但缺少 [texts] 一节（单位写的文字在哪张录入表）")
        return
    _DocumentLinter(template, names, problems).document(template.document)


def _texts(template: WorkbookTemplate, table: TextTable, problems: Problems) -> None:
    ledgers = {entry.id: entry for entry in template.entries}
    if table.table not in ledgers:
        message = f"[texts] 的 table“{table.table}”不是录入表{nearest(table.table, ledgers)}"
        problems.add(table.source, message)
        return
    columns = [column.key for column in ledgers[table.table].columns]
    for key in (table.item, table.text):
        if key not in columns:
            problems.add(table.source, f"“{table.table}”没有“{key}”列{nearest(key, columns)}")
    for name in (table.fraction, table.floor):
        if name not in template.constants:
            problems.add(table.source, f"没有常数“{name}”{nearest(name, template.constants)}")


class _DocumentLinter:
    """Judges every tag of one document."""

    def __init__(self, template: WorkbookTemplate, names: Names, problems: Problems) -> None:
        self.template = template
        self.names = names
        self.problems = problems
        self.panels = {panel.id: panel for _, panel in template.panels}
        self.pages = {page.id: page for page in template.pages}
        self.items = list(self._items())

    def _items(self) -> Iterator[str]:
        table = self.template.texts
        for entry in self.template.entries:
            for column in entry.columns:
                if table and (entry.id, column.key) == (table.table, table.item):
                    yield from column.choices

    def document(self, document: DocumentTemplate) -> None:
        self.passage(document.title, "")
        for block in document.blocks:
            if isinstance(block, Insert):
                self.arguments(Tag(block.what, block.arguments, block.source), INSERTS[block.what], "")
            elif isinstance(block, Heading | Paragraph):
                self.passage(block.passage, "")

    def passage(self, passage: Passage, table: str) -> None:
        """Judge a passage; ``table`` is the form whose lines it speaks of, if any."""
        for part, after in pairwise((*passage, "")):
            if isinstance(part, Tag):
                self.tag(part, after, table)

    def tag(self, tag: Tag, after: str | Tag, table: str) -> None:
        if tag.keyword in {"逐项", "逐段", "计数"} and str(tag.arguments[0]) in self.panels:
            table = str(tag.arguments[0])
        nodes = self.arguments(tag, TAGS[tag.keyword], table)
        wants_unit = tag.keyword == "增减" or (not tag.keyword and not self.is_text(nodes))
        moneys = [name for name in self.template.moneys if name != self.template.entry_money]
        named = tuple(dict.fromkeys((self.template.form_money, *moneys)))
        if nodes and wants_unit and not (isinstance(after, str) and after.startswith(named)):
            unit = "”或“".join(named)
            message = f"“{{{_shown(tag)}}}”印出的是金额，后面要紧跟“{unit}”"
            self.problems.add(tag.source, message)

    def arguments(self, tag: Tag, parts: Iterable[ArgumentPart], table: str) -> list[Node]:
        """Judge the arguments of a tag; return its bound formulas."""
        nodes = []
        for argument, part in zip(tag.arguments, parts, strict=True):
            if isinstance(argument, tuple):
                self.passage(argument, table)
            elif part is ArgumentPart.FORMULA:
                within = self.within(tag, table)
                node = self.formula(argument, within, tag.source)
                nodes += [node] if node else []
            else:
                self.name(argument, part, tag)
        return nodes

    def within(self, tag: Tag, table: str) -> str:
        """Return the form whose lines the formulas of a tag speak of."""
        named = [part for part in tag.arguments if isinstance(part, str) and part in self.panels]
        return named[0] if tag.keyword == "结构图" and named else table

    def formula(self, text: str, table: str, source: Source) -> Node | None:
        try:
            return self.names.bind(text, Context(table=table, keyed=bool(table)))
        except (FormulaSyntaxError, UnknownName) as error:
            shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
            self.problems.add(source, f"“{shown}”：{error}", str(error))
            return None

    def name(self, name: str, part: ArgumentPart, tag: Tag) -> None:
        known: dict[ArgumentPart, Iterable[str]] = {
            ArgumentPart.ITEM: self.items,
            ArgumentPart.TABLE: self.panels,
            ArgumentPart.PAGE: self.pages,
        }
        if part is ArgumentPart.COLUMN:
            page = self.pages.get(str(tag.arguments[0]))
            known[part] = page.headings if page else (name,)
        if part is ArgumentPart.WORDS:
            self.words(name, tag)
            return
        if name not in known[part]:
            self.problems.add(tag.source, f"没有名为“{name}”的{part}{nearest(name, known[part])}")

    def words(self, pattern: str, tag: Tag) -> None:
        """Judge the headings that a pattern names; a title names none."""
        page = self.pages.get(str(tag.arguments[0]))
        for heading in re.findall("〈(.*?)〉", pattern):
            if page and heading not in page.headings:
                message = f"“{page.id}”没有栏目“{heading}”{nearest(heading, page.headings)}"
                self.problems.add(tag.source, message)

    def is_text(self, nodes: list[Node]) -> bool:
        """Whether a tag without keyword prints a text column, not an amount."""
        column = self.column(nodes[0]) if nodes else None
        return column is not None and column.kind is not ColumnKind.AMOUNT

    def column(self, node: Node) -> Column | None:
        if isinstance(node, Call) and node.function in {"IFERROR", "INDEX"}:
            return self.column(node.arguments[0])
        if isinstance(node, RowCell | ColumnRange):
            tables = {panel_id: panel.columns for panel_id, panel in self.panels.items()}
            tables |= {entry.id: entry.columns for entry in self.template.entries}
            return next((part for part in tables.get(node.table, ()) if part.key == node.column), None)
        return None


def _shown(tag: Tag) -> str:
    return "|".join(filter(None, (tag.keyword, *(part for part in tag.arguments if isinstance(part, str)))))
