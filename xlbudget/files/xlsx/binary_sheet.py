"""One worksheet of an ``.xlsb``: the same as :mod:`xlbudget.files.xlsx.sheet` gives, from binary records.

What a formula says is not read (it is kept as parsed tokens), only that there is one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlbudget.files.xlsx.binary_records import Record, records, unpacked, wide_text
from xlbudget.files.xlsx.cells import MAX_COLUMN, MAX_ROW, RawSheet, SheetCells
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.source import printable
from xlbudget.files.xlsx.texts import Kept, check_kept
from xlbudget.model import UNSEEN, StoredCell

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Errors by the number that stands for them in binary formats."""

_ROW, _COLUMNS, _MERGE, _PROTECTION = 0, 60, 176, 535
_BLANK, _RK, _ERROR, _BOOLEAN, _REAL, _TEXT, _SHARED = range(1, 8)
_SHORT = 11  # what a record of a cell without its own column counts on top
_FORMULA = {8: _TEXT, 9: _REAL, 10: _BOOLEAN, 11: _ERROR}
_RICH = 62
_AFTER = 4_096  # records between two looks at the limits


@dataclass(frozen=True, slots=True)
class SharedBinaryParts:
    """What the sheets of a binary workbook have in common while they are read."""

    package: Package
    kept: Kept
    strings: Sequence[str] | None


def read_binary_sheet(around: SharedBinaryParts, sheet: RawSheet, part: str) -> RawSheet:
    """Return the sheet with its cells; raises UnreadableWorkbook."""
    reader = _BinarySheet(around, sheet)
    package = around.package
    try:
        for at, record in enumerate(records(package, part)):
            reader.take(record)
            if at % _AFTER == 0:
                reader.check()
        reader.check()
    except (struct.error, ValueError, IndexError) as error:
        raise package.damaged(f"工作表“{printable(sheet.name)}”的内容不符合格式规定") from error
    return reader.finished()


class _BinarySheet:
    def __init__(self, around: SharedBinaryParts, sheet: RawSheet) -> None:
        self.around = around
        self.sheet = sheet
        self.cells: dict[tuple[int, int], StoredCell] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.merges: list[tuple[int, int, int, int]] = []
        self.protected = False
        self.row = self.column = self.rows = 0
        self.row_hidden = False
        self.counted = 0

    def take(self, record: Record) -> None:
        """Take in one record."""
        kind, data = record
        if kind == _ROW:
            self._start_row(data)
        elif kind <= 18 or kind == _RICH:
            self._cell(kind, data)
        elif kind == _COLUMNS:
            first, last = unpacked("<II", data)
            if unpacked("<H", data, 16)[0] & 1:
                self.hidden_columns.append((first + 1, last + 1))
        elif kind == _MERGE:
            top, bottom, left, right = unpacked("<IIII", data)
            self.merges.append((top + 1, left + 1, bottom + 1, right + 1))
        elif kind == _PROTECTION:
            self.protected = bool(unpacked("<I", data, 2)[0])

    def check(self) -> None:
        """Raise ``limit`` when the sheet has become too large."""
        package, kept = self.around.package, self.around.kept
        name = printable(self.sheet.name)
        if self.rows > package.limits.rows:
            raise package.over(f"工作表“{name}”超过 {package.limits.rows} 行")
        if max(len(self.merges), len(self.hidden_columns)) > package.limits.merges:
            raise package.over(f"工作表“{name}”的合并区域或隐藏列超过 {package.limits.merges} 个")
        kept.cells += len(self.cells) - self.counted
        self.counted = len(self.cells)
        check_kept(package, kept)

    def _start_row(self, data: bytes) -> None:
        (row,) = unpacked("<I", data)
        if row >= MAX_ROW:
            raise ValueError("a row beyond the grid")
        self.row, self.column, self.rows = row + 1, -1, self.rows + 1
        self.row_hidden = bool(unpacked("<B", data, 11)[0] & 0x10)

    def _cell(self, kind: int, data: bytes) -> None:
        at = 4
        if _SHORT < kind <= _SHORT + _SHARED:
            kind, self.column, at = kind - _SHORT, self.column + 1, 0
        else:
            (self.column,) = unpacked("<I", data)
        if not 0 <= self.column < MAX_COLUMN or not self.row:
            raise ValueError("a cell beyond the grid")
        formula = UNSEEN if kind in _FORMULA else None
        style = unpacked("<I", data, at)[0] & 0xFFFFFF
        found = self._value(_FORMULA.get(kind, kind), data, at + 4)
        if found is None:
            return
        place = self.row, self.column + 1
        if place in self.cells:
            raise ValueError("the same cell twice")
        self.cells[place] = StoredCell(*found, formula, style)
        if self.row_hidden:
            self.hidden_rows.add(self.row)

    def _value(self, kind: int, data: bytes, at: int) -> tuple[str, str] | None:
        """Return kind and text of a cell; None for an empty one."""
        if kind in (_RK, _REAL):
            number = (
                _of_rk(unpacked("<i", data, at)[0]) if kind == _RK else struct.unpack_from("<d", data, at)[0]
            )
            return "n", number_text(number)
        if kind in (_SHARED, _TEXT, _RICH):
            return "s", self._text(kind, data, at)
        if kind == _BOOLEAN:
            return "b", str(int(data[at] != 0))
        return ("e", ERRORS.get(data[at], f"#{data[at]}")) if kind == _ERROR else None

    def _text(self, kind: int, data: bytes, at: int) -> str:
        if kind == _SHARED:
            (index,) = unpacked("<I", data, at)
            if self.around.strings is None:
                raise self.around.package.damaged("缺少共享文本部分 sharedStrings.bin")
            return self.around.strings[index]
        text = wide_text(data, at + (kind == _RICH))[0]
        self.around.kept.text += len(text)
        return text

    def finished(self) -> RawSheet:
        """Return the sheet, once its records have ended."""
        return replace(
            self.sheet,
            cells=SheetCells.grouped(self.cells),
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=tuple(self.hidden_columns),
            merges=tuple(self.merges),
            protected=self.protected,
            decoded=True,
        )


def _of_rk(packed: int) -> float:
    """Return the number packed into 30 bits: a whole number or the first half of a double, perhaps in 百."""
    if packed & 2:
        number = float(packed >> 2)
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return number / 100 if packed & 1 else number


def number_text(number: float) -> str:
    """Return a number as spreadsheets write it into XML."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
