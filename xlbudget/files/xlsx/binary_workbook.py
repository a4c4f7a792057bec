"""The structure of an ``.xlsb``: sheets, names, settings, shared strings and number formats, from records."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from xlbudget.files.xlsx.binary_records import records, unpacked, wide_text
from xlbudget.files.xlsx.number_formats import BUILT_IN
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.texts import Kept, check_kept

_GLOBAL = 0xFFFFFFFF
_STATES = ("visible", "hidden", "veryHidden")
_CALCULATION = ("manual", "auto", "autoNoTable")
_PROPERTIES, _SHEET, _NAME, _SETTINGS = 153, 156, 39, 157
_SELF, _LINKED, _EXTERNAL = 357, {355, 358, 667}, 362
_ITEM, _FORMAT, _STYLE, _STYLES, _END_STYLES = 19, 44, 47, 617, 618
_CELL_REFERENCES = {0x3A, 0x5A, 0x7A}
_RANGE_REFERENCES = {0x3B, 0x5B, 0x7B}


@dataclass(slots=True)
class BinaryStructure:
    """What a binary workbook says of itself: sheets as (name, state, relationship id), names as in XML."""

    sheets: list[tuple[str, str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    local_names: list[tuple[str, int, str]] = field(default_factory=list)
    date_1904: bool = False
    calc_mode: str = "auto"
    precision_as_displayed: bool = False


def binary_structure(package: Package, part: str) -> BinaryStructure:
    """Return what the workbook part says; raises UnreadableWorkbook."""
    found = BinaryStructure()
    books: list[bool] = []
    links: list[tuple[int, int]] = []
    named: list[bytes] = []
    try:
        for kind, data in islice(records(package, part), package.limits.elements):
            if kind == _SHEET:
                identifier, at = wide_text(data, 8)
                name, _ = wide_text(data, at)
                found.sheets.append((name, _STATES[min(unpacked("<I", data)[0], 2)], identifier))
            elif kind == _PROPERTIES:
                found.date_1904 = bool(unpacked("<I", data)[0] & 1)
            elif kind == _SETTINGS:
                found.calc_mode = _CALCULATION[min(unpacked("<I", data, 4)[0], 2)]
                found.precision_as_displayed = not unpacked("<H", data, 24)[0] & 8
            elif kind == _SELF or kind in _LINKED:
                books.append(kind == _SELF)
            elif kind == _EXTERNAL:
                links = [
                    (book, sheet)
                    for book, sheet, _ in struct.iter_unpack("<Iii", data[4 : 4 + (len(data) - 4) // 12 * 12])
                ]
            elif kind == _NAME:
                named.append(data)
        for data in named:
            _take_name(found, data, books, links)
    except (struct.error, ValueError, IndexError) as error:
        raise package.damaged("工作簿部分 workbook.bin 不符合格式规定") from error
    return found


def _take_name(
    found: BinaryStructure, data: bytes, books: Sequence[bool], links: Sequence[tuple[int, int]]
) -> None:
    """Keep a defined name that refers to a cell or range of this workbook; others say nothing to us."""
    (sheet,) = unpacked("<I", data, 5)
    name, at = wide_text(data, 9)
    (length,) = unpacked("<I", data, at)
    text = _reference(found, data[at + 4 : at + 4 + length], books, links)
    if sheet != _GLOBAL:
        found.local_names.append((name, sheet, text))
    else:
        found.names.setdefault(name, text)


def _reference(
    found: BinaryStructure, tokens: bytes, books: Sequence[bool], links: Sequence[tuple[int, int]]
) -> str:
    if not tokens or tokens[0] not in _CELL_REFERENCES | _RANGE_REFERENCES:
        return ""
    book, sheet = links[unpacked("<H", tokens, 1)[0]]
    if not (book < len(books) and books[book] and 0 <= sheet < len(found.sheets)):
        return "#REF!"
    if tokens[0] in _CELL_REFERENCES:
        row, column = unpacked("<IH", tokens, 3)
        places = [(row, column)]
    else:
        top, bottom, left, right = unpacked("<IIHH", tokens, 3)
        places = [(top, left), (bottom, right)]
    cells = ":".join(f"${_letters((column & 0x3FFF) + 1)}${row + 1}" for row, column in places)
    quoted = found.sheets[sheet][0].replace("'", "''")
    return f"'{quoted}'!{cells}"


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters


def binary_strings(package: Package, part: str, kept: Kept) -> list[str]:
    """Return the shared strings, without their formats; raises UnreadableWorkbook."""
    texts: list[str] = []
    try:
        for kind, data in records(package, part):
            if kind == _ITEM:
                texts.append(wide_text(data, 1)[0])
                kept.text += len(texts[-1])
                if len(texts) > package.limits.strings:
                    raise package.over(f"文本超过 {package.limits.strings} 条")
                check_kept(package, kept)
    except (struct.error, ValueError) as error:
        raise package.damaged("共享文本部分 sharedStrings.bin 不符合格式规定") from error
    return texts


def binary_formats(package: Package, part: str) -> tuple[str, ...]:
    """Return, for each style of a cell, the code by which it is shown."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    within = False
    try:
        for kind, data in islice(records(package, part), package.limits.elements):
            if kind == _FORMAT:
                codes[unpacked("<H", data)[0]] = wide_text(data, 2)[0]
            elif kind in (_STYLES, _END_STYLES):
                within = kind == _STYLES
            elif kind == _STYLE and within:
                styles.append(unpacked("<H", data, 2)[0])
    except (struct.error, ValueError) as error:
        raise package.damaged("格式部分 styles.bin 不符合格式规定") from error
    return tuple(codes.get(number) or BUILT_IN.get(number, "General") for number in styles)
