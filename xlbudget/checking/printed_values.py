"""The form cells that the published forms would print, with their values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.files.csv_text import inert_csv
from xlbudget.model import Cell, ColumnKind
from xlbudget.model.words import published


@dataclass(frozen=True, slots=True)
class FormValue:
    """One printed amount: number of the form, words of its line and column, value in form money."""

    form: int
    line: str
    column: str
    value: Decimal
    cell: Cell


def form_values(evidence: Evidence, *, rounded: bool = False) -> Iterator[FormValue]:
    """Yield the recalculated amounts that the forms print, in form order; zeros where they are printed.

    ``rounded`` gives them as published (half up, once); otherwise exact.
    """
    for form, panel in evidence.template.panels:
        for row in range(evidence.layout.tables[panel.id].rows):
            for column in panel.columns:
                if column.kind is not ColumnKind.AMOUNT or column.hidden:
                    continue
                value = evidence.recalculated(Cell(panel.id, row, column.key))
                if isinstance(value, Decimal) and (value != 0 or column.zeros):
                    if rounded:
                        value = published(value, column.decimals)
                    cell = Cell(panel.id, row, column.key)
                    yield FormValue(form.number, evidence.lines.name(panel, row), column.name, value, cell)


def values_csv(
    values: Iterable[tuple[Sequence[str], Iterable[FormValue]]], before: Sequence[str] = ()
) -> str:
    """Return values as CSV text with the columns form, line, column, value, after ``before`` of each part."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*before, "form", "line", "column", "value"])
    for own, printed in values:
        for part in printed:
            value = format(part.value, "f")
            writer.writerow([*map(inert_csv, own), part.form, inert_csv(part.line), part.column, value])
    return stream.getvalue()
