"""What people do to a whole column, sheet or workbook in one go, done to the parts of a package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from support.builders import changed_sheet, packed, sheet_parts, typed, unpacked


def as_values(workbook: bytes, sheets: Sequence[str] = ()) -> bytes:
    """Paste sheets (none named: all) over themselves as values: results stay, formulas are gone."""
    parts = unpacked(workbook)
    for name, part in sheet_parts(parts).items():
        if not sheets or name in sheets:
            parts[part] = re.sub(r"<f>[^<]*</f>", "", parts[part].decode()).encode()
    return packed(parts)


def with_column(workbook: bytes, sheet: str, before: int) -> bytes:
    """Insert an empty column as Excel does: cells move right, and every formula that points there follows."""

    def right(letters: str) -> str:
        at = column_index_from_string(letters)
        return get_column_letter(at + (at >= before))

    def reference(found: re.Match[str]) -> str:
        name, mark, cells = found[0].rpartition("!")
        moved = re.sub(r"(\$?)([A-Z]{1,3})(?=\$?\d)", lambda part: part[1] + right(part[2]), cells)
        return f"{name}{mark}{moved}"

    own_cell = r"'[^']+'![$A-Z0-9:]+|(?<![\w$!'])\$?[A-Z]{1,3}\$?\d+\b"
    place = rf"'{re.escape(sheet)}'!\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?"

    def own(formula: str) -> str:
        return re.sub(own_cell, lambda part: part[0] if part[0][0] == "'" else reference(part), formula)

    def widths(found: re.Match[str]) -> str:
        first, last = (int(number) + (int(number) >= before) for number in found.groups())
        return f'"{first}" max="{last}"'

    parts = unpacked(workbook)
    part_of_sheet = sheet_parts(parts)[sheet]
    for name, content in parts.items():
        if name.startswith("xl/") and name.endswith(".xml"):
            xml = content.decode()
            if name == part_of_sheet:
                xml = re.sub(r'(?<= min=)"(\d+)" max="(\d+)"', widths, xml)
                xml = re.sub(r'<c r="([A-Z]+)(\d+)"', lambda cell: f'<c r="{right(cell[1])}{cell[2]}"', xml)
                xml = re.sub(r"<f>[^<]*</f>", lambda formula: own(formula[0]), xml)
            parts[name] = re.sub(place, reference, xml).encode()
    return packed(parts)


def row_written(workbook: bytes, sheet: str, row: int, cells: Mapping[str, float | str]) -> bytes:
    """Fill in a row that has no cell yet: texts and numbers by column letters, in order."""

    def cell(column: str, value: float | str) -> str:
        if isinstance(value, str):
            return f'<c r="{column}{row}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{column}{row}"><v>{value!r}</v></c>'

    def change(xml: str) -> str:
        assert f'<row r="{row}"' not in xml
        written = "".join(cell(column, value) for column, value in cells.items())
        return xml.replace(f'<row r="{row + 1}"', f'<row r="{row}">{written}</row><row r="{row + 1}"', 1)

    return changed_sheet(workbook, sheet, change)


def amounts(workbook: bytes, sheet: str, column: str, rows: range) -> dict[str, float]:
    """Return the numbers of a column, by address."""
    parts = unpacked(workbook)
    xml = parts[sheet_parts(parts)[sheet]].decode()
    found = {}
    for row in rows:
        cell = re.search(rf'<c r="{column}{row}"[^>]*><v>([^<]*)</v>', xml)
        if cell is not None:
            found[f"{column}{row}"] = float(cell[1])
    return found


def converted(folder: Path, workbooks: dict[str, bytes]) -> list[Path]:
    """Write spoiled workbooks under their names, for one conversion of all."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, content in workbooks.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(content)
        paths.append(path)
    return paths


def put(workbook: bytes, sheet: str, cells: Mapping[str, float | str]) -> bytes:
    """Type into cells that the sheet does not have yet, in rows that it has."""

    def change(xml: str) -> str:
        for address, value in cells.items():
            held = f"<is><t>{value}</t></is>" if isinstance(value, str) else f"<v>{value!r}</v>"
            kind = ' t="inlineStr"' if isinstance(value, str) else ""
            row = xml.index(f'<row r="{address.lstrip(ascii_uppercase)}"')
            assert f'<c r="{address}"' not in xml
            end = xml.index("</row>", row)
            xml = f'{xml[:end]}<c r="{address}"{kind}>{held}</c>{xml[end:]}'
        return xml

    return changed_sheet(workbook, sheet, change)


def cell_cut(workbook: bytes, sheet: str, old: str, new: str) -> bytes:
    """Cut a number and paste it into an empty cell: formulas elsewhere that read it follow."""
    [number] = amounts(workbook, sheet, old[0], range(int(old[1:]), int(old[1:]) + 1)).values()
    parts = unpacked(typed(workbook, sheet, {old: None, new: number}))
    place = rf"(?<='{re.escape(sheet)}'!)\$?{old[0]}\$?{old[1:]}(?![\d:])"
    for name, content in parts.items():
        if name.startswith("xl/worksheets/"):
            parts[name] = re.sub(place, f"${new[0]}${new[1:]}", content.decode()).encode()
    return packed(parts)
