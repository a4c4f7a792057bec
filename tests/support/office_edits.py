"""Edits workbooks by LibreOffice's own interface, as a person would: run by a Python that has ``uno``.

``python3 office_edits.py JOBS.json`` does all ``jobs`` of the file, in the one process of LibreOffice that
``soffice`` and ``profile`` name. A job has a ``source``, a ``target``, whose ending says in which format it
is saved, and ``steps`` ``[verb, sheet, …]``: the verbs are those of :data:`VERBS`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet.CellDeleteMode import LEFT, UP
from com.sun.star.sheet.CellInsertMode import DOWN, RIGHT
from com.sun.star.sheet.FillDirection import TO_BOTTOM

FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xlsm": "Calc MS Excel 2007 VBA XML",
    "xls": "MS Excel 97",
    "et": "MS Excel 97",
    "ods": "calc8",
}
_EVERYTHING = 1023  # com.sun.star.sheet.CellFlags: values, texts, formulas, formats, notes …
_CONTENTS = 1 | 2 | 4 | 16  # numbers, dates, texts, formulas
_PATIENCE = 60.0  # seconds until LibreOffice answers


def _setting(name, value):
    setting = PropertyValue()
    setting.Name, setting.Value = name, value
    return setting


class Book:
    """An open workbook, and what can be done to it."""

    def __init__(self, document):
        self.document = document

    def sheet(self, name):
        found = self.document.Sheets.getByName(name)
        if found.isProtected():
            found.unprotect("")
        return found

    def cells(self, sheet, address):
        return self.sheet(sheet).getCellRangeByName(address)

    def insert_rows(self, sheet, row, count=1):
        self.sheet(sheet).Rows.insertByIndex(row - 1, count)

    def delete_rows(self, sheet, row, count=1):
        self.sheet(sheet).Rows.removeByIndex(row - 1, count)

    def insert_columns(self, sheet, letters, count=1):
        self.sheet(sheet).Columns.insertByIndex(self._column(sheet, letters), count)

    def delete_columns(self, sheet, letters, count=1):
        self.sheet(sheet).Columns.removeByIndex(self._column(sheet, letters), count)

    def _column(self, sheet, letters):
        return self.cells(sheet, f"{letters}1").CellAddress.Column

    def insert_cells(self, sheet, address, way):
        self.sheet(sheet).insertCells(
            self.cells(sheet, address).RangeAddress, {"down": DOWN, "right": RIGHT}[way]
        )

    def delete_cells(self, sheet, address, way):
        self.sheet(sheet).removeRange(self.cells(sheet, address).RangeAddress, {"up": UP, "left": LEFT}[way])

    def cut(self, sheet, address, to, to_sheet=None):
        target = self.cells(to_sheet or sheet, to).getCellByPosition(0, 0).CellAddress
        self.sheet(sheet).moveRange(target, self.cells(sheet, address).RangeAddress)

    def copy(self, sheet, address, to, to_sheet=None):
        target = self.cells(to_sheet or sheet, to).getCellByPosition(0, 0).CellAddress
        self.sheet(to_sheet or sheet).copyRange(target, self.cells(sheet, address).RangeAddress)

    def paste_values(self, sheet, address, to=None, to_sheet=None):
        source = self.cells(sheet, address)
        held = source.getDataArray()
        at = self.cells(to_sheet or sheet, to or address).RangeAddress
        area = self.sheet(to_sheet or sheet).getCellRangeByPosition(
            at.StartColumn, at.StartRow, at.StartColumn + len(held[0]) - 1, at.StartRow + len(held) - 1
        )
        area.setDataArray(held)

    def all_as_values(self, *sheets):
        for name in sheets or self.document.Sheets.ElementNames:
            sheet = self.sheet(name)
            cursor = sheet.createCursor()
            cursor.gotoEndOfUsedArea(False)
            used = sheet.getCellRangeByPosition(
                0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow
            )
            used.setDataArray(used.getDataArray())

    def fill_down(self, sheet, address, source_rows=1):
        """Fill a range from its first rows as the small square does with Ctrl held: copies, no series."""
        area = self.cells(sheet, address)
        first = self.sheet(sheet).getCellRangeByPosition(
            area.RangeAddress.StartColumn,
            area.RangeAddress.StartRow,
            area.RangeAddress.EndColumn,
            area.RangeAddress.StartRow + source_rows - 1,
        )
        at = area.RangeAddress.StartRow + source_rows
        while at + source_rows - 1 <= area.RangeAddress.EndRow:
            below = self.sheet(sheet).getCellByPosition(area.RangeAddress.StartColumn, at).CellAddress
            self.sheet(sheet).copyRange(below, first.RangeAddress)
            at += source_rows

    def drag_down(self, sheet, address, source_rows=1):
        """Drag the small square: numbers and texts that end in a number go on counting."""
        self.cells(sheet, address).fillAuto(TO_BOTTOM, source_rows)

    def sort(self, sheet, address, field, ascending=True):
        """Sort a block without headings by one of its columns, from 0."""
        key = uno.createUnoStruct("com.sun.star.table.TableSortField")
        key.Field, key.IsAscending = field, ascending
        fields = uno.Any("[]com.sun.star.table.TableSortField", (key,))
        self.cells(sheet, address).sort((_setting("SortFields", fields), _setting("ContainsHeader", False)))

    def replace(self, sheet, old, new, whole=False):
        for name in [sheet] if sheet else self.document.Sheets.ElementNames:
            search = self.sheet(name).createReplaceDescriptor()
            search.SearchString, search.ReplaceString = old, new
            search.SearchWords = whole
            self.sheet(name).replaceAll(search)

    def merge(self, sheet, address):
        """Merge as the button does where only the first cell's content is kept."""
        area = self.cells(sheet, address)
        at = area.RangeAddress
        for row in range(at.EndRow - at.StartRow + 1):
            for column in range(at.EndColumn - at.StartColumn + 1):
                if row or column:
                    area.getCellByPosition(column, row).setString("")
        area.merge(True)

    def clear(self, sheet, address=None):
        """Delete contents: of a range, or of the whole sheet."""
        (self.cells(sheet, address) if address else self.sheet(sheet)).clearContents(_CONTENTS)

    def wipe(self, sheet):
        """Select all, delete all."""
        self.sheet(sheet).clearContents(_EVERYTHING)

    def type(self, sheet, address, value):
        """Type into a cell: numbers and formulas by what they look like, texts as texts."""
        cell = self.cells(sheet, address).getCellByPosition(0, 0)
        if isinstance(value, str) and not value.startswith("="):
            cell.setString(value)
        elif isinstance(value, str):
            cell.setFormula(value)
        else:
            cell.setValue(value)

    def as_text(self, sheet, address):
        """Retype each cell of a range as text: format text, then what was shown."""
        self.format(sheet, address, "@")
        for cell in self._each(sheet, address):
            if cell.getFormula():
                shown = repr(cell.getValue()) if cell.Type.value == "VALUE" else cell.getString()
                cell.setString(shown.removesuffix(".0"))

    def as_typed(self, sheet, address):
        """Bring a range through a program that takes what looks like a number for one (csv and back)."""
        self.format(sheet, address, "General")
        for cell in self._each(sheet, address):
            if cell.getFormula():
                cell.setFormula(cell.getString())

    def _each(self, sheet, address):
        area = self.cells(sheet, address)
        at = area.RangeAddress
        for row in range(at.EndRow - at.StartRow + 1):
            for column in range(at.EndColumn - at.StartColumn + 1):
                yield area.getCellByPosition(column, row)

    def format(self, sheet, address, code):
        formats, locale = self.document.NumberFormats, uno.createUnoStruct("com.sun.star.lang.Locale")
        key = formats.queryKey(code, locale, False)
        key = key if key != -1 else formats.addNew(code, locale)
        self.cells(sheet, address).NumberFormat = key

    def paint(self, sheet, address, colour):
        self.cells(sheet, address).CellBackColor = colour

    def comment(self, sheet, address, text):
        self.sheet(sheet).Annotations.insertNew(
            self.cells(sheet, address).getCellByPosition(0, 0).CellAddress, text
        )

    def hide_rows(self, sheet, first, last):
        self.cells(sheet, f"A{first}:A{last}").Rows.IsVisible = False

    def hide_columns(self, sheet, first, last):
        self.cells(sheet, f"{first}1:{last}1").Columns.IsVisible = False

    def hide_sheet(self, sheet):
        self.sheet(sheet).IsVisible = False

    def rename(self, sheet, name):
        self.sheet(sheet).Name = name

    def move_sheet(self, sheet, place):
        self.document.Sheets.moveByName(sheet, place)

    def delete_sheet(self, sheet):
        self.document.Sheets.removeByName(sheet)

    def copy_sheet(self, sheet, name, place):
        self.document.Sheets.copyByName(sheet, name, place)

    def new_sheet(self, sheet, place=0):
        self.document.Sheets.insertNewByName(sheet, place)

    def save(self, target):
        kind = target.suffix[1:]
        self.document.storeToURL(target.as_uri(), (_setting("FilterName", FILTERS[kind]),))


VERBS = {name: verb for name, verb in vars(Book).items() if not name.startswith("_") and callable(verb)}


def _desktop(soffice, profile):
    pipe = f"edits{time.monotonic_ns()}"
    command = [soffice, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore"]
    process = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp;"])
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except Exception:
            if time.monotonic() > end:
                process.kill()
                raise
            time.sleep(0.2)
    return process, context.ServiceManager.createInstance("com.sun.star.frame.Desktop")


def main(jobs_file):
    given = json.loads(Path(jobs_file).read_text(encoding="utf-8"))
    process, desktop = _desktop(given["soffice"], given["profile"])
    try:
        for job in given["jobs"]:
            source, target = Path(job["source"]), Path(job["target"])
            document = desktop.loadComponentFromURL(source.as_uri(), "_blank", 0, (_setting("Hidden", True),))
            book = Book(document)
            for verb, *arguments in job["steps"]:
                VERBS[verb](book, *arguments)
            document.calculateAll()
            book.save(target)
            document.close(True)
    finally:
        with suppress(Exception):  # the bridge is gone as soon as it has obeyed
            desktop.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main(sys.argv[1])
