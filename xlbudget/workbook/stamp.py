"""The stamp by which a returned file says which template and unit it belongs to.

It is kept three times, so that a re-save by any office program leaves at least one: a very
hidden sheet, a defined name that refers to it, and a custom document property. Every sheet
of ours is also the target of a defined name, so that a renamed sheet is still found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from xlbudget.files.xlsx import RawSheet, RawWorkbook
from xlbudget.model import AllowedCodes, Unit
from xlbudget.workbook.layout import STAMP_SHEET

STAMP_NAME = "xlbudget_stamp"
SHEET_NAME = "xlbudget_sheet_"
PROPERTY = "xlbudget_"
_PROPERTY_LENGTH = 200  # Excel keeps 255 characters of a text property
_FORMAT = 1
_HEAD_ROWS = 4  # the cover has its title lowest, in the fourth row
_AMOUNT = re.compile(r"\d{1,30}(\.\d{1,30})?", re.ASCII)
_TARGET = re.compile(r"^'?(?P<sheet>(?:[^']|'')+?)'?!\$?[A-Z]+\$?\d+$")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the stamp says: template id and digest, year, unit, capacities, sheets in order.

    ``controls`` are the control totals that the workbook was issued with, as texts by column of the roster;
    ``codes`` those that its unit may use.
    """

    template_id: str
    digest: str
    year: int
    unit: Unit
    department: bool
    capacity: Mapping[str, int]
    sheets: tuple[str, ...]
    controls: Mapping[str, str] = field(default_factory=dict)
    codes: AllowedCodes = field(default_factory=dict)

    def text(self) -> str:
        """Return the stamp as one line of JSON."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        values |= {"format": _FORMAT, "unit": asdict(self.unit)}
        for name in ("controls", "codes"):
            if not values[name]:
                del values[name]
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    def properties(self) -> dict[str, str]:
        """Return the stamp in pieces that fit into custom document properties, by property name."""
        text = self.text()
        pieces = [text[at : at + _PROPERTY_LENGTH] for at in range(0, len(text), _PROPERTY_LENGTH)]
        return {f"{PROPERTY}{number}": piece for number, piece in enumerate(pieces)}


def read_stamp(text: str) -> Stamp | None:
    """Return the stamp written in ``text``, or None if it is none of ours."""
    try:
        data = json.loads(text)
        if data.pop("format") != _FORMAT:
            return None
        unit, capacity = data.pop("unit"), data.pop("capacity")
        sheets = tuple(data.pop("sheets"))
        texts = (*unit.values(), *sheets, data["template_id"], data["digest"])
        rows = tuple(capacity.values())
        if not all(isinstance(part, str) for part in texts) or not all(type(part) is int for part in rows):
            return None
        data["codes"] = {name: tuple(listed) for name, listed in data.get("codes", {}).items()}
        codes = [code for listed in data["codes"].values() for code in listed]
        amounts = data.get("controls", {}).values()
        if not all(isinstance(code, str) for code in codes) or not all(map(_is_amount, amounts)):
            return None
        if type(data["year"]) is not int or type(data["department"]) is not bool:
            return None
        return Stamp(unit=Unit(**unit), capacity=capacity, sheets=sheets, **data)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_amount(text: object) -> bool:
    return isinstance(text, str) and _AMOUNT.fullmatch(text) is not None


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
    present = {sheet.name for sheet in workbook.sheets}
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
