"""Printed amounts as intervals: their unit of money, and how far they were rounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xlbudget.model import Cell, PrintedCell, StoredCell, Trouble, WorkbookTemplate
from xlbudget.returns.entry_values import read_amount
from xlbudget.returns.published.precision import (
    HALF,
    Interval,
    Printed,
    decimals,
    decimals_of,
    usual_decimals,
)
from xlbudget.returns.published.texts import MONEY
from xlbudget.returns.published.workbooks import ShownAmount
from xlbudget.workbook.blueprint import Blueprint


@dataclass(slots=True)
class AmountReader:
    """Reads the amounts of a document's forms.

    ``money`` gives each form's unit of money; cells in which something stands that is no amount go into
    ``unreadable``, with what stands there.
    """

    template: WorkbookTemplate
    blueprint: Blueprint
    money: Mapping[str, str]
    unreadable: dict[Cell, str] = field(default_factory=dict)

    def amounts(self, cells: Mapping[Cell, PrintedCell]) -> dict[Cell, ShownAmount]:
        """Return what is printed in some cells, each with how far it was rounded."""
        panels = {panel.id: form.id for form, panel in self.template.form_tables}
        printed: dict[Cell, Printed] = {}
        by_money: defaultdict[str, list[Printed]] = defaultdict(list)
        for cell, printed_cell in cells.items():
            one = self._printed(cell, printed_cell)
            if one is not None:
                printed[cell] = one
                by_money[self.money[panels[cell.table]]].append(one)
        usual = {name: usual_decimals(parts, self._agreed(name)) for name, parts in by_money.items()}
        amounts = {}
        for cell, one in printed.items():
            name = self.money[panels[cell.table]]
            places = decimals(one, usual[name])
            column = self.blueprint.layout.column(cell.table, cell.column)
            ours = column.money if column is not None and column.money else self.template.form_money
            ratio = self._size(name) / self._size(ours)
            half = HALF.scaleb(-places) * ratio
            amounts[cell] = ShownAmount(Interval(one.value * ratio, half), one.value, places, name)
        return amounts

    def _agreed(self, money: str) -> int:
        """Return the decimals of amounts in a unit of money: the template's, else down to the 分."""
        template = self.template
        known = {template.entry_money: template.entry_decimals, template.form_money: template.form_decimals}
        for _, panel in template.panels:
            known |= {column.money: column.decimals for column in panel.columns if column.money}
        return known.get(money, MONEY.get(money, 0) + template.entry_decimals)

    def _size(self, money: str) -> Decimal:
        """Return the size of a unit of money: the template's, else as everybody knows it."""
        template = self.template
        if money in template.moneys:
            return Decimal(template.moneys[money])
        return Decimal(1).scaleb(MONEY.get(money, 0) - MONEY.get(template.entry_money, 0))

    def _printed(self, cell: Cell, printed: PrintedCell) -> Printed | None:
        stored = printed.stored or StoredCell("s", printed.text)
        value, trouble = read_amount(stored)
        if not isinstance(value, Decimal):
            if trouble not in (None, Trouble.NO_AMOUNT):
                self.unreadable[cell] = stored.text
            return None
        if stored.kind == "s":
            digits = stored.text.strip().rstrip("元)）").rpartition(".")[2] if "." in stored.text else ""
            said = len(digits) if digits.isdigit() else decimals_of(value)
            return Printed(value, decimals_of(value), said)
        return Printed(value, decimals_of(value), printed.decimals)
