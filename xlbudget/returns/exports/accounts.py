"""Every amount of an export's sheet accounted for: sums of others verified, totals compared, columns left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from xlbudget.model import Place
from xlbudget.model.words import amount_text
from xlbudget.returns.exports.places import Columns, Monies
from xlbudget.returns.exports.rows import ExportRow, SheetRows
from xlbudget.returns.exports.taken import ControlSum, NotTaken

_ROWS = ("taken", "left", "others")
NOTHING = Decimal(0)


def verified(sheet: SheetRows) -> Iterator[NotTaken]:
    """Yield rows under a code above those that are entered which are not the sum of rows below: amounts lost.

    Such a row counts as a row of the sheet from then on.
    """
    for at, row in enumerate(sheet.found):
        if row.kind != "part":
            continue
        below = [part for part in sheet.found if part.kind in _ROWS and _under(part, row, sheet)]
        differing = {
            column: amount - sum((part.amounts.get(column, NOTHING) for part in below), NOTHING)
            for column, amount in row.amounts.items()
        }
        differing = {column: amount for column, amount in differing.items() if amount}
        if not differing:
            continue
        reason = f"{row.reason}，与其下各行之和相差 " + "、".join(map(amount_text, differing.values()))
        if not below:
            reason = f"{row.reason}，下面也没有明细行"
        sheet.found[at] = ExportRow(row.row, "left", row.text, differing)
        shown = {sheet.headings.shown[column]: amount for column, amount in differing.items()}
        yield NotTaken(sheet.grid.place(row.row, 1), row.text, reason, shown)


def _under(part: ExportRow, above: ExportRow, sheet: SheetRows) -> bool:
    return all(_below(part.codes.get(key, ""), code, key, sheet) for key, code in above.codes.items())


def _below(code: str, above: str, key: str, sheet: SheetRows) -> bool:
    if code == above:
        return True
    for table in sheet.tables:
        column = next((one for one in table.entry.columns if one.key == key), None)
        if column is not None and column.catalogue:
            return code in sheet.template.catalogue(column.catalogue).below([above])
    return False


def sums_of(sheet: SheetRows, monies: Monies) -> Iterator[ControlSum]:
    """Yield, for every column whose rows are taken, the sums of both sides."""
    totals = [row for row in sheet.found if row.kind == "total"]
    for table in sheet.tables:
        name, several = table.table.name, bool(table.table.where)
        taken = [row for row in sheet.found if name in row.tables]
        others = [row for row in sheet.found if row.kind == "others"]
        left = [row for row in sheet.found if row.kind == "left" and not row.stated and not several]
        for key, columns in table.amounts.items():
            rows = _sum([*taken, *others, *left], columns)
            yield ControlSum(
                table=table.table,
                sheet=sheet.grid.name,
                column=key,
                heading="+".join(sheet.headings.shown[at] for at in columns),
                money=monies.of(columns[0]),
                total=None if several else _total(totals, columns, rows),
                rows=rows,
                taken=_sum(taken, columns),
                others=_sum(others, columns),
            )


def totals_differing(sheet: SheetRows) -> Iterator[NotTaken]:
    """Yield total rows of sheets whose rows are parted among tables, where they are not the sum of all."""
    if not any(table.table.where for table in sheet.tables):
        return
    totals = [row for row in sheet.found if row.kind == "total"]
    rows = [row for row in sheet.found if row.kind in _ROWS and not row.stated]
    differing = {
        sheet.headings.shown[at]: said - _sum(rows, (at,))
        for at in sorted(sheet.counted)
        if (said := _total(totals, (at,), _sum(rows, (at,)))) is not None and said != _sum(rows, (at,))
    }
    if differing:
        yield NotTaken(
            sheet.grid.place(totals[-1].row, 1), totals[-1].text, "合计行与各行之和相差", differing
        )


def _sum(rows: Iterable[ExportRow], columns: Columns) -> Decimal:
    return sum((row.amounts.get(at, NOTHING) for row in rows for at in columns), NOTHING)


def _total(totals: list[ExportRow], columns: Columns, rows: Decimal) -> Decimal | None:
    """Return what the total row says: of several the one that agrees with the rows, else the last."""
    said = [_sum([row], columns) for row in totals]
    return rows if rows in said else said[-1] if said else None


def columns_left(sheet: SheetRows) -> Iterator[NotTaken]:
    """Yield columns with amounts that no table of the mapping asks for."""
    taken = [row for row in sheet.found if row.kind == "taken"]
    for column, shown in sheet.headings.shown.items():
        if column in sheet.counted | sheet.worded | sheet.passed:
            continue
        amount = _sum(taken, (column,))
        if any(row.amounts.get(column) for row in taken):
            place = Place(
                sheet=sheet.grid.name, address=sheet.grid.place(sheet.headings.rows[-1], column).address
            )
            yield NotTaken(place, shown, "对照里没有这一栏", {shown: amount})
