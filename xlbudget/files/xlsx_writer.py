"""The one door to XlsxWriter: workbooks that are reproducible and in which text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from io import BytesIO
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, TextIO

import xlsxwriter
import xlsxwriter.worksheet
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name, xl_range, xl_range_abs, xl_rowcol_to_cell

from xlbudget.files.own_outputs import MARK
from xlbudget.model.letters import writable

Book = Any
"""An ``xlsxwriter.Workbook`` (the library carries no types)."""
Sheet = Any
"""An ``xlsxwriter`` worksheet."""
Style = Any
"""An ``xlsxwriter`` format."""

_LONGEST_TITLE = 200  # letters; programs keep 255
_CREATED = datetime(2000, 1, 1)  # fixed, so that the same input gives the same bytes

_PROPERTY_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of custom properties, in every Office document
_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
_USUAL = {"Formula", "Number", "String", "Blank"}
_FormulaCell = xlsxwriter.worksheet.CellFormulaTuple
_column = lru_cache(xl_col_to_name)
_ESCAPE = re.compile("(_x[0-9a-fA-F]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

__all__ = [
    "Book",
    "Formats",
    "Sheet",
    "Style",
    "build",
    "custom_property",
    "data_text",
    "print_all",
    "shared_string",
    "stored_result",
    "title_text",
    "xl_cell_to_rowcol",
    "xl_col_to_name",
    "xl_range",
    "xl_range_abs",
    "xl_rowcol_to_cell",
]


class Formats:
    """The formats of one workbook, on top of what all of them have; equal looks share one."""

    def __init__(self, book: Book, **base: Any) -> None:
        self.book = book
        self._base = base
        self._made: dict[tuple[tuple[str, Any], ...], Style] = {}

    def get(self, **look: Any) -> Style:
        """Return the format with these XlsxWriter properties, made on first use."""
        whole = self._base | look
        key = tuple(sorted(whole.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(whole)
        return self._made[key]


class _TextSheet(xlsxwriter.worksheet.Worksheet):  # type: ignore[misc]
    """A worksheet in which text stays text even where XlsxWriter would take it for something else."""

    fh: Any
    waiting: TextIO | None = None
    """The text of its cells, once it is finished."""

    def _write_string(self, row: int, col: int, string: str, cell_format: Style = None) -> int:
        string = writable(string)
        if string.startswith("<r>") and string.endswith("</r>"):  # XlsxWriter takes it for finished markup
            string = f'<r><t xml:space="preserve">{_marked_up(string)}</t></r>'
        return int(super()._write_string(row, col, string, cell_format))

    def _write_formula(
        self, row: int, col: int, formula: str, cell_format: Style = None, value: Any = 0
    ) -> int:
        """Keep a formula as it is: none of ours is younger than Excel 2007, so none is looked for."""
        if value and isinstance(value, str):  # XlsxWriter escapes control characters everywhere but here
            value = _escaped(writable(value))
        if self._check_dimensions(row, col):
            return -1
        if self.constant_memory and row > self.previous_row:
            self._write_single_row(row)
        self.table[row][col] = _FormulaCell(formula.removeprefix("="), cell_format, value)
        return 0

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        """Write a cell as XlsxWriter does, the usual kinds in one go: a department has half a million."""
        kind = cell.__class__.__name__
        if cell.format is None or self.constant_memory or kind not in _USUAL:
            super()._write_cell(row, col, cell)
            return
        start = f'<c r="{_column(col)}{row + 1}" s="{cell.format._get_xf_index()}"'
        if kind == "Formula":
            written, result = _result(cell.value)
            self.fh.write(f"{start}{written}><f>{_marked_up(cell.formula)}</f><v>{result}</v></c>")
        elif kind == "Number":
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        elif kind == "String":
            self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
        else:
            self.fh.write(f"{start}/>")

    def finish(self) -> None:
        """Have the cells wait as text in a temporary file: nothing more is written to the sheet."""
        if self.dim_rowmin is None:
            return
        elsewhere, self.fh = self.fh, TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
        self._write_rows()
        self.table.clear()
        self.waiting, self.fh = self.fh, elsewhere

    def _write_sheet_data(self) -> None:
        if self.waiting is None:
            super()._write_sheet_data()
            return
        with self.waiting as cells:
            cells.seek(0)
            self._xml_start_tag("sheetData")
            copyfileobj(cells, self.fh)
            self._xml_end_tag("sheetData")

    def _assemble_xml_file(self) -> None:
        super()._assemble_xml_file()
        self.table.clear()  # a department has millions of cells: none is held beside its text


class _TextBook(xlsxwriter.Workbook):  # type: ignore[misc]
    worksheet_class = _TextSheet

    def add_chart(self, options: dict[str, Any]) -> Any:
        """Return a chart whose labels say what they do not show: programs differ in what they assume."""
        chart = super().add_chart(options)
        chart._write_show_val = partial(_write_only_value, chart)
        return chart

    def set_custom_property(self, name: str, value: Any, property_type: str | None = None) -> int:
        """Keep a property of the document; of a text what XML can hold."""
        kept = writable(value) if isinstance(value, str) else value
        return int(super().set_custom_property(name, kept, property_type))


def _write_only_value(chart: Any) -> None:
    shown = {"LegendKey": 0, "Val": 1, "CatName": 0, "SerName": 0, "Percent": 0, "BubbleSize": 0}
    for name, value in shown.items():
        chart._xml_empty_tag(f"c:show{name}", [("val", value)])


def build(
    write: Callable[[Book], None], *, title: str = "", by_row: bool = False, large: bool = False
) -> bytes:
    """Return the bytes of the workbook that ``write`` fills in.

    Nothing that a unit typed becomes a formula, a link or a number: conversions are off.
    The creation date is fixed and nothing is stored about the machine or its user.
    ``by_row`` is for workbooks that grow with the number of files: ``write`` fills each sheet from the top
    down, and no row stays in memory once the next has begun (the library keeps it in a temporary file).
    ``large`` has the texts of finished sheets wait in temporary files: with the cells behind them those of a
    department of 300 units take 300 MB.
    """
    stream = BytesIO()
    book = _TextBook(
        stream,
        {
            "constant_memory": by_row,
            "in_memory": not (by_row or large),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties(
        {"title": writable(title, _LONGEST_TITLE), "author": "", "category": MARK, "created": _CREATED}
    )
    write(book)
    book.close()
    for sheet in book.worksheets():
        sheet.fh.close()  # the text of a sheet stays until the book is collected
    return stream.getvalue()


def number_pages(sheet: Sheet, *, named: bool = False) -> None:
    """Print on each page its number and how many there are; ``named`` prints the sheet's name as well."""
    sheet.set_footer("&L&8&A&R&8第 &P 页，共 &N 页" if named else "&C&9第 &P 页，共 &N 页")


def print_all(sheet: Sheet) -> None:
    """Let a visible sheet without charts print what is written on it, unless it has a print area already.

    Programs print the same without being told, but LibreOffice then looks for it once for every sheet of the
    workbook that repeats headings: a third of the time that it takes to open one. A hidden sheet with a print
    area it would print.
    """
    if not (sheet.hidden or sheet.print_area_range or sheet.charts or sheet.dim_rowmax is None):
        sheet.print_area(0, 0, sheet.dim_rowmax, sheet.dim_colmax)


# What XlsxWriter writes for single values, for those who change a package that it has written.


def shared_string(text: str) -> str:
    """Return ``text`` as an item of the shared strings."""
    escaped = _escaped(writable(text))
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<si><r><t xml:space="preserve">{_marked_up(escaped)}</t></r></si>'
    space = ' xml:space="preserve"' if re.search(r"^\s|\s$", escaped) else ""
    return f"<si><t{space}>{_marked_up(escaped)}</t></si>"


def data_text(text: str) -> str:
    """Return ``text`` as the content of an element."""
    return _escaped(_marked_up(writable(text)))


def title_text(text: str) -> str:
    """Return ``text`` as the content of the title of a document, cut where :func:`build` cuts it."""
    return data_text(writable(text, _LONGEST_TITLE))


def custom_property(number: int, name: str, text: str) -> str:
    """Return the element of a custom text property; ``number`` counts from 0."""
    start = f'<property fmtid="{_PROPERTY_SET}" pid="{number + 2}" name="{name}">'
    return f"{start}<vt:lpwstr>{data_text(text)}</vt:lpwstr></property>"


def stored_result(value: float | str | bool) -> tuple[str, str]:
    """Return the result of a formula as the attribute for its type and the content of its value."""
    return _result(_escaped(writable(value)) if isinstance(value, str) else value)


def _result(value: float | str | bool) -> tuple[str, str]:
    """Return the same of a value whose text is escaped already."""
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if not isinstance(value, str):
        return "", str(value)
    if value == "":
        return "", ""
    return (' t="e"' if value in _ERRORS else ' t="str"'), _marked_up(value)


def _marked_up(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str) -> str:
    """Return ``text`` with what XML cannot hold as ``_xHHHH_``, and what looks like that escaped itself."""
    text = _ESCAPE.sub(r"_x005F\1", text)
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
