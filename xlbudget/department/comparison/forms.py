"""Form cells that print another amount: open rows are matched by their codes, fixed lines by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence, LineIdentity
from xlbudget.checking.printed_values import FormValue, form_values
from xlbudget.model import Place


@dataclass(frozen=True, slots=True)
class FormChange:
    """A form cell whose amount differs, recalculated from the entries, in the money of the form.

    An amount that one of the two does not print is 0. ``place`` is the cell in the file that prints it,
    the new one if both do.
    """

    place: Place
    old: Decimal
    new: Decimal
    money: str

    @property
    def difference(self) -> Decimal:
        """New − old."""
        return self.new - self.old


def form_changes(old: Evidence, new: Evidence) -> Iterator[FormChange]:
    """Yield the printed amounts that differ, in the order of the forms."""
    before, after = _printed(old), _printed(new)
    for key in [*after, *(key for key in before if key not in after)]:
        one, other = before.get(key), after.get(key)
        values = [part.value if part else Decimal(0) for part in (one, other)]
        evidence, part = (new, other) if other is not None else (old, one)
        if values[0] != values[1] and part is not None:
            yield FormChange(evidence.place(part.cell), values[0], values[1], evidence.money(part.cell))


def _printed(evidence: Evidence) -> Mapping[tuple[LineIdentity, str], FormValue]:
    lines = evidence.line_identities
    return {(lines[part.cell.table, part.cell.row], part.cell.column): part for part in form_values(evidence)}
