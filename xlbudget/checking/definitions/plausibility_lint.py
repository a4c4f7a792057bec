"""Finding mistakes in what a template says of plausible amounts: its cell, its lines, their codes."""

from __future__ import annotations

from collections.abc import Callable

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import Formula, LineBounds, WorkbookTemplate
from xlbudget.model.words import nearest
from xlbudget.workbook.language import LineCells, Node


def lint_plausibility(
    template: WorkbookTemplate, problems: Problems, bound: Callable[[Formula], Node | None]
) -> None:
    """Add what is wrong with plausibility; ``bound`` binds a formula and tells what is wrong with it.

    The whole is one cell of a form; lines stand in entry sheets, under codes that are on the list.
    """
    part = template.plausibility
    if part is None:
        return
    node = bound(part.whole)
    if node is not None and not (isinstance(node, LineCells) and node.first == node.last):
        message = f"[plausibility] 的 whole“{part.whole.text}”应是公开表的一个单元格"
        problems.add(part.whole.source, message)
    tables = {bounds.table for bounds in part.lines}
    columns = {column.key for entry in template.entries if entry.id in tables for column in entry.columns}
    for key in part.left_over:
        if key not in columns:
            message = f"[plausibility] 的 left_over“{key}”不是 lines 所说录入表的列{nearest(key, columns)}"
            problems.add(part.source, message)
    for bounds in part.lines:
        _line(template, problems, bounds)
    ledgers = {entry.id for entry in template.entries if entry.is_ledger}
    copied = part.copied
    for table in copied.tables if copied else ():
        if copied is not None and table not in ledgers:
            problems.add(copied.source, f"“{table}”不是逐行填写的录入表{nearest(table, ledgers)}")


def _line(template: WorkbookTemplate, problems: Problems, bounds: LineBounds) -> None:
    entries = {entry.id: entry for entry in template.entries}
    if bounds.table not in entries:
        problems.add(bounds.source, f"“{bounds.table}”不是录入表{nearest(bounds.table, entries)}")
        return
    columns = {column.key: column for column in entries[bounds.table].columns}
    column = columns.get(bounds.column)
    if column is None:
        hint = nearest(bounds.column, columns)
        problems.add(bounds.source, f"“{bounds.table}”没有“{bounds.column}”列{hint}")
        return
    if column.catalogue and column.catalogue not in {catalogue.id for catalogue in template.catalogues}:
        return  # said where the column is
    listed = template.allowed_values(column)
    for code in bounds.codes if listed else ():
        if code not in listed:
            message = f"“{code}”不在“{bounds.column}”的代码表中{nearest(code, listed)}"
            problems.add(bounds.source, message)
