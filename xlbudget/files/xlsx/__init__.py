"""A bounded, streaming, sparse reader of ``.xlsx`` and ``.xlsm`` packages.

One pass gives what checking needs and other readers give only in part: of each cell
the type, the text as stored (numbers untouched, so that ``2040201.0`` and ``1e999``
stay what they were), the formula and the style. Only cells with a value or a formula
are kept, so a used range out to XFD1048576 costs nothing.

Names of elements are compared within the namespace of the part's own root: that
reads transitional, Strict and prefixed files alike, and nothing from extension lists.

Everything wrong with a file is raised as :class:`~xlbudget.model.errors.UnreadableWorkbook`;
:mod:`~xlbudget.files.xlsx.package` guards bytes, zip entries and XML,
:mod:`~xlbudget.files.xlsx.sheet` the grid.
"""

from xlbudget.files.xlsx.cells import (
    DeferredCells,
    Position,
    RawSheet,
    RawWorkbook,
    RowShape,
    ShapeCell,
    SheetCells,
    SheetRow,
)
from xlbudget.files.xlsx.source import Limits, raised_limits
from xlbudget.files.xlsx.workbook import read_workbook

__all__ = [
    "DeferredCells",
    "Limits",
    "Position",
    "RawSheet",
    "RawWorkbook",
    "RowShape",
    "ShapeCell",
    "SheetCells",
    "SheetRow",
    "raised_limits",
    "read_workbook",
]
