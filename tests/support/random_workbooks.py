"""Entries of all kinds, from a seed, and a template small enough for the whole engine.

The engine takes seconds for a template with short code lists and few rows, minutes for one of full size; the
formulas are the same, row by row.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlbudget import Unit, WorkbookTemplate, load_template
from xlbudget.model import CellValue, Column, ColumnKind, EntryRow, EntrySheet, ErrorValue
from xlbudget.workbook.layout import Layout

UNIT = Unit("243001", "测试单位", "行政", "上级")
KINDS = ("blank", "sparse", "full", "texts", "errors", "negative", "huge", "codes")
CODES = 9  # lines of each code list of a short template
AWKWARD = (
    "12",
    "1e3",
    "=1+1",
    "TRUE",
    "#1 锅炉房改造",
    "#N/A",
    "30%",
    "“甲”与\"乙\"、'丙'",
    "<b>&amp;</b>",
    "第一行\n第二行",
    "@SUM(1)",
    " 前后空格 ",
    "专用设备购置",
)
UNKNOWN = ("9999999", "2040201.0", "p1", "204020", "未对应", "2010-1", "x（甲）", "TRUE", "1e3")
"""Codes that no list has; those with signs that a look-up understands never get past the reader."""

ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?")

Entries = dict[str, list[EntryRow]]


def short_template(template: WorkbookTemplate, folder: Path) -> WorkbookTemplate:
    """Return a copy of a template in ``folder`` whose code lists are cut to a few codes and those above."""
    copy = folder / template.folder.name
    shutil.copytree(template.folder, copy, ignore=shutil.ignore_patterns("blank", "demo", "cases"))
    for path in sorted((copy / "catalogues").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            heading, *rows = csv.reader(stream)
        if len(rows) > 4 * CODES:
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([heading, *_few(rows)])
    return load_template(copy)


def _few(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return codes from all over a list, with all codes that are the beginning of one of them."""
    leaves = [
        row[0]
        for row in rows
        if not any(other[0] != row[0] and other[0].startswith(row[0]) for other in rows)
    ]
    taken = leaves[:: max(1, len(leaves) // CODES)][:CODES]
    return [row for row in rows if any(code.startswith(row[0]) for code in taken)]


def short_capacity(template: WorkbookTemplate, rows: int) -> dict[str, int]:
    """Return so many rows for each ledger and a few more for each form that lists what is in use."""
    ledgers = {entry.id: rows for entry in template.entries if entry.is_ledger and not entry.lines}
    opened = Layout(template, {}).open_blocks
    return ledgers | {panel.id: rows + 6 for _, panel in template.panels if opened.get(panel.id)}


def random_entries(layout: Layout, kind: str, seed: int) -> Entries:
    """Return entries of a kind (:data:`KINDS`) for every entry sheet; the same for the same seed."""
    chance = random.Random(f"{kind} {seed}")
    template, facts = layout.template, layout.template.unit_facts.table
    if kind == "blank":
        return {}
    share = {"sparse": 0.25, "full": 1.0}.get(kind, 0.7)
    return {
        entry.id: [
            EntryRow(row, values)
            for row in range(layout.tables[entry.id].rows)
            if chance.random() < share and (values := _values(template, entry, kind, chance))
        ]
        for entry in template.entries
        if entry.id != facts and not entry.prefilled
    }


def _values(
    template: WorkbookTemplate, entry: EntrySheet, kind: str, chance: random.Random
) -> dict[str, CellValue]:
    values = {}
    for column in entry.columns:
        if column.entry and column.key not in entry.department_only and chance.random() < 0.7:
            values[column.key] = _value(template, column, kind, chance)
    return values


def _value(template: WorkbookTemplate, column: Column, kind: str, chance: random.Random) -> CellValue:
    if column.kind is ColumnKind.AMOUNT:
        return _AMOUNTS.get(kind, _amount)(chance)
    allowed = template.allowed_values(column)
    if allowed:
        return chance.choice(UNKNOWN if kind == "codes" and chance.random() < 0.5 else allowed)
    if column.kind is ColumnKind.CODE:
        return chance.choice(("P1", "p1", "P2", "X-7", "甲", *(UNKNOWN if kind == "codes" else ())))
    if kind in ("texts", "codes"):
        return chance.choice(AWKWARD)
    return f"内容{chance.randrange(9)}"


def _amount(chance: random.Random) -> CellValue:
    return Decimal(chance.choice((0, 1, chance.randrange(10**5), chance.randrange(10**9)))) / 100


def _text(chance: random.Random) -> CellValue:
    return chance.choice(("见附件", "-", "一百元", "1,234元")) if chance.random() < 0.2 else _amount(chance)


def _error(chance: random.Random) -> CellValue:
    return ErrorValue(chance.choice(ERRORS)) if chance.random() < 0.1 else _amount(chance)


def _negative(chance: random.Random) -> CellValue:
    amount = _amount(chance)
    return -amount if isinstance(amount, Decimal) and chance.random() < 0.5 else amount


def _huge(chance: random.Random) -> CellValue:
    return Decimal(chance.randrange(10**4)).scaleb(chance.randrange(4, 14))


_AMOUNTS: Mapping[str, Callable[[random.Random], Any]] = {
    "texts": _text,
    "errors": _error,
    "negative": _negative,
    "huge": _huge,
}
