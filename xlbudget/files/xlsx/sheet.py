"""One worksheet, streamed: its cells with a value or a formula, and what hides or protects them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from xlbudget.files.xlsx.active_content import active_in_formula
from xlbudget.files.xlsx.cells import MAX_COLUMN, MAX_FORMULA, MAX_ROW, RawSheet, SheetCells
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import is_true, local_name, unescape
from xlbudget.files.xlsx.shared_formulas import SharedFormula, column_number
from xlbudget.files.xlsx.source import printable
from xlbudget.files.xlsx.texts import Kept, check_kept, serial_number
from xlbudget.model import StoredCell
from xlbudget.model.errors import UnreadableWorkbook

_WHOLE_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_WHOLE_ROWS = re.compile(r"\$?([0-9]{1,7}):\$?([0-9]{1,7})")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_SHORT = 64


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What the sheets of a workbook have in common while they are read."""

    package: Package
    kept: Kept
    strings: list[str] | None
    date_1904: bool


class SheetHandler:
    """Collects the cells of one worksheet.

    Elements are told apart by depth first: ``worksheet`` 1, ``sheetData`` 2, ``row`` 3, ``c`` 4,
    ``v``, ``f`` and ``is`` 5. That is fast, and nothing in an extension list passes for a cell.
    ``start`` and ``end`` run twice for each cell of the file and are written for speed.
    """

    # fmt: off
    __slots__ = (
        "active", "buffer", "cell", "cells", "column", "columns", "counted", "date_1904", "depth",
        "formula", "formula_attributes", "hidden_columns", "hidden_rows", "in_row", "kept", "merges",
        "orphans", "package", "part_of_cell", "phonetic", "protected", "row", "row_hidden", "row_tail",
        "row_text", "rows", "runs", "shared", "sheet", "stored", "stored_before", "string_at", "strings",
        "styles", "tag_c", "tag_col", "tag_f", "tag_is", "tag_merge", "tag_phonetic", "tag_protection",
        "tag_row", "tag_t", "tag_v", "value",
    )
    # fmt: on

    def __init__(self, surroundings: SharedParts, sheet: RawSheet) -> None:
        self.package = surroundings.package
        self.kept = surroundings.kept
        self.strings = surroundings.strings
        self.string_at: dict[str | None, str] = {}
        self.date_1904 = surroundings.date_1904
        self.sheet = sheet
        self.cells: dict[tuple[int, int], StoredCell] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.merges: list[tuple[int, int, int, int]] = []
        self.protected = False
        self.active: set[str] = set()
        self.depth = 0
        self.buffer = ""
        self.part_of_cell = ""
        self.rows = self.row = self.column = 0
        self.row_text = ""
        self.row_tail = 0
        self.row_hidden = self.in_row = False
        self.stored = self.stored_before = self.counted = 0
        self.columns: dict[str, int] = {}
        self.styles: dict[str | None, int] = {None: 0}
        self.cell: dict[str, str] | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.formula_attributes: dict[str, str] = {}
        self.runs: list[str] | None = None
        self.phonetic = False
        self.shared: dict[str, SharedFormula] = {}
        self.orphans: list[tuple[tuple[int, int], str]] = []
        self._name_elements("")

    def _name_elements(self, prefix: str) -> None:
        self.tag_row, self.tag_c, self.tag_v = prefix + "row", prefix + "c", prefix + "v"
        self.tag_f, self.tag_is, self.tag_t = prefix + "f", prefix + "is", prefix + "t"
        self.tag_phonetic, self.tag_col = prefix + "rPh", prefix + "col"
        self.tag_merge, self.tag_protection = prefix + "mergeCell", prefix + "sheetProtection"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        self.depth = depth = self.depth + 1
        self.buffer = ""
        if depth == 5:
            self.part_of_cell = name
            if name == self.tag_f:
                self.formula_attributes = attributes
            elif name == self.tag_is:
                self.runs = []
        elif depth == 4:
            if name == self.tag_c and self.in_row:
                self.cell = attributes
                reference = attributes.get("r")
                if reference is None:
                    self._next_column()
                elif (
                    reference[self.row_tail :] != self.row_text
                    or (column := self.columns.get(reference[: self.row_tail])) is None
                ):
                    self._place(reference)
                else:
                    self.column = column
            else:
                self.cell = None
        elif depth == 3 and name == self.tag_row:
            self._start_row(attributes)
        else:
            self._start_other(depth, name, attributes)

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        depth = self.depth
        self.depth = depth - 1
        if depth == 5:
            if name == self.tag_v:
                self.value = self.buffer
            elif name == self.tag_f:
                self.formula = self.buffer
        elif depth == 4:
            if self.value is not None or self.formula is not None or self.runs is not None:
                self._store()
        elif depth > 5:
            if name == self.tag_t and self.runs is not None and not self.phonetic:
                self.runs.append(unescape(self.buffer))
                self.kept.text += min(len(self.buffer), _SHORT)  # longer ones are counted in text()
            elif name == self.tag_phonetic:
                self.phonetic = False
        elif depth == 3 and name == self.tag_row:
            self.in_row = False
            if self.row_hidden and self.stored > self.stored_before:
                self.hidden_rows.add(self.row)

    def text(self, data: str) -> None:
        """Take in text."""
        self.buffer += data
        if len(data) > _SHORT:
            self.kept.text += len(data)
            if len(self.buffer) > self.package.limits.string_length:
                raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when the sheet has become too large; called after each chunk."""
        limits = self.package.limits
        if self.rows > limits.rows:
            raise self.package.over(f"工作表“{printable(self.sheet.name)}”超过 {limits.rows} 行")
        if max(len(self.merges), len(self.hidden_columns)) > limits.merges:
            raise self.package.over(
                f"工作表“{printable(self.sheet.name)}”的合并区域或隐藏列超过 {limits.merges} 个"
            )
        self.kept.cells += self.stored - self.counted
        self.counted = self.stored
        check_kept(self.package, self.kept)

    def _damaged(self, what: str) -> UnreadableWorkbook:
        return self.package.damaged(f"工作表“{printable(self.sheet.name)}”{what}")

    def _start_other(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if depth == 1:
            if local_name(name) != "worksheet":
                raise self._damaged("的内容不是工作表")
            self._name_elements(name[: len(name) - len("worksheet")])
        elif depth == 2 and name == self.tag_protection:
            self.protected = is_true(attributes.get("sheet"))
        elif depth == 3 and name == self.tag_col:
            self._start_columns(attributes)
        elif depth == 3 and name == self.tag_merge:
            self.merges.append(self._range(attributes.get("ref", "")))
        elif name == self.tag_phonetic:
            self.phonetic = True
        elif depth == 6 and self.part_of_cell in (self.tag_v, self.tag_f):
            raise self._damaged("有嵌套的单元格内容")  # programs differ in what they take for the value
        elif depth > self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")

    def _start_columns(self, attributes: dict[str, str]) -> None:
        first = self._number(attributes.get("min", ""), MAX_COLUMN)
        last = self._number(attributes.get("max", ""), MAX_COLUMN)
        if is_true(attributes.get("hidden")) or attributes.get("width") == "0":
            self.hidden_columns.append((first, last))

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = self.row + 1 if number is None else self._number(number, MAX_ROW)
        if self.row > MAX_ROW:
            raise self._damaged("的行号超出表格范围")
        self._enter_row()
        self.rows += 1
        self.column = 0
        self.in_row = True
        self.row_hidden = is_true(attributes.get("hidden")) or attributes.get("ht") == "0"
        self.stored_before = self.stored

    def _enter_row(self) -> None:
        self.row_text = str(self.row)
        self.row_tail = -len(self.row_text)

    def _next_column(self) -> None:
        self.column += 1
        if self.column > MAX_COLUMN:
            raise self._damaged("的列号超出表格范围")

    def _place(self, reference: str) -> None:
        """Move to the cell that a reference names, be it in another row than the element around it."""
        row, self.column = self.position(reference)
        if row == self.row:
            self.columns[reference[: self.row_tail]] = self.column
        else:
            self.row = row
            self._enter_row()

    def position(self, reference: str) -> tuple[int, int]:
        """Return row and column of a reference such as ``B12``; refuses one beyond the grid."""
        found = _REFERENCE.fullmatch(reference)
        row, column = (int(found[2]), column_number(found[1])) if found else (0, 0)
        if not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
            raise self._damaged(f"的单元格位置 {printable(reference, 20)} 超出表格范围")
        return row, column

    def _range(self, reference: str) -> tuple[int, int, int, int]:
        """Return a range as top, left, bottom, right; ``A:A`` and ``1:1`` are whole columns and rows."""
        if whole := _WHOLE_COLUMNS.fullmatch(reference):
            left, right = sorted(self.position(f"{letters}1")[1] for letters in whole.groups())
            return 1, left, MAX_ROW, right
        if whole := _WHOLE_ROWS.fullmatch(reference):
            top, bottom = sorted(self.position(f"A{number}")[0] for number in whole.groups())
            return top, 1, bottom, MAX_COLUMN
        first, _, last = reference.partition(":")
        top, left = self.position(first)
        bottom, right = self.position(last or first)
        return min(top, bottom), min(left, right), max(top, bottom), max(left, right)

    def _number(self, text: str, largest: int) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
        if not 1 <= number <= largest:
            raise self._damaged(f"的行列号 {printable(text, 20)} 超出表格范围")
        return number

    def _store(self) -> None:
        """Keep the cell just ended, if it has a value or a formula."""
        cell, value, formula, runs = self.cell, self.value, self.formula, self.runs
        self.value = self.formula = self.runs = None
        if cell is None:
            return
        if formula is not None:
            formula = self._own_formula(formula)
        kind, text = cell.get("t", "n"), ""
        if kind == "n" and value and runs is None and value.isascii():
            text = value.strip()
            kind = "n" if text else "blank"
        elif kind == "s" and value in self.string_at:
            text = self.string_at[value]
        else:
            kind, text = self.typed(kind, value, runs)
        if kind == "blank" and formula is None:
            return
        style = cell.get("s")
        number = self.styles.get(style)
        if number is None:
            number = self._style(style or "0")
        self.cells[self.row, self.column] = StoredCell(kind, text, formula, number)
        self.stored += 1

    def _style(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise self._damaged("的单元格格式编号无效")
        self.styles[text] = int(text)
        return int(text)

    def typed(self, kind: str, value: str | None, runs: list[str] | None) -> tuple[str, str]:
        """Return kind and text of a cell that is no plain number.

        A cell with a value and a text beside it holds what either says where they are the same; where they
        are not, programs differ in which of them they show, as they do in digits that are not 0 to 9.
        """
        if runs is not None:
            text = "".join(runs)
            if not value or not value.strip():
                return "s", text
            found = self._valued(kind, value)
            return found if found[1] == text else ("ambiguous", f"{found[1]}／{text}")
        return ("blank", "") if value is None else self._valued(kind, value)

    def _valued(self, kind: str, value: str) -> tuple[str, str]:
        """Return kind and text of a cell with a value that is no plain number."""
        if kind in ("str", "inlineStr"):
            return "s", unescape(value)
        text = value.strip()
        if not text or kind == "e":
            return kind if text else "blank", text
        if kind == "n":
            return "n" if text.isascii() else "ambiguous", text
        if kind == "s":
            self.string_at[value] = text = self._shared_string(text)
        elif kind == "b":
            text = self._boolean(text)
        elif kind == "d":
            serial = serial_number(text, self.date_1904)
            kind, text = ("s", text) if serial is None else ("n", serial)
        else:
            raise self._damaged("有无法识别的单元格类型")
        return kind, text

    def _shared_string(self, text: str) -> str:
        if self.strings is None:
            raise self.package.damaged("缺少共享文本部分 sharedStrings.xml")
        index = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
        if not 0 <= index < len(self.strings):
            raise self._damaged("引用了不存在的共享文本")
        return self.strings[index]

    def _boolean(self, text: str) -> str:
        if text not in ("0", "1", "true", "false"):
            raise self._damaged("有无效的逻辑值")
        return {"true": "1", "false": "0"}.get(text, text)

    def _own_formula(self, text: str) -> str | None:
        """Return the formula of the cell just ended, None if the element says nothing."""
        attributes = self.formula_attributes
        if "_x" in text:
            text = unescape(text)
        if text.startswith("="):
            text = text[1:]
        if attributes:
            kind = attributes.get("t")
            if kind == "shared":
                return self._shared_formula(text, attributes)
            if kind == "dataTable":
                return _data_table(attributes)
        if not text or text.isspace():
            return None
        capitals = text.upper()
        if "|" in text or "WEBSERVICE" in capitals or "RTD(" in capitals:
            self.active.update(active_in_formula(text))
        return text

    def _shared_formula(self, text: str, attributes: dict[str, str]) -> str:
        group = attributes.get("si", "")
        if text.strip():
            self.active.update(active_in_formula(text))
            if "ref" in attributes or group not in self.shared:
                self.shared[group] = SharedFormula(text, self.row, self.column)
            return text
        if group not in self.shared:  # its text may yet come; see finished()
            self.orphans.append(((self.row, self.column), group))
            return ""
        return self._expand(group, self.row, self.column)

    def _expand(self, group: str, row: int, column: int) -> str:
        master = self.shared[group]
        if len(master.text) > MAX_FORMULA:
            raise self.package.over(f"公式超过 {MAX_FORMULA} 字")
        text = master.at(row, column)
        self.kept.text += len(text)
        if len(text) > _SHORT:  # a short element may stand for a long formula: do not wait for the next chunk
            self.package.check_clock()
            check_kept(self.package, self.kept)
        return text

    def finished(self) -> RawSheet:
        """Return the sheet, once the part has ended.

        Raises ``damaged`` when two elements claim one cell, since no one could say which value
        counts, and when a shared formula has no text.
        """
        if len(self.cells) != self.stored:
            raise self._damaged("中同一单元格出现两次")
        for place, group in self.orphans:
            if group not in self.shared:
                raise self._damaged("的共享公式缺少原文")
            self.cells[place] = self.cells[place]._replace(formula=self._expand(group, *place))
        return replace(
            self.sheet,
            cells=SheetCells.grouped(self.cells),
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=tuple(self.hidden_columns),
            merges=tuple(self.merges),
            protected=self.protected,
            decoded=True,
        )


def _data_table(attributes: Mapping[str, str]) -> str:
    """Return what Excel shows for a data table: ``TABLE(row input,column input)``, one perhaps empty."""
    first, second = attributes.get("r1", ""), attributes.get("r2", "")
    if is_true(attributes.get("dt2D")):
        return f"TABLE({first},{second})"
    return f"TABLE({first},)" if is_true(attributes.get("dtr")) else f"TABLE(,{first})"
