"""Names that a workbook of ours keeps for itself: columns, sheets, tables beside those of its template."""

from __future__ import annotations

from xlbudget.model import Form, OpenRows, Panel

ORDINAL = "_序"


POSITION = "_位"


INNER = "_"
"""With it begin the names of columns and tables that no definition names."""


CLOSING_POSITION = f"{POSITION}1"
"""The hidden column that says which closing line a row shows, in panels that have any."""


STAMP_SHEET = "_xlbudget"


OPTIONS_SHEET = "_选项"


COVER = "_封面"


VERDICT = "结论"


UNIT_NAME = "单位名称"


EMPTY_NOTE = "注"


def auxiliary(panel: Panel) -> tuple[str, ...]:
    """Return the keys of the hidden columns that open rows need: ordinal, then a position per source."""
    most = max((len(part.every_source) for part in panel.body if isinstance(part, OpenRows)), default=0)
    return (ORDINAL, *(f"{POSITION}{number}" for number in range(1, most + 1))) if most else ()


def form_head(form: Form) -> str:
    """Return the table name of the line above a form's heading (the unit's name)."""
    return f"_{form.id}表头"


def form_foot(form: Form) -> str:
    """Return the table name of the lines below a form without open rows (its notes, that it is empty)."""
    return f"_{form.id}表尾"


def entry_totals(entry: str) -> str:
    """Return the table name of the totals above an entry sheet's heading."""
    return f"_{entry}合计"
