"""Control totals as a table of the workbook: a locked line for each, behind the rows of the check sheet."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.model import (
    CheckSheet,
    Column,
    ColumnKind,
    ControlTotal,
    EntrySheet,
    Line,
)

CONTROLS, LIMIT, ALLOWANCE = "控制数", "控制数", "允差"
"""Table of the control totals behind the check sheet, and its columns (entry money)."""


def control_entries(
    controls: tuple[ControlTotal, ...], checks: CheckSheet, money: str
) -> Iterator[EntrySheet]:
    """Yield the table that holds a unit's control totals in entry ``money``, if the template has any."""
    if not controls:
        return
    source = controls[0].source
    yield EntrySheet(
        id=CONTROLS,
        sheet=checks.sheet,
        title=checks.title,
        columns=tuple(
            Column(key, ColumnKind.AMOUNT, source, (key,), key, entry=True, money=money)
            for key in (LIMIT, ALLOWANCE)
        ),
        source=source,
        lines=tuple(Line(control.column, control.source) for control in controls),
        prefilled=True,
        totals=False,
    )
