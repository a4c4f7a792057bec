"""What is kept of a return to compare it with others: its whole, its kinds of line, its runs of amounts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import AmountRun, Cell, ColumnKind, CopiedAmounts, EntrySheet, Place, Traits
from xlbudget.workbook.named_cells import figure_cells, named_cell

_PRINT = 7  # bytes: a print of a run is a whole number that JSON keeps exactly


def traits_of(evidence: Evidence) -> Traits:
    """Return the traits of a return (entry money); where the template does not say what is usual, figures."""
    part = evidence.template.plausibility
    if part is None or evidence.submission.department:
        return Traits(figures=_figures(evidence))
    cell = named_cell(evidence.blueprint, part.whole)
    whole = evidence.recalculated(cell)
    factor = evidence.template.moneys.get(evidence.money(cell), 1)
    known = isinstance(whole, Decimal) and not evidence.is_unknown(cell)
    return Traits(
        whole=whole * factor if isinstance(whole, Decimal) and known else None,
        lines=_lines(evidence),
        runs=tuple(_runs(evidence, part.copied)) if part.copied else (),
        place=evidence.place(cell),
        figures=_figures(evidence),
    )


def _figures(evidence: Evidence) -> tuple[Decimal, ...]:
    """Return the main figures of a unit as its entries give them, 0 where there is no amount."""
    values = map(evidence.recalculated, figure_cells(evidence.blueprint))
    return tuple(value if isinstance(value, Decimal) else Decimal(0) for value in values)


def _lines(evidence: Evidence) -> dict[str, tuple[Decimal, Place]]:
    """Return the sum of amounts by kind of line: by every code of the columns that bounds are stated for."""
    part = evidence.template.plausibility
    amounts: defaultdict[str, list[tuple[Decimal, Cell]]] = defaultdict(list)
    for table, column in {(bounds.table, bounds.column) for bounds in part.lines} if part else ():
        for row in evidence.submission.entries.get(table, ()):
            code = row.values.get(column)
            for key, value in row.values.items() if code is not None else ():
                if isinstance(value, Decimal) and value:
                    amounts[f"{table} {code}"].append((value, Cell(table, row.row, key)))
    return {
        name: (sum((value for value, _ in each), Decimal(0)), evidence.place(max(each)[1]))
        for name, each in amounts.items()
    }


def _runs(evidence: Evidence, copied: CopiedAmounts) -> Iterator[AmountRun]:
    """Yield the amounts of each column of the tables that are looked at, as prints of runs in a row."""
    for entry in evidence.template.entries:
        if entry.id in copied.tables:
            for key in _amount_columns(entry):
                amounts = [
                    (row.row, value)
                    for row in sorted(evidence.submission.entries.get(entry.id, ()), key=lambda row: row.row)
                    if isinstance(value := row.values.get(key), Decimal) and value
                ]
                prints = _prints([value for _, value in amounts], copied)
                if any(prints):
                    places = tuple(evidence.layout.address(entry.id, row, key) for row, _ in amounts)
                    sheet = evidence.place(Cell(entry.id, amounts[0][0], key)).sheet
                    yield AmountRun(entry.id, key, sheet, places, prints)


def _amount_columns(entry: EntrySheet) -> Iterator[str]:
    return (column.key for column in entry.columns if column.entry and column.kind is ColumnKind.AMOUNT)


def _prints(amounts: Sequence[Decimal], copied: CopiedAmounts) -> tuple[int, ...]:
    """Return a number for the amounts from each one on, 0 where they are too few or too alike to tell."""
    prints = []
    for at in range(len(amounts) - copied.least + 1):
        run = amounts[at : at + copied.least]
        text = "/".join(format(value.normalize(), "f") for value in run)
        digest = hashlib.blake2b(text.encode(), digest_size=_PRINT).digest()
        prints.append(int.from_bytes(digest, "big") if len(set(run)) >= copied.distinct else 0)
    return tuple(prints)
