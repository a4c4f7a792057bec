"""What was made of an export: rows of entries, what was left out and why, sums of both sides.

Amounts of an export are as printed there, in its own unit of money; those of entries in theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xlbudget.model import CellValue, ExportTable, Place


@dataclass(frozen=True, slots=True)
class TakenRow:
    """Values for one row of an entry sheet, from a row of the export; ``line`` is that of a fixed line."""

    table: ExportTable
    place: Place
    values: Mapping[str, CellValue]
    line: str = ""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Something of an export that went nowhere: where, what stands there, why, and its amounts by heading.

    ``stated`` says that the mapping wants it so.
    """

    place: Place
    text: str
    reason: str
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    money: str = ""
    stated: bool = False


@dataclass(frozen=True, slots=True)
class ControlSum:
    """One column of a sheet of the export against what was taken from it, both in the money of the export.

    ``total`` is its total row (None: there is none), ``rows`` the sum of its rows, ``taken`` what of it
    became entries of this workbook's unit, ``others`` what belongs to other units.
    """

    table: ExportTable
    sheet: str
    column: str
    heading: str
    money: str
    total: Decimal | None
    rows: Decimal
    taken: Decimal
    others: Decimal = Decimal(0)

    @property
    def balanced(self) -> bool:
        """Whether everything of the column went somewhere, and its total row says the same."""
        return self.rows == self.taken + self.others and self.total in (None, self.rows)


@dataclass(frozen=True, slots=True)
class TakenExport:
    """An export read by a mapping for one unit.

    ``missing`` are tables of the mapping that the export does not have, ``others`` the codes of other units
    of which it has rows, ``remarks`` sentences on what was assumed.
    """

    rows: tuple[TakenRow, ...] = ()
    left: tuple[NotTaken, ...] = ()
    sums: tuple[ControlSum, ...] = ()
    missing: tuple[ExportTable, ...] = ()
    others: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was left out but what the mapping leaves out, and all sums agree."""
        lost = any(not left.stated for left in self.left)
        return not lost and not self.missing and all(part.balanced for part in self.sums)
