"""Which columns of one sheet of an export each of its tables takes, and in which money they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlbudget.model import Column, ColumnKind, EntrySheet, ExportTable, StoredCell, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.returns.exports.columns import ExportHeadings
from xlbudget.returns.exports.words import Meaning, entry_text
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.texts import MONEY, money_in

Columns = tuple[int, ...]


@dataclass(frozen=True)
class TablePlaces:
    """One table of a mapping on its sheet: the sheet's columns for each of its own.

    ``across`` are codes by column, ``summing`` columns under codes that add up others; ``absent`` are amount
    columns that the sheet does not have; ``lacking`` says why nothing can be taken.
    """

    table: ExportTable
    entry: EntrySheet
    amounts: dict[str, Columns] = field(default_factory=dict)
    texts: dict[str, Columns] = field(default_factory=dict)
    sums: dict[str, Columns] = field(default_factory=dict)
    where: dict[str, Columns] = field(default_factory=dict)
    across: dict[int, str] = field(default_factory=dict)
    summing: frozenset[int] = frozenset()
    label: Columns = ()
    unit: Columns = ()
    absent: tuple[str, ...] = ()
    lacking: str = ""

    def column(self, key: str) -> Column:
        """Return a column of the entry sheet."""
        return next(column for column in self.entry.columns if column.key == key)

    @property
    def worded(self) -> set[int]:
        """The sheet's columns that are read as texts."""
        every = (*self.texts.values(), *self.where.values(), self.label, self.unit)
        return {at for columns in every for at in columns}

    @property
    def counted(self) -> set[int]:
        """The sheet's columns whose amounts are taken."""
        return {at for columns in (*self.amounts.values(), *self.sums.values()) for at in columns}


def places_of(table: ExportTable, headings: ExportHeadings, template: WorkbookTemplate) -> TablePlaces:
    """Return where a table's columns are; raises InputError for a heading that stands there twice."""
    entry = template.entry(table.entry)
    kinds = {column.key: column for column in entry.columns}
    amounts: dict[str, Columns] = {}
    texts: dict[str, Columns] = {}
    absent, lacking = [], []
    for key, alternatives in table.columns.items():
        found = _found(alternatives, headings, table)
        if kinds[key].kind is ColumnKind.AMOUNT:
            if found:
                amounts[key] = found
            else:
                absent.append(alternatives[0])
        elif found:
            texts[key] = found
        elif kinds[key].required:
            lacking.append(alternatives[0])
    across, summing = codes_across(table, headings, template)
    if table.across and across:
        amounts[table.into] = tuple(across)
    elif table.across:
        lacking.append(f"{table.across}（编码或名称作栏目）")
    sums = {line: _found(names, headings, table) for line, names in table.sums.items()}
    where = {name: _found([name], headings, table) for name in table.where}
    lacking += [name for name, found in where.items() if not found]
    marks = {
        "label": _found(table.label, headings, table) if table.label else (),
        "unit": _found(table.unit, headings, table) if table.unit else (),
    }
    lacking += [table.label[0]] if table.label and not marks["label"] else []
    lacking += [table.unit[0]] if table.unit and not marks["unit"] else []
    return TablePlaces(
        table=table,
        entry=entry,
        amounts=amounts,
        texts=texts,
        sums={line: found for line, found in sums.items() if found},
        where=where,
        across=across,
        summing=frozenset(summing),
        label=marks["label"],
        unit=marks["unit"],
        absent=(*absent, *(table.sums[line][0] for line, found in sums.items() if not found)),
        lacking="、".join(lacking),
    )


def codes_across(
    table: ExportTable, headings: ExportHeadings, template: WorkbookTemplate
) -> tuple[dict[int, str], set[int]]:
    """Return the columns whose headings are codes that are entered, and those of codes above them."""
    if not table.across:
        return {}, set()
    column = next(one for one in template.entry(table.entry).columns if one.key == table.across)
    said = {
        at: entry_text([StoredCell("s", text)], column, table, template)
        for at, text in headings.lowest.items()
    }
    entered = {at: part.text for at, part in said.items() if part.said is Meaning.VALUE}
    return entered, {at for at, part in said.items() if part.said is Meaning.ABOVE}


def _found(alternatives: Sequence[str], headings: ExportHeadings, table: ExportTable) -> Columns:
    found = headings.columns(alternatives)
    if found == ():
        raise InputError(
            f"“{table.name}”里叫“{alternatives[0]}”的栏目不止一个；请在对照里写上一级栏目，如“本年预算/合计”。"
        )
    return found or ()


@dataclass(frozen=True)
class Monies:
    """In which money the columns of a sheet are, and what one is in the money of the entries."""

    headings: ExportHeadings
    caption: str
    stated: str
    usual: str
    template: WorkbookTemplate

    def of(self, column: int) -> str:
        """Return the unit of money of a column: of its heading, the caption, the mapping, or as entered."""
        return self.headings.money.get(column) or self.caption or self.stated or self.usual

    def factor(self, column: int, entered: Column) -> Decimal:
        """Return by what an amount of a column is multiplied to be one of an entry column."""
        theirs, ours = self.size(self.of(column)), self.size(entered.money)
        return theirs / ours

    def size(self, money: str) -> Decimal:
        """Return what one of a unit of money is in those of the entries; InputError for an unknown one."""
        entry = self.template.entry_money
        if money in self.template.moneys:
            return Decimal(self.template.moneys[money])
        if money in MONEY and entry in MONEY:
            return Decimal(1).scaleb(MONEY[money] - MONEY[entry])
        raise InputError(f"不认识导出的金额单位“{money}”；请在 template.toml 的 [money] 的 units 里写明。")


def caption_money(grid: Grid, headings: ExportHeadings) -> str:
    """Return the unit of money that stands above the headings, or an empty text."""
    above = [row for row in grid.rows if row < headings.rows[0]]
    return next((found for row in above for text in grid.texts(row) if (found := money_in(text))), "")
