"""Control totals as a table of the workbook: a locked line for each, behind the rows of the check sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from xlbudget.model import (
    CheckSheet,
    Column,
    ColumnKind,
    ControlTotal,
    EntryRow,
    EntrySheet,
    Line,
    WorkbookTemplate,
)

CONTROLS, LIMIT, ALLOWANCE = "控制数", "控制数", "允差"
"""Table of the control totals behind the check sheet, and its columns (entry money)."""


def control_entries(controls: tuple[ControlTotal, ...], checks: CheckSheet) -> Iterator[EntrySheet]:
    """Yield the table that holds a unit's control totals, if the template has any."""
    if not controls:
        return
    source = controls[0].source
    yield EntrySheet(
        id=CONTROLS,
        sheet=checks.sheet,
        title=checks.title,
        columns=tuple(
            Column(key, ColumnKind.AMOUNT, source, (key,), key, entry=True) for key in (LIMIT, ALLOWANCE)
        ),
        source=source,
        lines=tuple(Line(control.column, control.source) for control in controls),
        prefilled=True,
        totals=False,
    )


def control_rows(template: WorkbookTemplate, limits: Mapping[str, Decimal]) -> tuple[EntryRow, ...]:
    """Return control totals (form money, by column of the roster) as rows of that table (entry money).

    A limit written with the decimals of the forms binds the figure as it is printed: what rounds to it may
    be half of the last printed digit away, which is its allowance.
    """
    factor, printed = template.money_factor, Decimal(1).scaleb(-template.form_decimals)
    return tuple(
        EntryRow(
            row,
            {
                LIMIT: limits[control.column] * factor,
                ALLOWANCE: Decimal(0) if limits[control.column] % printed else printed * factor / 2,
            },
        )
        for row, control in enumerate(template.controls)
        if control.column in limits
    )
