"""What the reader returns: sheets and workbooks as the file holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlbudget.model import StoredCell

#: The grid of Excel since 2007.
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
#: Characters of a formula in Excel. Only formulas within it are expanded, which bounds the work for each.
MAX_FORMULA = 8_192


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
    cells: Mapping[tuple[int, int], StoredCell] = field(default_factory=dict)
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
