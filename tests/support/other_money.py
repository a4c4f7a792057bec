"""Budgets typed in the money of the forms, every amount rounded by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from support.builders import recalculated
from support.generated_budgets import Budget
from xlbudget import read
from xlbudget.files.patched_cells import overwrite_cells
from xlbudget.model import CellValue, EntryRow, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of


def in_form_money(budget: Budget) -> dict[str, Sequence[EntryRow]]:
    """Return the entries of a budget typed in 万元 with two decimals, as units do."""
    return {
        table: tuple(EntryRow(row.row, _scaled(row.values, budget.template)) for row in rows)
        for table, rows in budget.entries.items()
    }


def _scaled(values: Mapping[str, CellValue], template: WorkbookTemplate) -> dict[str, CellValue]:
    cent = Decimal(1).scaleb(-template.form_decimals)
    found = {
        key: (value / template.money_factor).quantize(cent) if isinstance(value, Decimal) else value
        for key, value in values.items()
    }
    return {key: value for key, value in found.items() if value or not isinstance(value, Decimal)}


def typed_in_form_money(workbook: Path, template: WorkbookTemplate) -> bytes:
    """Return a filled workbook with all amounts typed in 万元, its results computed anew."""
    submission = read(workbook, template)
    layout = plan_of(template, submission.capacity).layout
    cells: dict[str, dict[str, float | str | None]] = {}
    for table, rows in submission.entries.items():
        for row in rows:
            scaled = _scaled(row.values, template)
            for key, value in row.values.items():
                if isinstance(value, Decimal):
                    amount = scaled.get(key)
                    typed = float(amount) if isinstance(amount, Decimal) else None
                    cells.setdefault(layout.tables[table].sheet, {})[layout.address(table, row.row, key)] = (
                        typed
                    )
    return recalculated(overwrite_cells(workbook.read_bytes(), cells), template)
