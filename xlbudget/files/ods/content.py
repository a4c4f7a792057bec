"""``content.xml`` → sheets: cells with a value or a formula, repeated ones written out where they hold it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xlbudget.files.ods.number_styles import StyleHandler
from xlbudget.files.ods.texts import Paragraphs
from xlbudget.files.xlsx.active_content import active_in_formula
from xlbudget.files.xlsx.cells import MAX_COLUMN, MAX_ROW, RawSheet, SheetCells
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import local_name
from xlbudget.files.xlsx.source import printable
from xlbudget.files.xlsx.texts import Kept, check_kept, serial_number
from xlbudget.model import UNSEEN, StoredCell
from xlbudget.model.errors import UnreadableWorkbook

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_XLINK = "http://www.w3.org/1999/xlink href"
_CELLS = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}
_ROW, _COLUMN, _SHEET = f"{_TABLE}table-row", f"{_TABLE}table-column", f"{_TABLE}table"
_BOOK = f"{_OFFICE}spreadsheet"
_LINKING = {"table-source", "cell-range-source", "database-source-sql", "database-source-table"}
_EMBEDDING = {"image", "object", "object-ole", "plugin", "floating-frame"}
_HIDDEN = ("collapse", "filter")
_ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)|(?:Err|错误)[:：]\s?\d{3}")
_DURATION = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_ADDRESS = re.compile(r"\$?(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'.]+))\.(?P<cell>\$?[A-Z]+\$?\d+)")
_ELSEWHERE = re.compile("[A-Za-z][A-Za-z0-9+.-]+:")
_REMOTE = re.compile("'(?:file|https?|ftp|smb):", re.IGNORECASE)


@dataclass(slots=True)
class _Cell:
    """A cell that has begun: its attributes, and how often it stands beside itself."""

    attributes: Mapping[str, str]
    repeated: int
    paragraphs: Paragraphs


class ContentHandler:
    """Receives the elements of the content; ``sheets`` are complete when it has ended.

    Tables count where they are sheets: those inside cells, tracked changes and links to other files are not.
    """

    def __init__(self, package: Package, styles: StyleHandler, wanted: Callable[[str], bool]) -> None:
        self.package = package
        self.styles = styles
        self.wanted = wanted
        self.kept = Kept()
        self.sheets: list[RawSheet] = []
        self.names: dict[str, str] = {}
        self.local_names: list[tuple[str, int, str]] = []
        self.active: set[str] = set()
        self.date_1904 = self.precision_as_displayed = False
        self._open: list[str] = []
        self._sheet: _Sheet | None = None
        self._cell: _Cell | None = None
        self._cell_depth = 0
        self._styling = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if len(self._open) >= self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")
        above = self._open[-1] if self._open else ""
        self._open.append(name)
        if self._cell is not None:
            self._cell.paragraphs.start(name, attributes, len(self._open) - self._cell_depth)
            self._look_outside(name, attributes)
        elif name == _SHEET and above == _BOOK:
            self._sheet = self._begun(attributes)
        elif self._sheet is not None and name == _ROW and self._own():
            self._sheet.start_row(attributes)
        elif self._sheet is not None and name in _CELLS and above == _ROW and self._own():
            self._start_cell(self._sheet, attributes)
        elif self._sheet is not None and name == _COLUMN and self._own():
            self._sheet.start_columns(attributes)
        elif self._sheet is None and not self._within_book():
            self.styles.start(name, attributes)
        else:
            self._start_other(name, attributes)

    def _own(self) -> bool:
        """Whether what has begun is of the sheet itself, and no table within it."""
        return self._open.count(_SHEET) == 1

    def _within_book(self) -> bool:
        return _BOOK in self._open

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        if self._cell is not None and len(self._open) > self._cell_depth:
            self._cell.paragraphs.end(name, len(self._open) - self._cell_depth)
        elif self._cell is not None and self._sheet is not None:
            self._sheet.store(self._cell, self.styles)
            self._cell = None
        elif self._sheet is not None and name == _ROW and self._own():
            self._sheet.end_row()
        elif self._sheet is not None and name == _SHEET and self._own():
            self.sheets.append(self._sheet.finished())
            self._sheet = None
        elif self._sheet is None and not self._within_book():
            self.styles.end(name)
        self._open.pop()

    def text(self, data: str) -> None:
        """Take in text."""
        if self._cell is not None:
            self._cell.paragraphs.text(data)
            if len(data) > 64:
                self.kept.text += len(data)
            if self._cell.paragraphs.length > self.package.limits.string_length:
                raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when there is too much of it; called after each chunk."""
        check_kept(self.package, self.kept)

    def _begun(self, attributes: Mapping[str, str]) -> _Sheet:
        name = attributes.get(f"{_TABLE}name", "")
        if name.lower() in {sheet.name.lower() for sheet in self.sheets}:
            raise self.package.damaged(f"工作表“{printable(name)}”重复")
        if len(self.sheets) >= self.package.limits.entries:
            raise self.package.over(f"工作表超过 {self.package.limits.entries} 张")
        hidden = attributes.get(f"{_TABLE}style-name") in self.styles.hidden
        raw = RawSheet(
            name, "hidden" if hidden else "visible", protected=attributes.get(f"{_TABLE}protected") == "true"
        )
        return _Sheet(self, raw, decoded=self.wanted(name))

    def _start_cell(self, sheet: _Sheet, attributes: dict[str, str]) -> None:
        repeated = sheet.count(attributes.get(f"{_TABLE}number-columns-repeated"), MAX_COLUMN)
        self._cell = _Cell(attributes, repeated, Paragraphs())
        self._cell_depth = len(self._open)
        formula = attributes.get(f"{_TABLE}formula")
        if formula:
            self.active.update(active_in_formula(formula))
            if _REMOTE.search(formula):
                self.active.add("外部链接")
            if "DDE(" in formula.upper():
                self.active.add("DDE")

    def _start_other(self, name: str, attributes: Mapping[str, str]) -> None:
        local = local_name(name)
        if local == "named-range":
            address = _excel_address(attributes.get(f"{_TABLE}cell-range-address", ""))
            self._take_name(attributes.get(f"{_TABLE}name", ""), address)
        elif local == "calculation-settings":
            self.precision_as_displayed = attributes.get(f"{_TABLE}precision-as-shown") == "true"
        elif local == "null-date":
            self.date_1904 = attributes.get(f"{_TABLE}date-value", "").startswith("1904")
        else:
            self._look_outside(name, attributes)

    def _take_name(self, name: str, address: str) -> None:
        if len(self.names) + len(self.local_names) > self.package.limits.elements:
            raise self.package.over(f"名称超过 {self.package.limits.elements} 个")
        if self._sheet is not None:
            self.local_names.append((name, len(self.sheets), address))
        else:
            self.names.setdefault(name, address)

    def _look_outside(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note what points to other files or acts by itself."""
        local = local_name(name)
        if local == "dde-source":
            self.active.add("DDE")
        elif local == "event-listener":
            self.active.add("宏")
        elif local in _LINKING or (local in _EMBEDDING and _ELSEWHERE.match(attributes.get(_XLINK, ""))):
            self.active.add("外部链接")


class _Sheet:
    """One sheet while its rows are read."""

    def __init__(self, content: ContentHandler, raw: RawSheet, *, decoded: bool) -> None:
        self.content = content
        self.raw = raw
        self.decoded = decoded
        self.cells: dict[tuple[int, int], StoredCell] = {}
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.row = self.column = self.columns = 0
        self.rows_repeated = 1
        self.row_hidden = False
        self.in_row: list[tuple[int, int, StoredCell]] = []

    def count(self, text: str | None, largest: int) -> int:
        """Return how often something is repeated; more than the grid has is damage."""
        if text is None:
            return 1
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
        if not 1 <= number <= largest:
            raise self._damaged("的重复次数超出表格范围")
        return number

    def _damaged(self, what: str) -> UnreadableWorkbook:
        return self.content.package.damaged(f"工作表“{printable(self.raw.name)}”{what}")

    def start_row(self, attributes: Mapping[str, str]) -> None:
        """Begin a row, or many that are the same."""
        self.rows_repeated = self.count(attributes.get(f"{_TABLE}number-rows-repeated"), MAX_ROW)
        self.row_hidden = attributes.get(f"{_TABLE}visibility") in _HIDDEN
        self.column = 0
        self.in_row = []

    def end_row(self) -> None:
        """End a row: what it holds stands in every one of its repetitions."""
        if self.row + self.rows_repeated > MAX_ROW:
            raise self._damaged("的行号超出表格范围")
        more = self.rows_repeated * sum(repeated for _, repeated, _ in self.in_row)
        self.content.kept.cells += more
        self.content.check()
        for row in range(self.row + 1, self.row + 1 + self.rows_repeated) if more else ():
            for column, repeated, cell in self.in_row:
                self.cells.update(((row, at), cell) for at in range(column, column + repeated))
            if self.row_hidden:
                self.hidden_rows.add(row)
        self.row += self.rows_repeated

    def start_columns(self, attributes: Mapping[str, str]) -> None:
        """Take in columns."""
        repeated = self.count(attributes.get(f"{_TABLE}number-columns-repeated"), MAX_COLUMN)
        if attributes.get(f"{_TABLE}visibility") in _HIDDEN:
            self.hidden_columns.append((self.columns + 1, min(self.columns + repeated, MAX_COLUMN)))
            if len(self.hidden_columns) > self.content.package.limits.merges:
                raise self.content.package.over("隐藏列过多")
        self.columns += repeated

    def store(self, cell: _Cell, styles: StyleHandler) -> None:
        """Take in a cell that has ended."""
        first = self.column + 1
        self.column += cell.repeated
        if self.column > MAX_COLUMN:
            raise self._damaged("的列号超出表格范围")
        if not self.decoded:
            return
        attributes = cell.attributes
        self._merge(attributes, first)
        formula = UNSEEN if attributes.get(f"{_TABLE}formula") else None
        found = _value(attributes, cell.paragraphs.joined, self.content.date_1904)
        if found is None and formula is None:
            return
        kind, text = found or ("blank", "")
        style = styles.number(attributes.get(f"{_TABLE}style-name", ""))
        self.in_row.append((first, cell.repeated, StoredCell(kind, text, formula, style)))

    def _merge(self, attributes: Mapping[str, str], column: int) -> None:
        across = self.count(attributes.get(f"{_TABLE}number-columns-spanned"), MAX_COLUMN)
        down = self.count(attributes.get(f"{_TABLE}number-rows-spanned"), MAX_ROW)
        if across * down > 1:
            top = self.row + 1
            bottom, right = min(self.row + down, MAX_ROW), min(column + across - 1, MAX_COLUMN)
            self.merges.append((top, column, bottom, right))
            if len(self.merges) > self.content.package.limits.merges:
                raise self.content.package.over("合并区域过多")

    def finished(self) -> RawSheet:
        """Return the sheet, once it has ended."""
        if not self.decoded:
            return RawSheet(self.raw.name, self.raw.state)
        return RawSheet(
            name=self.raw.name,
            state=self.raw.state,
            cells=SheetCells.grouped(self.cells),
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=tuple(self.hidden_columns),
            merges=tuple(self.merges),
            protected=self.raw.protected,
            decoded=True,
        )


def _value(
    attributes: Mapping[str, str], shown: Callable[[], str], date_1904: bool
) -> tuple[str, str] | None:
    """Return kind and text of a cell; None for one without a value.

    An error is stored as a text or as 0, with what the cell shows: only that tells of it.
    """
    kind = attributes.get(f"{_OFFICE}value-type") or attributes.get(f"{_CALC}value-type")
    if kind is None:
        return None
    computed = f"{_TABLE}formula" in attributes
    if attributes.get(f"{_CALC}value-type") == "error" or (computed and _ERROR.fullmatch(shown())):
        return "e", shown() or "#N/A"
    if kind == "boolean":
        return "b", "1" if attributes.get(f"{_OFFICE}boolean-value") == "true" else "0"
    if kind in ("date", "time"):
        return _moment(kind, attributes, date_1904)
    number = "" if kind == "string" else attributes.get(f"{_OFFICE}value", "").strip()
    if number:
        return ("n" if number.isascii() else "ambiguous"), number
    return "s", attributes.get(f"{_OFFICE}string-value", "") or shown()


def _moment(kind: str, attributes: Mapping[str, str], date_1904: bool) -> tuple[str, str]:
    if kind == "date":
        written = attributes.get(f"{_OFFICE}date-value", "")
        serial = serial_number(written, date_1904)
        return ("s", written) if serial is None else ("n", serial)
    written = attributes.get(f"{_OFFICE}time-value", "")
    found = _DURATION.fullmatch(written)
    if found is None:
        return "s", written
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
    return "n", repr(days + (hours * 3_600 + minutes * 60 + seconds) / 86_400)


def _excel_address(address: str) -> str:
    """Return an address as Excel writes it: ``$表.$A$1:.$B$2`` is ``'表'!$A$1:$B$2``."""
    first, _, last = address.partition(":")
    found = _ADDRESS.fullmatch(first)
    if found is None:
        return address
    sheet = found["quoted"] or found["plain"].replace("'", "''")
    return f"'{sheet}'!{found['cell']}" + (f":{last.rpartition('.')[2]}" if last else "")
