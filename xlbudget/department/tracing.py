"""Where a figure comes from, and where an entry goes: measured on the formulas, exact to the 分.

A form cell is a sum of entries. Which ones, and with which factor, is found by changing entries and looking
at the cell, thirty of them at a time. That the parts add up to the cell is then checked, not assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary.transfers import takes_out
from xlbudget.model import Cell, CellValue, Column, ColumnKind, EntryRow, Form, Panel, Place
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.workbook.layout import Layout

_GROUP = 30  # entries tried together: 2 to the 30th 元 and an amount fit into the digits of a float


@dataclass(frozen=True, slots=True)
class EntryPart:
    """An entry in a form cell: where it stands, its amount (元), and what it is of the cell (form money).

    ``elimination`` tells those of a summary that take out what one unit hands to another.
    """

    place: Place
    row: str
    amount: Decimal
    value: Decimal
    elimination: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A form cell and the entries that make it up; ``rest`` is what they leave open, 0 as a rule."""

    place: Place
    value: Decimal
    money: str
    parts: tuple[EntryPart, ...]
    entry_money: str = ""

    @property
    def rest(self) -> Decimal:
        """The cell's value less the sum of its parts."""
        return self.value - sum((part.value for part in self.parts), Decimal(0))

    @property
    def eliminated(self) -> Decimal:
        """What transfers between units take out of the cell; no unit's own figure holds it."""
        return sum((part.value for part in self.parts if part.elimination), Decimal(0))


@dataclass(frozen=True, slots=True)
class Reached:
    """A form cell that an entry is part of, and its value (form money)."""

    place: Place
    value: Decimal


def find_cell(evidence: Evidence, form: str, line: str, column: str) -> Cell:
    """Return the form cell that words name: form by number, id, sheet or title; line by key, code or words.

    Raises InputError with the nearest name when one of them is not there, or says which lines are meant.
    """
    chosen = _form(evidence, form)
    columns = {
        name: (panel, part.key)
        for panel in chosen.panels
        for part in panel.columns
        if part.kind is ColumnKind.AMOUNT and not part.hidden
        for name in (part.key, part.name)
    }
    if column not in columns:
        raise InputError(f"“{chosen.title}”没有“{column}”这一栏{nearest(column, columns)}。")
    panels = [
        panel for panel in chosen.panels if any(column in (part.key, part.name) for part in panel.columns)
    ]
    found = [
        Cell(panel.id, row, _key(panel, column)) for panel in panels for row in _rows(evidence, panel, line)
    ]
    if not found:
        names = [
            evidence.lines.name(panel, row)
            for panel in panels
            for row in range(evidence.layout.tables[panel.id].rows)
        ]
        raise InputError(
            f"“{chosen.title}”没有“{line}”这一行{nearest(line, [name for name in names if name])}。"
        )
    filled = [cell for cell in found if evidence.recalculated(cell)] or found
    if len(filled) > 1:
        places = "、".join(str(evidence.place(cell)) for cell in filled[:5])
        raise InputError(
            f"“{line}”在“{chosen.title}”里不止一行：{places}；请写得更完整，或写作 工作表!单元格。"
        )
    return filled[0]


def _form(evidence: Evidence, words: str) -> Form:
    names = {
        name: form
        for form in evidence.template.forms
        for name in (str(form.number), form.id, form.sheet, form.title, form.caption)
    }
    if words not in names:
        raise InputError(f"没有“{words}”这张公开表{nearest(words, names)}；可用表号，如 1。")
    return names[words]


def _key(panel: Panel, words: str) -> str:
    """Return the key of the column of amounts that words mean, or an empty text."""
    return next((part.key for part in panel.columns if words in _names(part)), "")


def _names(column: Column) -> tuple[str, ...]:
    if column.kind is not ColumnKind.AMOUNT or column.hidden:
        return ()
    return column.key, column.name, *column.heading[-1:]


def _rows(evidence: Evidence, panel: Panel, line: str) -> list[int]:
    """Return the rows that a line's words mean: exactly, else those that contain them."""
    exact, within = [], []
    for row in range(evidence.layout.tables[panel.id].rows):
        words = evidence.lines.name(panel, row)
        code = evidence.recalculated(Cell(panel.id, row, panel.key)) if panel.key else None
        if line in (words, evidence.layout.line_of(panel.id, row), code):
            exact.append(row)
        elif words and line in words:
            within.append(row)
    return exact or within


# ------------------------------------------------------------------ backward


def trace(evidence: Evidence, cell: Cell) -> Trace:
    """Return the entries that make up a form cell, in the order of the workbook."""
    entries = [entry for entry in _amounts(evidence) if _upstream(evidence, cell, entry[0])]
    found = _trace(evidence, cell, _contributing(evidence, cell, entries))
    if found.rest:  # entries with different factors can look like others together
        found = _trace(evidence, cell, _one_by_one(evidence, cell, entries))
    return found


def _trace(evidence: Evidence, cell: Cell, entries: Iterator[tuple[Cell, Decimal, Decimal]]) -> Trace:
    parts = tuple(
        EntryPart(
            evidence.place(entry),
            _about(evidence, entry),
            amount,
            _exact(amount * factor),
            takes_out(entry, _row(evidence, entry).values, evidence.template),
        )
        for entry, amount, factor in entries
    )
    value = evidence.recalculated(cell)
    whole = value if isinstance(value, Decimal) else Decimal(0)
    return Trace(evidence.place(cell), whole, evidence.money(cell), parts, evidence.template.entry_money)


def _exact(value: Decimal) -> Decimal:
    return value.normalize() + 0


def _amounts(evidence: Evidence) -> list[tuple[Cell, Decimal]]:
    return [
        (Cell(table, row.row, key), value)
        for table, rows in evidence.submission.entries.items()
        for row in rows
        for key, value in row.values.items()
        if isinstance(value, Decimal) and value and _is_amount(evidence.layout, table, key)
    ]


def _is_amount(layout: Layout, table: str, key: str) -> bool:
    column = layout.column(table, key)
    return column is not None and column.entry and column.kind is ColumnKind.AMOUNT


def _upstream(evidence: Evidence, cell: Cell, entry: Cell) -> bool:
    """Whether the cell's column depends on the entry's at all."""
    return (cell.table, cell.column) in evidence.plan.below(entry.table, entry.column)


def _contributing(
    evidence: Evidence, cell: Cell, entries: Sequence[tuple[Cell, Decimal]]
) -> Iterator[tuple[Cell, Decimal, Decimal]]:
    """Yield the entries that move the cell, with amount and factor.

    The entries of a group grow by 1, 2, 4, 8 … 元: where all that matter enter the cell with one factor, the
    sum tells which they are. Where it does not come out so, each entry is tried by itself.
    """
    size = evidence.template.moneys.get(evidence.money(cell), evidence.template.money_factor)
    for first in range(0, len(entries), _GROUP):
        group = entries[first : first + _GROUP]
        moved = _moved(evidence, cell, {entry: Decimal(1 << at) for at, (entry, _) in enumerate(group)})
        factor = Decimal(1 if moved > 0 else -1) / size
        bits = moved / factor
        if bits == int(bits) and int(bits) < 1 << len(group):
            for at, (entry, amount) in enumerate(group):
                if int(bits) >> at & 1:
                    yield entry, amount, factor
        else:
            yield from _one_by_one(evidence, cell, group)


def _one_by_one(
    evidence: Evidence, cell: Cell, entries: Sequence[tuple[Cell, Decimal]]
) -> Iterator[tuple[Cell, Decimal, Decimal]]:
    for entry, amount in entries:
        factor = _moved(evidence, cell, {entry: Decimal(1)})
        if factor:
            yield entry, amount, factor


def _moved(evidence: Evidence, cell: Cell, changes: Mapping[Cell, Decimal]) -> Decimal:
    """Return by how much the cell changes when entries grow by so much (元)."""
    after, before = evidence.plan.decimals(evidence.grown(changes), cell), evidence.recalculated(cell)
    return _number(after) - _number(before)


def _number(value: CellValue) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _about(evidence: Evidence, entry: Cell) -> str:
    """Return the codes and names of an entry's row."""
    sheet = evidence.template.entry(entry.table)
    row = _row(evidence, entry)
    named = [column.key for column in sheet.columns if column.kind in (ColumnKind.CODE, ColumnKind.TEXT)]
    words = [str(row.values[key]) for key in named if row.values.get(key)]
    return " ".join(words) or evidence.layout.line_of(entry.table, entry.row)


def _row(evidence: Evidence, entry: Cell) -> EntryRow:
    return next(row for row in evidence.submission.entries[entry.table] if row.row == entry.row)


# ------------------------------------------------------------------- forward


def reached_by(evidence: Evidence, entry: Cell) -> tuple[Reached, ...]:
    """Return the form cells that an entry is part of, in the order of the forms."""
    values = evidence.grown({entry: Decimal(1)})
    found = []
    for _, panel in evidence.template.panels:
        for row in range(evidence.layout.tables[panel.id].rows):
            for column in panel.columns:
                cell = Cell(panel.id, row, column.key)
                if column.kind is not ColumnKind.AMOUNT or column.hidden:
                    continue
                before, after = evidence.recalculated(cell), evidence.plan.decimals(values, cell)
                if isinstance(before, Decimal) and before != after:
                    found.append(Reached(evidence.place(cell), before))
    return tuple(found)


def find_form_cell(evidence: Evidence, address: str) -> Cell:
    """Return the amount of a form at ``sheet!address``; InputError when none stands there."""
    cell = _cell_at(evidence, address)
    column = evidence.layout.column(cell.table, cell.column) if cell is not None else None
    panels = {panel.id for _, panel in evidence.template.panels}
    if cell is None or cell.table not in panels or column is None or column.kind is not ColumnKind.AMOUNT:
        raise InputError(f"“{address}”不是公开表的金额单元格。")
    return cell


def _cell_at(evidence: Evidence, address: str) -> Cell | None:
    """Return our cell at ``sheet!address``; InputError for a sheet that is not there."""
    sheet, _, place = address.rpartition("!")
    names = evidence.layout.cells_by_address
    if sheet not in names:
        raise InputError(f"没有工作表“{sheet}”{nearest(sheet, names)}；写作 工作表!单元格。")
    return names[sheet].get(place.upper().replace("$", ""))


def find_entry(evidence: Evidence, address: str) -> Cell:
    """Return the entry cell at ``sheet!address``; InputError when none stands there, or it is empty."""
    cell = _cell_at(evidence, address)
    if cell is None or not _is_amount(evidence.layout, cell.table, cell.column):
        raise InputError(f"“{address}”不是填金额的单元格。")
    if cell not in dict(_amounts(evidence)):
        raise InputError(f"“{address}”没有金额。")
    return cell


# --------------------------------------------------------------------- units


def same_cell(evidence: Evidence, cell: Cell, other: Evidence) -> Cell | None:
    """Return the cell of another workbook of the template that shows the same line and column, if any."""
    line = other.lines_by_identity.get(evidence.line_identities[cell.table, cell.row])
    return Cell(*line, cell.column) if line else None
