"""What the reader returns: sheets and workbooks as the file holds them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlbudget.model import StoredCell

Position = tuple[int, int]
"""Row and column of a cell, from 1."""

#: The grid of Excel since 2007.
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
#: Characters of a formula in Excel. Only formulas within it are expanded, which bounds the work for each.
MAX_FORMULA = 8_192


@dataclass(slots=True)
class SheetRow:
    """One row as the file holds it: its cells with a value or a formula.

    Rows are remembered by the reader: a row that another file holds byte for byte is the same object.
    Those who look at rows keep under ``notes`` what they concluded from the cells alone, by a key of
    their own, and so conclude once for thousands of files.
    """

    number: int
    cells: dict[Position, StoredCell]
    notes: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)


class SheetCells(Mapping[Position, StoredCell]):
    """The cells of one sheet by position; ``rows`` are the same by row number, empty ones left out."""

    __slots__ = ("rows",)

    def __init__(self, rows: Iterable[SheetRow] = ()) -> None:
        self.rows: dict[int, SheetRow] = {row.number: row for row in rows if row.cells}

    @classmethod
    def grouped(cls, cells: Mapping[Position, StoredCell]) -> SheetCells:
        """Return single cells as the cells of a sheet."""
        rows: dict[int, dict[Position, StoredCell]] = {}
        for place, cell in cells.items():
            rows.setdefault(place[0], {})[place] = cell
        return cls(SheetRow(number, found) for number, found in rows.items())

    def __getitem__(self, place: Position) -> StoredCell:
        """Return the cell at a position; KeyError if it holds nothing."""
        return self.rows[place[0]].cells[place]

    def __iter__(self) -> Iterator[Position]:
        """Yield the positions, row by row as the file has them."""
        for row in self.rows.values():
            yield from row.cells

    def __len__(self) -> int:
        """Return how many cells there are."""
        return sum(len(row.cells) for row in self.rows.values())


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet; rows and columns count from 1.

    ``cells`` has only cells with a value or a formula, keyed by (row, column).
    ``hidden_rows`` are those hidden rows that hold such a cell: others cannot hide an
    amount. ``hidden_columns`` are (first, last), ``merges`` (top, left, bottom, right).
    ``kind`` is ``worksheet``, ``chartsheet``, ``dialogsheet`` or ``macrosheet``; ``decoded``
    is false when the cells were not asked for or the sheet is no worksheet, and then
    everything but name, state and kind is empty.
    """

    name: str
    state: str
    cells: SheetCells = field(default_factory=SheetCells)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merges: tuple[tuple[int, int, int, int], ...] = ()
    protected: bool = False
    kind: str = "worksheet"
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class RawWorkbook:
    """A workbook as the file holds it, sheets in the order of their tabs.

    ``defined_names`` are those of the workbook, name to text; ``sheet_names_local`` those of
    one sheet, as (name, index of the sheet from 0, text). ``properties`` are the custom
    document properties; ``core`` has ``application`` (``Microsoft Excel``, ``LibreOffice``,
    ``WPS`` …) and ``version`` as far as the file tells. ``calc_mode`` is ``auto``, ``manual``
    or ``autoNoTable``. ``active_content`` lists in Chinese what was found and never looked
    into: macros, external links, connections, OLE objects … ``sha256`` is of the file.
    """

    sheets: tuple[RawSheet, ...]
    defined_names: Mapping[str, str]
    sheet_names_local: tuple[tuple[str, int, str], ...]
    properties: Mapping[str, str]
    core: Mapping[str, str]
    date_1904: bool
    calc_mode: str
    precision_as_displayed: bool
    active_content: tuple[str, ...]
    sha256: str
