"""Writes ``.xlsb`` workbooks after [MS-XLSB], as Excel saves them, without the reader of that format.

Formulas are written as the constant that they come to: what they say is not read from this format.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support import hostile_files as files
from xlbudget.files.workbooks import read_any

ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
_TYPES = f"""{files.XML}<Types xmlns="{files.TYPES}">\
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>{{}}</Types>"""


@dataclass
class Sheet:
    """One sheet: cells by (row, column) from 1 as (kind, text, whether there is a formula, style)."""

    name: str
    cells: Mapping[tuple[int, int], tuple[str, str, bool, int]]
    state: int = 0
    hidden_rows: Iterable[int] = ()
    hidden_columns: Iterable[tuple[int, int]] = ()
    merges: Iterable[tuple[int, int, int, int]] = ()
    protected: bool = False


@dataclass
class Book:
    """A workbook; names are name → (index of the sheet from 0, row, column), formats codes by style."""

    sheets: list[Sheet]
    names: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    formats: Iterable[str] = ("General",)
    properties: bytes | None = None


def as_xlsb(path: Path) -> bytes:
    """The workbook of an .xlsx as .xlsb: values, formulas as what they come to, names, properties."""
    raw = read_any(path)
    states = {"visible": 0, "hidden": 1, "veryHidden": 2}
    sheets = [
        Sheet(
            sheet.name,
            {at: (cell.kind, cell.text, cell.formula is not None, 0) for at, cell in sheet.cells.items()},
            states[sheet.state],
            sheet.hidden_rows,
            sheet.hidden_columns,
            sheet.merges,
            sheet.protected,
        )
        for sheet in raw.sheets
    ]
    places = {sheet.name: at for at, sheet in enumerate(raw.sheets)}
    targets = {name: re.fullmatch(r"'?(.+?)'?!\$A\$1", text) for name, text in raw.defined_names.items()}
    names = {name: (places[found[1]], 1, 1) for name, found in targets.items() if found}
    with zipfile.ZipFile(path) as archive:
        properties = archive.read("docProps/custom.xml")
    return xlsb(Book(sheets, names, properties=properties))


def record(kind: int, data: bytes = b"") -> bytes:
    """Return a record with its number and length."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(data)
    while True:
        left, low = left >> 7, left & 0x7F
        length += bytes([low | 0x80 if left else low])
        if not left:
            return number + length + data


def wide(text: str) -> bytes:
    raw = text.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I", len(raw) // 2) + raw


def xlsb(book: Book) -> bytes:
    """Return the workbook as the bytes of an ``.xlsb``."""
    strings: dict[str, int] = {}
    sheets = {
        f"worksheets/sheet{at}.bin": sheet_part(sheet, strings) for at, sheet in enumerate(book.sheets, 1)
    }
    links = [(f"rId{at}", "worksheet", name) for at, name in enumerate(sheets, 1)]
    links += [("rIdS", "sharedStrings", "sharedStrings.bin"), ("rIdF", "styles", "styles.bin")]
    roots = [("rId1", "officeDocument", "xl/workbook.bin")]
    kinds = {f"xl/{name}": "worksheet" for name in sheets}
    kinds |= {"xl/sharedStrings.bin": "sharedStrings", "xl/styles.bin": "styles"}
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="application/vnd.ms-excel.{kind}"/>'
        for name, kind in kinds.items()
    )
    parts = {
        "[Content_Types].xml": _TYPES.format(overrides).encode(),
        "xl/workbook.bin": workbook_part(book),
        "xl/_rels/workbook.bin.rels": files.relationships(*links),
        "xl/sharedStrings.bin": strings_part(strings),
        "xl/styles.bin": styles_part(book.formats),
        **{f"xl/{name}": part for name, part in sheets.items()},
    }
    if book.properties is not None:
        roots.append(("rId2", "custom-properties", "docProps/custom.xml"))
        parts["docProps/custom.xml"] = book.properties
    return files.zipped({**parts, "_rels/.rels": files.relationships(*roots)})


def workbook_part(book: Book) -> bytes:
    bundled = b"".join(
        record(156, struct.pack("<II", sheet.state, at) + wide(f"rId{at}") + wide(sheet.name))
        for at, sheet in enumerate(book.sheets, 1)
    )
    links = b"".join(struct.pack("<Iii", 0, at, at) for at in range(len(book.sheets)))
    externals = record(357) + record(362, struct.pack("<I", len(book.sheets)) + links)
    return b"".join(
        [
            record(131),
            record(153, struct.pack("<III", 0x20, 0, 0)),
            record(143) + bundled + record(144),
            record(353) + externals + record(354),
            *(name_record(name, place) for name, place in book.names.items()),
            record(157, struct.pack("<IIIdIH", 191029, 1, 100, 0.001, 1, 0x0A)),
            record(132),
        ]
    )


def name_record(name: str, place: tuple[int, int, int]) -> bytes:
    sheet, row, column = place
    tokens = struct.pack("<BHIH", 0x3A, sheet, row - 1, column - 1)
    formula = struct.pack("<I", len(tokens)) + tokens + struct.pack("<I", 0)
    return record(39, struct.pack("<IBI", 0, 0, 0xFFFFFFFF) + wide(name) + formula + b"\xff\xff\xff\xff")


def strings_part(strings: Mapping[str, int]) -> bytes:
    items = b"".join(record(19, b"\0" + wide(text)) for text in strings)
    return record(159, struct.pack("<II", len(strings), len(strings))) + items + record(160)


def styles_part(formats: Iterable[str]) -> bytes:
    codes = list(formats)
    own = [(164 + at, code) for at, code in enumerate(codes) if code != "General"]
    listed = b"".join(record(44, struct.pack("<H", number) + wide(code)) for number, code in own)
    numbers = {at - 164: at for at, _ in own}
    styles = b"".join(
        record(47, struct.pack("<HHHHHBBHBB", 0, numbers.get(at, 0), 0, 0, 0, 0, 0, 0, 0, 0))
        for at in range(len(codes))
    )
    return b"".join(
        [
            record(278),
            record(615, struct.pack("<I", len(own))) + listed + record(616),
            record(617, struct.pack("<I", len(codes))) + styles + record(618),
            record(279),
        ]
    )


def sheet_part(sheet: Sheet, strings: dict[str, int]) -> bytes:
    columns = b"".join(
        record(60, struct.pack("<IIIIH", first - 1, last - 1, 2304, 0, 1))
        for first, last in sheet.hidden_columns
    )
    merges = b"".join(
        record(176, struct.pack("<IIII", top - 1, bottom - 1, left - 1, right - 1))
        for top, left, bottom, right in sheet.merges
    )
    return b"".join(
        [
            record(129),
            record(390) + columns + record(391) if columns else b"",
            record(145),
            *rows_of(sheet, strings),
            record(146),
            record(535, struct.pack("<HI", 0, 1) + bytes(60)) if sheet.protected else b"",
            record(177, b"\0\0\0\0") + merges + record(178) if merges else b"",
            record(130),
        ]
    )


def rows_of(sheet: Sheet, strings: dict[str, int]) -> Iterator[bytes]:
    hidden, current = set(sheet.hidden_rows), 0
    for (row, column), cell in sorted(sheet.cells.items()):
        if row != current:
            current = row
            yield record(0, struct.pack("<IIHBBBI", row - 1, 0, 300, 0, 0x10 * (row in hidden), 0, 0))
        yield cell_record(column, cell, strings)


def cell_record(column: int, cell: tuple[str, str, bool, int], strings: dict[str, int]) -> bytes:
    kind, text, formula, style = cell
    head = struct.pack("<II", column - 1, style)
    if not formula:
        if kind == "s":
            return record(7, head + struct.pack("<I", strings.setdefault(text, len(strings))))
        if kind == "n" and (packed := rk(float(text))) is not None:
            return record(2, head + packed)
        return record({"n": 5, "b": 4, "e": 3, "blank": 1}[kind], head + value_of(kind, text))
    value = value_of(kind, text)
    tokens = {"n": b"\x1f", "b": b"\x1d", "e": b"\x1c"}.get(kind, b"") + value
    if kind in ("s", "blank"):
        value = wide(text)
        raw = text.encode("utf-16-le")
        tokens = b"\x17" + struct.pack("<H", len(raw) // 2) + raw
    parsed = struct.pack("<HI", 0, len(tokens)) + tokens + struct.pack("<I", 0)
    return record({"s": 8, "blank": 8, "n": 9, "b": 10, "e": 11}[kind], head + value + parsed)


def value_of(kind: str, text: str) -> bytes:
    if kind == "n":
        return struct.pack("<d", float(text))
    if kind == "b":
        return bytes([int(text)])
    return bytes([ERRORS[text]]) if kind == "e" else b""


def rk(number: float) -> bytes | None:
    """Return a number packed into 30 bits, where it is a whole number or one of 分."""
    for hundredth in (0, 1):
        value = number * 100 if hundredth else number
        if value == int(value) and abs(value) < 2**28 and int(value) / (100 if hundredth else 1) == number:
            return struct.pack("<i", int(value) << 2 | 2 | hundredth)
    return None
