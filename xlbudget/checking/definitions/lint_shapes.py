"""Mistakes of shape that no formula shows: what would break a workbook, or could never be read back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import ColumnKind, Form, OpenRows, Panel, Source, WorkbookTemplate
from xlbudget.model.control_lines import CONTROLS
from xlbudget.returns.published.texts import LONGEST_TITLE, title_of
from xlbudget.workbook.layout import COVER_FACTS
from xlbudget.workbook.names import CHECKS

_FEWEST = 2  # visible columns of a form: who reports stands above the first, in which money above the last
_BRACES = re.compile(r"\{[^{}]*\}")


def lint_shapes(template: WorkbookTemplate, problems: Problems) -> None:
    """Add the mistakes of one template's tables, forms and texts."""
    for source, message in (
        *_reserved(template),
        *_cover(template),
        *_ledgers(template),
        *_forms(template),
        *_unreplaced(template),
    ):
        problems.add(source, message)


def _reserved(template: WorkbookTemplate) -> Iterator[tuple[Source, str]]:
    """Names that the program gives to tables and columns of its own."""
    own = {CHECKS} if template.controls else {CHECKS, CONTROLS}
    named = [(part.id, part.source) for part in template.entries]
    named += [(part.id, part.source) for part in template.workings]
    named += [(part.id, part.source) for part in template.catalogues]
    named += [(panel.id, panel.source) for _, panel in template.panels]
    named += [(form.id, form.source) for form in template.forms]
    for name, source in named:
        if name in own or name.startswith("_"):
            yield source, f"“{name}”是程序自己的表名（下划线开头的也是），请换一个名称"
    every = [part.columns for part in template.entries] + [part.columns for part in template.workings]
    every += [panel.columns for _, panel in template.panels]
    for columns in every:
        for column in columns:
            if column.key.startswith("_"):
                yield column.source, f"栏名“{column.key}”不能以下划线开头：这样的栏是程序自己的"
    for _, panel in template.panels:
        for line in panel.lines:
            if line.key.startswith("_"):
                yield line.source, f"行名“{line.key}”不能以下划线开头：这样的行是程序自己的"


def _cover(template: WorkbookTemplate) -> Iterator[tuple[Source, str]]:
    """The unit's facts stand on the cover above the verdict, in rows that are there."""
    for entry in template.entries:
        on_cover = entry.sheet == template.cover.sheet
        if on_cover and entry.id != template.unit_facts.table:
            yield entry.source, f"封面上只能有“{template.unit_facts.table}”一张表；“{entry.id}”请另用工作表名"
        elif on_cover and len(entry.lines) > COVER_FACTS:
            yield entry.source, f"封面上最多放 {COVER_FACTS} 行单位情况，现有 {len(entry.lines)} 行"
        elif on_cover and not entry.lines:
            yield entry.source, f"封面上的“{entry.id}”应有固定行（lines）"
        elif entry.id == template.unit_facts.table and not on_cover:
            yield entry.source, f"“{entry.id}”应放在封面上：sheet 写“{template.cover.sheet}”"


def _ledgers(template: WorkbookTemplate) -> Iterator[tuple[Source, str]]:
    """Rows of a ledger say whose they are when units are joined."""
    key = template.unit_table.row_unit
    for entry in template.entries:
        own = entry.id == template.unit_table.table
        if entry.is_ledger and not own and not any(column.key == key for column in entry.columns):
            yield entry.source, f"“{entry.id}”没有“{key}”一栏，部门汇总时分不清各行是哪个单位的"


def _forms(template: WorkbookTemplate) -> Iterator[tuple[Source, str]]:
    """Forms that cannot be told apart by title, panels that show nothing, blocks that share one capacity."""
    for forms in (template.forms, template.other_forms):
        titles: dict[str, Form] = {}
        for form in forms:
            title = title_of(form.title)[0]
            if not title:
                yield form.source, f"“{form.id}”没有标题，公布的表就认不出来"
            elif len(form.title) > LONGEST_TITLE:
                yield form.source, f"“{form.id}”的标题超过 {LONGEST_TITLE} 个字"
            elif title in titles:
                yield form.source, f"“{form.id}”与“{titles[title].id}”标题相同，公布的表就分不清"
            titles.setdefault(title, form)
            if sum(not column.hidden for panel in form.panels for column in panel.columns) < _FEWEST:
                yield form.source, f"“{form.id}”至少要有 {_FEWEST} 栏看得见：题头左右各占一格"
            for panel in form.panels:
                yield from _panel(panel)


def _panel(panel: Panel) -> Iterator[tuple[Source, str]]:
    blocks = [part for part in panel.body if isinstance(part, OpenRows)]
    shown = [column for column in panel.columns if not column.hidden]
    if not shown:
        yield panel.source, f"“{panel.id}”没有一栏是看得见的"
    elif not any(column.kind is ColumnKind.AMOUNT for column in shown):
        yield panel.source, f"“{panel.id}”没有金额栏"
    if not panel.body and panel.closing is None:
        yield panel.source, f"“{panel.id}”没有行（body）"
    wordless = not any(column.kind is not ColumnKind.AMOUNT for column in shown)
    if wordless and any(block.sources for block in blocks):
        yield blocks[0].source, f"“{panel.id}”的可变行没有一栏说明是什么，公布的表就认不出来"
    paths: dict[tuple[str, ...], str] = {}
    for column in shown:
        if column.heading in paths:
            first = paths[column.heading]
            yield column.source, f"“{panel.id}”的“{column.key}”与“{first}”栏目文字完全相同，读回时分不清"
        paths.setdefault(column.heading, column.key)


def _unreplaced(template: WorkbookTemplate) -> Iterator[tuple[Source, str]]:
    """Texts for people in which something in braces would be printed as it stands."""
    main = Source(f"{template.id}/template.toml", 1)
    cover, checks = template.cover, template.check_sheet
    texts: list[tuple[Source, str]] = [(main, text) for text in (template.title, cover.title, cover.subtitle)]
    texts += [(main, text) for text in (*cover.notes, *cover.department_notes, checks.title, *checks.notes)]
    for form in (*template.forms, *template.other_forms):
        texts += [(form.source, text) for text in (form.title, form.caption, form.right, form.sheet)]
        for panel in form.panels:
            texts += [
                (column.source, text) for column in panel.columns for text in (*column.heading, column.name)
            ]
            texts += [
                (line.source, cell)
                for line in panel.lines
                for cell in line.cells.values()
                if isinstance(cell, str)
            ]
    for entry in template.entries:
        texts += [(entry.source, text) for text in (entry.title, entry.sheet, *entry.notes)]
        texts += [
            (column.source, text)
            for column in entry.columns
            for text in (*column.heading, column.prompt, column.name, *column.choices)
        ]
    for page in template.pages:
        texts += [(page.source, text) for text in (page.title, *page.headings)]
    texts += [
        (rule.source, text) for rule in template.every_rule for text in (rule.title, rule.advice, rule.basis)
    ]
    for source, text in texts:
        for found in _BRACES.findall(text):
            yield source, f"文字“{text[:20]}”里的“{found}”不会换成别的字；标题和文字里只能写 {{year}}"
