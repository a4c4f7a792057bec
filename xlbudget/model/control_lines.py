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
from xlbudget.workbook.check_rows import money_at
from xlbudget.workbook.names import ALLOWANCE, CONTROLS, LIMIT, Context, names_of


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


def control_rows(template: WorkbookTemplate, limits: Mapping[str, Decimal]) -> tuple[EntryRow, ...]:
    """Return control totals (form money, by column of the roster) as rows of that table (entry money).

    A limit written with the decimals of the forms binds the figure as it is printed: what rounds to it may
    be half of the last printed digit away, which is its allowance.
    """
    names = names_of(template)
    cells = {part.column: names.bind(part.cell.text, Context()) for part in template.controls}
    factors = {column: template.moneys[money_at(cell, template)] for column, cell in cells.items()}
    printed = Decimal(1).scaleb(-template.form_decimals)
    return tuple(
        EntryRow(
            row,
            {
                LIMIT: limits[control.column] * factors[control.column],
                ALLOWANCE: Decimal(0)
                if limits[control.column] % printed
                else printed * factors[control.column] / 2,
            },
        )
        for row, control in enumerate(template.controls)
        if control.column in limits
    )
