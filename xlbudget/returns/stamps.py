"""The stamp in a returned workbook, and the sheets that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlbudget.files.xlsx import RawSheet, RawWorkbook
from xlbudget.workbook.reserved_names import STAMP_SHEET
from xlbudget.workbook.stamp import PROPERTY, SHEET_NAME, STAMP_NAME, Stamp, read_stamp

_HEAD_ROWS = 4  # the cover has its title lowest, in the fourth row


_TARGET = re.compile(r"^'?(?P<sheet>(?:[^']|'')+?)'?!\$?[A-Z]+\$?\d+$")


def find_stamp(workbook: RawWorkbook) -> Stamp | None:
    """Return the first readable stamp of a workbook, wherever it survived."""
    numbers = range(len(workbook.properties))
    texts = ["".join(workbook.properties.get(f"{PROPERTY}{number}", "") for number in numbers)]
    for sheet in workbook.sheets:
        if sheet.name == STAMP_SHEET or sheet.name == _sheet_of(workbook.defined_names.get(STAMP_NAME, "")):
            texts += [cell.text for cell in sheet.cells.values()]
    return next((stamp for stamp in map(read_stamp, texts) if stamp is not None), None)


def sheets_by_stamp(workbook: RawWorkbook, stamp: Stamp, titles: Mapping[str, str]) -> dict[str, str]:
    """Return the template's sheet name → the name that the sheet has in this file (renames followed).

    ``titles`` gives the title printed at the top of each of the template's sheets. By it a sheet is
    known when a program has renamed the tab and nothing else.
    """
    present = {sheet.name for sheet in workbook.sheets if sheet.kind == "worksheet"}
    found = {}
    for number, name in enumerate(stamp.sheets):
        current = _sheet_of(workbook.defined_names.get(f"{SHEET_NAME}{number}", ""))
        if current in present:
            found[name] = current
        elif name in present:
            found[name] = name
    taken = {*found.values(), STAMP_SHEET}
    strangers = [sheet for sheet in workbook.sheets if sheet.name not in taken and sheet.state == "visible"]
    missing = [name for name in stamp.sheets if name not in found and titles.get(name)]
    heads = {sheet.name: _head(sheet) for sheet in strangers} if missing else {}
    for name in missing:
        alike = [other for other, head in heads.items() if titles[name] in head]
        if len(alike) == 1:
            found[name] = alike[0]
    return found


def _head(sheet: RawSheet) -> set[str]:
    """Return the texts in the first rows of a sheet."""
    rows = (row for number, row in sheet.cells.rows.items() if number <= _HEAD_ROWS)
    return {cell.text.strip() for row in rows for cell in row.cells.values()}


def _sheet_of(target: str) -> str:
    match = _TARGET.match(target.strip())
    return match.group("sheet").replace("''", "'") if match else ""
