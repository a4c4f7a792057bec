"""What the reader returns: sheets and workbooks as the file holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xlbudget.model import Memos, StoredCell

Position = tuple[int, int]
"""Row and column of a cell, from 1."""

#: The grid of Excel since 2007.
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
#: Characters of a formula in Excel. Only formulas within it are expanded, which bounds the work for each.
MAX_FORMULA = 8_192


class ShapeCell(NamedTuple):
    """A cell of a row but for its value.

    ``kind`` is that of :class:`~xlbudget.model.StoredCell`. ``slot`` says which of the row's values it shows;
    without one (-1) it shows ``text``, in every row of the shape.
    """

    place: Position
    kind: str
    formula: str | None
    style: int
    slot: int
    text: str = ""


@dataclass(slots=True, eq=False)
class RowShape:
    """What rows have in common that differ in nothing but values: the same row of many files.

    Shapes are remembered by the reader. Those who look at rows keep under ``memos`` what they concluded from
    a shape, and so conclude once for thousands of files.
    """

    number: int
    cells: tuple[ShapeCell, ...]
    memos: Memos = field(default_factory=dict)
    filled: bool = field(init=False)
    """Whether a row has a cell with a value or a formula, whatever its values are."""

    def __post_init__(self) -> None:
        self.filled = any(
            cell.formula is not None or (cell.slot < 0 and cell.kind != "blank") for cell in self.cells
        )


@dataclass(slots=True, eq=False)
class SheetRow:
    """One row as the file holds it: its shape, and a value for each slot, None for a blank one.

    Whole rows are remembered too, and have ``memos`` of their own.
    """

    shape: RowShape
    values: Sequence[str | None]
    memos: Memos = field(default_factory=dict)
    _cells: dict[Position, StoredCell] | None = None

    @property
    def number(self) -> int:
        """The number of the row, from 1."""
        return self.shape.number

    @property
    def filled(self) -> bool:
        """Whether any cell has a value or a formula."""
        return self.shape.filled or any(self._holds(cell) for cell in self.shape.cells)

    @property
    def cells(self) -> dict[Position, StoredCell]:
        """The cells with a value or a formula by position."""
        if self._cells is None:
            self._cells = {cell.place: self.stored(cell) for cell in self.shape.cells if self._holds(cell)}
        return self._cells

    def _holds(self, cell: ShapeCell) -> bool:
        if cell.formula is not None:
            return True
        return self.values[cell.slot] is not None if cell.slot >= 0 else cell.kind != "blank"

    def stored(self, cell: ShapeCell) -> StoredCell:
        """Return what the row holds at a cell of its shape."""
        text = self.values[cell.slot] if cell.slot >= 0 else cell.text
        if text is None:
            return StoredCell("blank", "", cell.formula, cell.style)
        return StoredCell(cell.kind, text, cell.formula, cell.style)


class SheetCells(Mapping[Position, StoredCell]):
    """The cells of one sheet by position; ``rows`` are the same by row number, empty ones left out.

    Sheets that many files have in common are remembered like rows, with ``memos``.
    """

    __slots__ = ("memos", "rows")

    def __init__(self, rows: Iterable[SheetRow] = ()) -> None:
        self.rows: dict[int, SheetRow] = {
            row.shape.number: row for row in rows if row.shape.filled or row.filled
        }
        self.memos: Memos = {}

    @property
    def empty(self) -> bool:
        """Whether the sheet holds nothing."""
        return not self.rows

    @classmethod
    def grouped(cls, cells: Mapping[Position, StoredCell]) -> SheetCells:
        """Return single cells as the cells of a sheet."""
        rows: dict[int, list[ShapeCell]] = {}
        for place, (kind, text, formula, style) in cells.items():
            rows.setdefault(place[0], []).append(ShapeCell(place, kind, formula, style, -1, text))
        return cls(SheetRow(RowShape(number, tuple(found)), ()) for number, found in rows.items())

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


class DeferredCells(SheetCells):
    """The cells of a sheet that is read once somebody asks for one; ``formulas`` says how many have one."""

    __slots__ = ("_known", "_read", "formulas")

    def __init__(self, formulas: int, read: Callable[[], SheetCells]) -> None:
        self.formulas = formulas
        self._read = read
        self._known: SheetCells | None = None

    @property
    def _cells(self) -> SheetCells:
        if self._known is None:
            self._known = self._read()
        return self._known

    @property
    def empty(self) -> bool:
        """Whether the sheet holds nothing; one with formulas need not be read for it."""
        return not self.formulas and not self.rows

    @property
    def rows(self) -> dict[int, SheetRow]:  # type: ignore[override]
        """The rows by number; raises UnreadableWorkbook as the reader does."""
        return self._cells.rows

    @property
    def memos(self) -> Memos:  # type: ignore[override]
        """What others concluded from the sheet."""
        return self._cells.memos


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet; rows and columns count from 1.

    ``cells`` has only cells with a value or a formula, keyed by (row, column).
    ``hidden_rows`` are those hidden rows that hold such a cell: others cannot hide an
    amount. ``hidden_columns`` are (first, last), ``merges`` (top, left, bottom, right).
    ``kind`` is ``worksheet``, ``chartsheet``, ``dialogsheet``, ``macrosheet`` or ``othersheet`` (a module,
    or what no other reader knows); only the first has cells. ``decoded`` is false when the cells were not
    asked for or the sheet is no worksheet, and then everything but name, state and kind is empty.
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
    ``format`` is ``xlsx`` (``xlsm`` as well), ``xlsb``, ``xls`` or ``ods``; of all but the first only that a
    cell has a formula is known (:data:`~xlbudget.model.UNSEEN`). ``number_formats`` are, by the style of a
    cell, the codes by which it is shown; none where they cannot be read.
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
    format: str = "xlsx"
    number_formats: tuple[str, ...] = ()
