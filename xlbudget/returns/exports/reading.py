"""An export of another system, read by a mapping for one unit: entries, and an account of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.model import CellValue, ExportMapping, PublishedDocument, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.returns.exports.accounts import columns_left, sums_of, totals_differing, verified
from xlbudget.returns.exports.columns import headings_of
from xlbudget.returns.exports.places import Monies, TablePlaces, caption_money, codes_across, places_of
from xlbudget.returns.exports.rows import ExportRow, SheetRows
from xlbudget.returns.exports.sheets import ExportSheet, sheets_of
from xlbudget.returns.exports.taken import ControlSum, NotTaken, TakenExport, TakenRow

_NOTHING = Decimal(0)


def take(
    document: PublishedDocument, mapping: ExportMapping, template: WorkbookTemplate, unit: str
) -> TakenExport:
    """Return what an export has for a unit.

    Raises InputError where taking anything would be a guess: two sheets that are the same table, one of
    another year, a heading that stands there twice, an unknown unit of money, one amount in two places.
    """
    reading = _Reading(mapping, template, unit)
    for sheet in sheets_of(document, mapping, template.year):
        reading.sheet(sheet)
    _once(reading.rows)
    missing = [table for table in mapping.tables if table.name not in reading.seen and not table.optional]
    return TakenExport(
        rows=tuple(reading.rows),
        left=tuple(reading.left),
        sums=tuple(reading.sums),
        missing=tuple(missing),
        others=tuple(sorted(reading.others)),
        remarks=(*document.remarks, *reading.remarks),
    )


@dataclass
class _Reading:
    mapping: ExportMapping
    template: WorkbookTemplate
    unit: str
    rows: list[TakenRow] = field(default_factory=list)
    left: list[NotTaken] = field(default_factory=list)
    sums: list[ControlSum] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)

    def sheet(self, sheet: ExportSheet) -> None:
        """Read one sheet; one that is no table of the mapping is told where it holds amounts."""
        grid = sheet.grid
        if not sheet.tables:
            amounts = sum(cell.kind == "n" for cell in grid.by_row.values())
            if amounts or sheet.skipped:
                reason = "对照写明不取这张表" if sheet.skipped else "对照里没有这张表"
                place = replace(grid.place(grid.rows[0], 1), address="")
                self.left.append(NotTaken(place, f"{amounts} 个数", reason, stated=sheet.skipped))
            return
        headings = headings_of(
            grid,
            sheet.tables,
            lambda headings: sum(
                len(codes_across(table, headings, self.template)[0]) for table in sheet.tables
            ),
        )
        if headings is None:
            self.left.append(NotTaken(grid.place(grid.rows[0], 1), grid.name, "找不到对照里写的栏目"))
            return
        tables = [places_of(table, headings, self.template) for table in sheet.tables]
        self.seen.update(part.table.name for part in tables)
        for part in tables:
            if part.lacking:
                place = replace(grid.place(headings.rows[0], 1), address="")
                reason = f"没有“{part.lacking}”这一栏，整张表没有取"
                self.left.append(NotTaken(place, part.table.name, reason))
            if part.absent:
                self.remarks.append(f"“{grid.name}”没有“{'、'.join(part.absent)}”栏，当作没有金额。")
        tables = [part for part in tables if not part.lacking]
        if not tables:
            return
        caption = caption_money(grid, headings)
        rows = SheetRows(grid, headings, tables, self.mapping, self.template, self.unit)
        rows.read()
        left = list(verified(rows))
        self.others |= rows.others
        for part in tables:
            monies = Monies(headings, caption, part.table.money, self.template.entry_money, self.template)
            own = [row for row in rows.taken if row.table is part.table]
            self.rows += [_in_entry_money(row, part, monies) for row in own]
            for result in _summed(rows, part, monies):
                if isinstance(result, NotTaken):
                    left.append(result)
                elif isinstance(result, ControlSum):
                    self.sums.append(result)
                else:
                    self.rows.append(result)
        monies = Monies(headings, caption, tables[0].table.money, self.template.entry_money, self.template)
        self.sums += sums_of(rows, monies)
        left += [*rows.left, *columns_left(rows), *totals_differing(rows)]
        self.left += [replace(part, money=monies.of(-1)) for part in left]


def _in_entry_money(row: TakenRow, places: TablePlaces, monies: Monies) -> TakenRow:
    """Return a row with its amounts in the money of the entry sheet; nothings are left out."""
    values: dict[str, CellValue] = {}
    for key, value in row.values.items():
        if isinstance(value, Decimal) and value:
            factor = monies.factor(places.amounts[key][0], places.column(key))
            values[key] = (value * factor).normalize()
        elif value:
            values[key] = value
    return replace(row, values=values)


def _summed(
    sheet: SheetRows, places: TablePlaces, monies: Monies
) -> Iterator[TakenRow | ControlSum | NotTaken]:
    """Yield the lines that take the total of a column, and the sums of both sides."""
    if not places.sums:
        return
    own = [row for row in sheet.found if row.kind in ("taken", "summed")]
    others = [row for row in sheet.found if row.kind == "others"]
    totals = [row for row in sheet.found if row.kind == "total"]
    if not places.unit and not totals and len(own) > 1:
        place = sheet.grid.place(sheet.headings.rows[0], 1)
        yield NotTaken(place, places.table.name, "没有合计行，不知道各栏的合计")
        return
    column = places.column(places.table.into)
    for line, columns in places.sums.items():
        total = _of(totals[-1:], columns) if totals else None
        taken = _of(own, columns) if places.unit or total is None else total
        other = _of(others, columns) if places.unit else _NOTHING
        entered = (taken * monies.factor(columns[0], column)).normalize()
        if entered:
            at = (totals or own)[-1].row
            yield TakenRow(places.table, sheet.grid.place(at, columns[0]), {column.key: entered}, line)
        yield ControlSum(
            table=places.table,
            sheet=sheet.grid.name,
            column=f"{line}·{column.key}",
            heading="+".join(sheet.headings.shown[at] for at in columns),
            money=monies.of(columns[0]),
            total=total,
            rows=taken + other,
            taken=taken,
            others=other,
        )


def _of(rows: list[ExportRow], columns: tuple[int, ...]) -> Decimal:
    return sum((row.amounts.get(at, _NOTHING) for row in rows for at in columns), _NOTHING)


def _once(rows: list[TakenRow]) -> None:
    """Refuse an amount that two sheets of the export have: taken twice it would count twice."""
    seen: dict[tuple[object, ...], TakenRow] = {}
    for row in rows:
        amounts = [key for key, value in row.values.items() if isinstance(value, Decimal)]
        texts = tuple(sorted((key, text) for key, text in row.values.items() if isinstance(text, str)))
        for key in amounts:
            before = seen.setdefault((row.table.entry, row.line, texts, key), row)
            if before.place.sheet != row.place.sheet:
                what = " ".join(filter(None, (row.line, *(text for _, text in texts))))
                raise InputError(
                    f"“{what}”的“{key}”在“{before.place.sheet}”和“{row.place.sheet}”里都有，取两次就算了两遍；"
                    "请在对照里只留一处。"
                )
