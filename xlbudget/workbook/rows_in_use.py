"""How far a filled workbook is filled: the rows that ledgers and forms with open rows take on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlbudget.model import ColumnKind, EntryRow, EntrySheet, Form, Panel
from xlbudget.workbook.calculation.plan import Plan, Values

_LEAST = 1  # an empty table prints its heading and one row, so that it is seen to be empty


def rows_in_use(plan: Plan, values: Values, entries: Mapping[str, Sequence[EntryRow]]) -> Mapping[str, int]:
    """Return, for sheets of ledgers and of forms with open rows, how many rows from the top are in use.

    Hidden rows and those of headings count. ``values`` are those of all cells with ``entries`` filled in.
    """
    template, found = plan.layout.template, {}
    for entry in template.entries:
        if entry.is_ledger:
            found[entry.sheet] = _ledger(plan, entry, entries.get(entry.id, ()))
    for form in template.forms:
        if any(plan.layout.open_blocks[panel.id] for panel in form.panels):
            found[form.sheet] = _form(plan, form, values)
    return found


def _ledger(plan: Plan, entry: EntrySheet, rows: Sequence[EntryRow]) -> int:
    filled = (row.row + 1 for row in rows if any(value not in (None, "") for value in row.values.values()))
    return plan.layout.tables[entry.id].first_row + max(filled, default=_LEAST)


def _form(plan: Plan, form: Form, values: Values) -> int:
    tables = plan.layout.tables
    return max(tables[panel.id].first_row + _shown(plan, panel, values) for panel in form.panels)


def _shown(plan: Plan, panel: Panel, values: Values) -> int:
    """Return how many body rows reach down to the last one in which a word stands.

    Open rows that list nothing have formulas too, whose texts are empty and whose amounts are nothing.
    """
    rows = plan.layout.tables[panel.id].rows
    texts = [
        values.columns.get((panel.id, column.key), ())
        for column in panel.columns
        if not column.hidden and column.kind is not ColumnKind.AMOUNT
    ]
    used = (row + 1 for row in range(rows - 1, -1, -1) if any(column[row] for column in texts if column))
    return next(used, _LEAST)
