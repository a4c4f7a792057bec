"""Whether a document follows a template: by its own forms, not by titles that many authorities share.

The forms of two authorities bear the same titles (收入决算表) and other columns, lines and codes. Where most
of those that were recognised do not fit, nothing can be said to be missing from them: such a document is held
to what any table must fulfil.
"""

from __future__ import annotations

from xlbudget.model import ColumnKind, Form
from xlbudget.returns.published.workbooks import PublishedWorkbook

_FEW = 3  # forms that do not fit: fewer are slips of a document that follows the template
_REFUSED = 0.25  # part of the rows with a text that are none of a form's lines from which on it is another


def follows(workbook: PublishedWorkbook) -> bool:
    """Whether a document prints the forms of the template by which it was read."""
    there = {found.form for found in workbook.forms}
    forms = [form for form in workbook.blueprint.template.forms if form.id in there]
    fitting = sum(_fits(workbook, form) for form in forms)
    # titles of forms without their columns
    other = (
        len(forms) - fitting + sum(not part.panel and part.table is None for part in workbook.unrecognised)
    )
    return other < _FEW or other <= fitting


def _fits(workbook: PublishedWorkbook, form: Form) -> bool:
    panels = {panel.id for panel in form.panels}
    lost = any(
        workbook.unread.get((panel.id, column.key), "").endswith("栏")
        for panel in form.panels
        for column in panel.columns
        if not column.hidden and column.kind is ColumnKind.AMOUNT
    )
    refused = sum(part.panel in panels and bool(part.text) for part in workbook.unrecognised)
    rows = len({(cell.table, cell.row) for cell in workbook.places if cell.table in panels})
    return not lost and refused <= _REFUSED * (rows + refused)
