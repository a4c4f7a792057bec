"""What a workbook of values says, as frozen values: the amounts of the forms' cells, and what was not read.

Cells are those of the template's own layout, so that its rules apply unchanged. Amounts are in the
money of the forms, whatever unit the sheet was printed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from xlbudget.model import Cell, CellValue, ColumnKind, Place, PublishedDocument, RecognisedForm, Unit
from xlbudget.returns.published.lines import Unrecognised
from xlbudget.returns.published.precision import NOTHING, Interval
from xlbudget.workbook.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class ShownAmount:
    """An amount as printed: in form money, with its interval; as printed, with its decimals and unit."""

    interval: Interval
    printed: Decimal
    decimals: int
    money: str

    def __str__(self) -> str:
        return f"{self.printed:,.{self.decimals}f}"

    @property
    def value(self) -> Decimal:
        """The amount in the money of the forms."""
        return self.interval.middle


@dataclass(frozen=True)
class PublishedWorkbook:
    """The forms of one document that others published.

    ``document`` is the document as read, with its forms; ``amounts`` has the amounts that are there,
    ``texts`` the other cells (labels, codes, levels), ``places`` where every cell of a line found stands,
    blank or not. ``unread`` says of
    (panel, column) why its cells are not known, ``unreadable`` are single cells without a readable
    amount, ``absent`` cells of total lines that the file does not have.
    """

    document: PublishedDocument
    unit: Unit
    blueprint: Blueprint
    amounts: Mapping[Cell, ShownAmount] = field(default_factory=dict)
    texts: Mapping[Cell, str] = field(default_factory=dict)
    places: Mapping[Cell, Place] = field(default_factory=dict)
    unread: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unreadable: Mapping[Cell, str] = field(default_factory=dict)
    absent: frozenset[Cell] = frozenset()
    unrecognised: tuple[Unrecognised, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.document.path

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return self.document.sha256

    @property
    def forms(self) -> tuple[RecognisedForm, ...]:
        """The forms that were recognised."""
        return self.document.forms

    def value(self, cell: Cell) -> CellValue:
        """Return the value of a cell, as rules read it: amounts in form money, None for a blank."""
        amount = self.amounts.get(cell)
        if amount is not None:
            return amount.value
        text = self.texts.get(cell)
        if text is not None:
            return text
        constant = self.blueprint.constants.get(cell)
        column = self.blueprint.layout.column(cell.table, cell.column)
        if constant is None or (column is not None and column.kind is ColumnKind.AMOUNT):
            return None
        return constant if isinstance(constant, str) else Decimal(constant)

    @cached_property
    def blank(self) -> Decimal:
        """What a blank could hide: half the last decimal printed, or nothing where zeros are printed."""
        halves = [amount.interval.half for amount in self.amounts.values()]
        if not halves or any(not amount.value for amount in self.amounts.values()):
            return Decimal(0)
        return max(set(halves), key=halves.count)

    def nearly(self, cell: Cell) -> CellValue:
        """Return the value of a cell, a printed zero as the largest amount that prints so."""
        amount = self.amounts.get(cell)
        return self.value(cell) if amount is None or amount.value else amount.interval.high

    def interval(self, cell: Cell) -> Interval:
        """Return the interval of a cell: a blank is nothing, exactly."""
        amount = self.amounts.get(cell)
        return NOTHING if amount is None else amount.interval

    def place(self, cell: Cell) -> Place:
        """Return a cell as people find it in this file."""
        layout = self.blueprint.layout
        ours = layout.place(cell)
        found = self.places.get(cell, Place())
        return replace(found, form=ours.form, line=self.line_name(cell), column=ours.column)

    def money(self, cell: Cell) -> str:
        """Return the unit of money of a cell of a form."""
        column = self.blueprint.layout.column(cell.table, cell.column)
        return column.money if column is not None else self.blueprint.template.form_money

    def line_name(self, cell: Cell) -> str:
        """Return what outputs call a cell's line."""
        for _, panel in self.blueprint.template.form_tables:
            if panel.id == cell.table:
                text = panel.line_name.replace("{position}", str(cell.row + 1))
                for column in panel.columns:
                    if "{" + column.key + "}" in text:
                        value = self.value(Cell(panel.id, cell.row, column.key))
                        text = text.replace("{" + column.key + "}", "" if value is None else str(value))
                return text.strip() or self.blueprint.layout.line_of(cell.table, cell.row)
        return self.blueprint.layout.line_of(cell.table, cell.row)

    @property
    def cells(self) -> Mapping[Cell, Interval]:
        """Every amount cell of the lines found, blanks included, with its interval."""
        layout = self.blueprint.layout
        found = {}
        for cell in self.places:
            column = layout.column(cell.table, cell.column)
            if column is not None and column.kind is ColumnKind.AMOUNT:
                found[cell] = self.interval(cell)
        return found
