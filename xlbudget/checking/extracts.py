"""What stands around a finding's cell, as the file shows it: reports are read without the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.file_places import cell_at
from xlbudget.files.addresses import column_letters
from xlbudget.model import Cell, ColumnKind, Displacement, Extract, Finding
from xlbudget.model.words import amount, published
from xlbudget.workbook.layout import Placed
from xlbudget.workbook.reserved_names import ORDINAL, POSITION

_MOST_COLUMNS = 7
_LABELS = 2  # columns that say what a row is
_LONGEST = 24  # letters of one text


def with_extracts(evidence: Evidence, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, those at a cell of our tables with the rows around it."""
    return tuple(_with_extract(evidence, finding) for finding in findings)


def _with_extract(evidence: Evidence, finding: Finding) -> Finding:
    cell = cell_at(evidence.submission, evidence.layout, finding.place)
    return finding if cell is None else replace(finding, extract=_extract(evidence, cell))


def _extract(evidence: Evidence, cell: Cell) -> Extract:
    placed = evidence.layout.tables[cell.table]
    columns = _columns(evidence, placed, cell)
    rows = [row for row in (cell.row - 1, cell.row, cell.row + 1) if 0 <= row < placed.rows]
    texts = {row: tuple(_text(evidence, Cell(cell.table, row, key)) for key in columns) for row in rows}
    kept = [row for row in rows if row == cell.row or any(texts[row])]
    moved = evidence.submission.displaced.get(placed.sheet) or Displacement({}, {})
    return Extract(
        columns=tuple(
            (column_letters(moved.theirs(0, placed.columns[key])[1]), _heading(evidence, cell.table, key))
            for key in columns
        ),
        rows=tuple((moved.theirs(placed.first_row + row, 0)[0] + 1, texts[row]) for row in kept),
        row=kept.index(cell.row),
        column=columns.index(cell.column),
    )


def _columns(evidence: Evidence, placed: Placed, cell: Cell) -> list[str]:
    """Choose the columns that name the row, and those beside the cell."""
    shown = [
        key
        for key in sorted(placed.columns, key=placed.columns.__getitem__)
        if key == cell.column or not _hidden(evidence, placed.name, key)
    ]
    at = shown.index(cell.column)
    named = [key for key in shown[:at] if _names_row(evidence, cell._replace(column=key))][:_LABELS]
    room = _MOST_COLUMNS - len(named)
    start = max(0, min(at - room // 2, len(shown) - room))
    beside = shown[start : start + room]
    return [*(key for key in named if key not in beside), *beside]


def _hidden(evidence: Evidence, table: str, key: str) -> bool:
    column = evidence.layout.column(table, key)
    return key.startswith((ORDINAL, POSITION)) if column is None else column.hidden


def _names_row(evidence: Evidence, cell: Cell) -> bool:
    column = evidence.layout.column(cell.table, cell.column)
    kinds = (ColumnKind.TEXT, ColumnKind.CODE)
    return column is not None and column.kind in kinds and _text(evidence, cell) != ""


def _heading(evidence: Evidence, table: str, key: str) -> str:
    return _short(evidence.layout.column_name(table, key) or key)


def _text(evidence: Evidence, cell: Cell) -> str:
    """Return what the file shows at a cell: amounts rounded as displayed, texts cut short."""
    stored = evidence.submission.stored.get(cell)
    value = stored.value if stored is not None else None
    if isinstance(value, Decimal):
        if evidence.money(cell) and abs(value.adjusted()) < _LONGEST:
            return amount(published(value, 2))
        return _short(format(value.normalize(), "f") if abs(value.adjusted()) < _LONGEST else str(value))
    if value is None:
        return ""
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else _short(value.strip())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
