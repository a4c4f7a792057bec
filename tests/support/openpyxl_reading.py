"""What openpyxl reads of a workbook, and what we read in the same words."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula

from xlbudget.files.xlsx import RawWorkbook

Place = tuple[int, int]


def as_openpyxl_reads(data: bytes) -> list[tuple[str, str, dict[Place, tuple[str, object, str | None]]]]:
    """Sheets as (name, state, {place: (kind, value, formula)}) from two loads with openpyxl."""
    with_formulas = openpyxl.load_workbook(io.BytesIO(data), rich_text=False)
    with_values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    sheets = []
    for sheet in with_formulas.worksheets:
        cells: dict[Place, tuple[str, object, str | None]] = {}
        values = with_values[sheet.title]._cells
        for place, cell in sheet._cells.items():  # iter_rows() would walk the whole grid to a far corner
            formula = _formula_of(cell.value) if cell.data_type == "f" else None
            stored = values[place]
            if stored.value is not None or formula is not None:
                kind = "blank" if stored.value is None else stored.data_type
                cells[place] = (kind, stored.value, formula)
        sheets.append((sheet.title, sheet.sheet_state, cells))
    return sheets


def _formula_of(value: object) -> str:
    if isinstance(value, ArrayFormula):
        return str(value.text).removeprefix("=")
    assert isinstance(value, str)
    return value.removeprefix("=")


def as_openpyxl_would(
    book: RawWorkbook,
) -> list[tuple[str, str, dict[Place, tuple[str, object, str | None]]]]:
    convert: dict[str, Callable[[str], object]] = {
        "n": float,
        "s": str,
        "e": str,
        "b": lambda text: text == "1",
        "blank": lambda _: None,
    }
    return [
        (
            sheet.name,
            sheet.state,
            {
                place: (cell.kind, convert[cell.kind](cell.text), cell.formula)
                for place, cell in sheet.cells.items()
            },
        )
        for sheet in book.sheets
        if sheet.kind == "worksheet"
    ]
