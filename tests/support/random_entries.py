"""Entries of every kind for small workbooks, by a given chance."""

from __future__ import annotations

import random
from typing import Any

from xlbudget import WorkbookTemplate
from xlbudget.model import EntryRow
from xlbudget.workbook.calculation.plan import Plan

SMALL = {"基本支出": 12, "项目支出": 9, "年终结转": 2, "收入科目": 3, "F2": 9, "F3": 9, "F5": 8, "F6": 14}


def random_entries(template: WorkbookTemplate, plan: Plan, chance: random.Random) -> dict[str, Any]:
    """Entries of every kind: codes of the lists and others, amounts of any sign, texts for amounts."""
    entries: dict[str, Any] = {}
    for entry in template.entries:
        rows = []
        for row in range(plan.layout.capacity[entry.id]):
            if chance.random() < 0.4:
                continue
            values: dict[str, Any] = {}
            for column in entry.columns:
                if not column.entry or chance.random() < 0.3:
                    continue
                allowed = template.allowed_values(column)
                if allowed:
                    few = allowed[:: max(1, len(allowed) // 7)]
                    values[column.key] = chance.choice([*few, chance.choice(allowed), "9", ""])
                elif column.kind == "amount":
                    amounts = [1.5, 0.0, -3.25, 1e12, 0.1, float(chance.randrange(10**9)) / 100, "文"]
                    values[column.key] = chance.choice(amounts)
                else:
                    values[column.key] = chance.choice(["甲", "乙", "a", "A", "项目"])
            if values:
                rows.append(EntryRow(row, values))
        entries[entry.id] = tuple(rows)
    return entries
